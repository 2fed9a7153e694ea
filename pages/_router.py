"""Runs on every visit: page settings, the shared header, then the chosen page."""

import streamlit as st

from pages._ui.shell import header, lecture, session
from pages._ui.shell.pages import PAGES
from pages._ui.texts import text

session.current()  # texts are in its language from here on
st.set_page_config(
    page_icon=header.ICON,
    layout="wide",
    initial_sidebar_state="collapsed",
    menu_items={"About": text("shell.about")},
)
offered = [
    st.Page(f"{page.name}.py", title=text(f"shell.pages.{page.name}"), default=page is PAGES[0])
    for page in PAGES
]
chosen = st.navigation(offered, position="hidden")
page = PAGES[offered.index(chosen)]
session.open_page(page)
st.set_page_config(page_title=f"{chosen.title} · {text('shell.title')}")
entry, bar = header.show(page, offered)
if entry or not page.picker:
    chosen.run()
with bar:  # what the page fetches comes first
    lecture.show()
