"""The pages, run by Streamlit's own test harness: what is on screen, and what survives nonsense."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from pages._ui.server import offered as models
from pages._ui.shell import session as session_module
from pages._ui.shell.pages import PAGES
from pages._ui.shell.session import Session
from pages._ui.texts import text
from tests.conftest import write_checkpoint

ROUTER = str(Path(__file__).resolve().parents[1] / "pages/_router.py")


@pytest.fixture(autouse=True)
def folder(checkpoints_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkpoints folder of the test's own, the two small checkpoints in it."""
    for path in checkpoints_folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(models.REGISTRY, "_folder", tmp_path)
    return tmp_path


def open_app(**query: str) -> AppTest:
    app = AppTest.from_file(ROUTER, default_timeout=30)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def map_data(app: AppTest) -> dict[str, Any]:
    """What the page told the map's JavaScript."""
    _bar, component = app.get("bidi_component")
    (data,) = json.loads(component.proto.json)
    return data  # type: ignore[no-any-return]


# --- a first visit ------------------------------------------------------------------------------


def test_the_page_opens_on_the_default_model() -> None:
    app = open_app()
    data = map_data(app)

    assert not app.exception
    assert not app.error
    assert app.selectbox[0].label == "Model"
    assert app.selectbox[0].value == "vae"
    assert data["model"]["id"] == "vae"
    assert data["chosen"]["asked"] == data["chosen"]["values"] == {}
    assert data["chosen"]["problem"] is None


def test_the_picker_names_models_by_their_figures() -> None:
    assert open_app().selectbox[0].options == [
        "VAE, β 1, −ELBO 210.5 nats",
        "VAE, β 4, −ELBO 211.5 nats",
    ]


def test_choosing_a_model_is_told_to_the_browser_and_leaves_the_address_to_it() -> None:
    app = open_app(pins="0.5,1")
    before = map_data(app)
    app.selectbox[0].select("vae-beta4").run()
    after = map_data(app)

    assert after["model"]["id"] == "vae-beta4"
    assert after["model"]["sha256"] != before["model"]["sha256"]
    assert after["chosen"]["revision"] == before["chosen"]["revision"] + 1
    assert after["chosen"]["values"] == {"model": "vae-beta4"}
    assert "model" not in app.query_params


# --- links --------------------------------------------------------------------------------------


def test_a_link_shows_its_model() -> None:
    app = open_app(model="vae-beta4", layers="points,posterior", pins="0.42,-1.13;1,2")
    data = map_data(app)

    assert app.selectbox[0].value == "vae-beta4"
    assert data["model"]["id"] == "vae-beta4"
    assert data["chosen"]["asked"] == data["chosen"]["values"] == {"model": "vae-beta4"}


@pytest.mark.parametrize(
    "query",
    [
        {"model": "../../etc/passwd"},
        {"model": "no-such-model"},
        {"model": "upload-0123456789abcdef"},
        {"model": "x" * 100_000},
    ],
    ids=lambda query: str(query)[:40],
)
def test_a_model_that_is_not_there_is_a_sentence_and_the_default_one(query: dict[str, str]) -> None:
    app = open_app(**query)
    data = map_data(app)

    assert not app.exception
    assert data["chosen"]["problem"].endswith(".")
    assert len(data["chosen"]["problem"]) < 250  # it does not repeat the nonsense at length
    assert data["model"]["id"] == "vae"
    assert data["chosen"]["values"] == {}


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.dictionaries(
        st.sampled_from(["model", "layers", "pins", "label", "embed_options", "x"]),
        st.text(st.characters(codec="utf-8"), max_size=30),
    )
)
def test_no_link_breaks_the_page(query: dict[str, str]) -> None:
    app = open_app(**query)

    assert not app.exception
    assert len(app.get("bidi_component")) == 2  # the bar, and the page


# --- languages ----------------------------------------------------------------------------------


def test_the_language_is_the_address_s_then_the_browser_s_then_english() -> None:
    assert open_app(lang="zh").session_state["session"].language == "zh"
    assert open_app(lang="xx").session_state["session"].language == "en"
    assert open_app().session_state["session"].language == "en"


def test_the_menu_changes_the_language_of_everything_and_keeps_the_model() -> None:
    app = open_app(model="vae-beta4")
    before = map_data(app)
    app.selectbox(key="language").select("zh").run()
    after = map_data(app)

    assert after["language"] == "zh"
    assert after["texts"] != before["texts"]
    assert after["model"]["id"] == "vae-beta4"
    assert after["chosen"]["values"] == {"model": "vae-beta4", "lang": "zh"}
    assert app.selectbox[0].label == text("shell.model", "zh")


def test_a_link_that_names_a_model_alone_leaves_the_language() -> None:
    session = Session()
    session.open(MAP, {})
    session.choose(lang="zh")
    session.open(GRID, {"model": "a"})

    assert session.language == "zh"


# --- callbacks ----------------------------------------------------------------------------------

INTERRUPTED = """
import streamlit as st
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from pages._ui.shell import session

def ask_for_a_run():
    get_script_run_ctx().script_requests.request_rerun(RerunData())

def bare():
    ask_for_a_run()
    st.session_state["bare"] = "done"

@session.uninterrupted()
def whole():
    ask_for_a_run()
    st.session_state["whole"] = "done"
    st.session_state["and more"] = "done"

st.button("bare", on_click=bare)
st.button("whole", on_click=whole)
"""


def test_a_callback_comes_to_its_end_although_a_run_of_the_script_has_been_asked_for() -> None:
    app = AppTest.from_string(INTERRUPTED, default_timeout=30).run()
    app.button[0].click().run()
    app.button[1].click().run()

    assert "bare" not in app.session_state  # what Streamlit does by itself
    assert app.session_state["whole"] == app.session_state["and more"] == "done"


# --- the session's half of the protocol ---------------------------------------------------------

MAP, GRID, LIVE = (
    next(page for page in PAGES if page.name == name)
    for name in ("latent_map", "label_grid", "live_training")
)


def holds(session: Session) -> str | None:
    return session.values.get("model")


def says(session: Session, number: int, revision: int | None = None, **texts: str) -> None:
    """The browser's message that its address says this now."""
    known = session.revision if revision is None else revision
    told = {"number": number, "revision": known, "seen": session.overtaken, "texts": texts}
    session.hear({"session": session.name, **told})


def test_an_old_address_that_streamlit_sends_again_is_no_news() -> None:
    session = Session()
    session.open(MAP, {"model": "a"})
    session.choose(model="b")
    session.open(MAP, {"model": "a"})

    assert holds(session) == "b"


def test_back_is_heard_even_if_the_address_was_read_before() -> None:
    session = Session()
    session.open(MAP, {})
    session.choose(model="b")
    says(session, 1)

    assert (holds(session), session.chosen()["heard"]) == (None, 1)


def test_a_message_that_did_not_know_of_a_choice_is_overtaken_and_still_answered() -> None:
    session = Session()
    session.open(MAP, {})
    session.choose(model="b")
    says(session, 1, revision=0, model="a")

    assert (holds(session), session.chosen()["heard"]) == ("b", 1)


def test_widgets_count_again_in_time_on_a_page_that_cannot_say_that_they_have_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr(session_module.time, "monotonic", lambda: now)
    session = Session()
    session.open(MAP, {"model": "a"})
    assert session.is_seen  # nothing was there that could be behind
    says(session, 1, model="b")
    assert not session.is_seen
    says(session, 2, model="b")
    assert session.is_seen
    says(session, 3)
    now += 6
    assert session.is_seen


def test_news_of_a_component_that_the_page_does_not_hold_are_no_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As from a tab that was left open over a restart of the server."""
    state: dict[str, Any] = {}
    monkeypatch.setattr(session_module.st, "session_state", state)
    session_module.listen()
    session = session_module.current()
    session.open(MAP, {"model": "a"})
    session_module.listen()
    state[MAP.name] = {"status": "ready"}
    session_module.listen()

    assert (holds(session), session.heard) == ("a", 0)


def test_a_link_to_another_page_keeps_the_model_and_an_address_with_one_asks_for_it() -> None:
    session = Session()
    session.open(MAP, {"model": "a"})
    session.open(GRID, {})
    assert holds(session) == "a"

    session.open(LIVE, {"run": "r", "model": "b"})  # which is none of that page's keys
    session.open(MAP, {})
    assert holds(session) == "a"
    session.open(GRID, {"model": "b"})
    assert holds(session) == "b"


def test_a_sentence_about_a_link_stays_until_something_else_is_asked_for_or_chosen() -> None:
    session = Session()
    session.open(MAP, {"model": "none"})
    session.refuse("model", "There is none.")
    session.open(MAP, {"model": "none"})
    assert (session.problem, holds(session)) == ("There is none.", None)

    session.choose(model="a")
    assert session.problem is None


anything = st.sampled_from([None, True, -1, 2**70, 0.5, "1", [], {"model": ["b"]}, {"x": "y"}])


@settings(deadline=None)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(["revision", "number", "texts"], anything)))
def test_no_message_breaks_the_session(message: dict[str, object]) -> None:
    session = Session()
    session.open(MAP, {"model": "a"})
    session.hear(message)
    session.hear(message | {"session": session.name})

    assert all(isinstance(text, str) for text in session.values.values())


class Tab:
    """The rules of the browser's half (frontend/state/store.js), for one key."""

    def __init__(self) -> None:
        self.address = self.agreed = ""
        self.revision = self.last = self.messages = self.overtaken = 0
        self.told: list[dict[str, object]] = []

    def go(self, address: str) -> None:
        self.address = address
        if address != self.agreed:
            self.tell()

    def tell(self) -> None:
        self.agreed = self.address
        self.last = self.messages = self.messages + 1
        texts = {"model": self.address} if self.address else {}
        told = {"number": self.last, "revision": self.revision, "seen": self.overtaken}
        self.told.append({**told, "texts": texts})

    def adopt(self, chosen: dict[str, Any]) -> None:
        chose = chosen["revision"] > self.revision
        self.revision, self.overtaken = chosen["revision"], chosen["overtaken"]
        if chose:
            self.last = chosen["heard"]
        if chose or chosen["heard"] >= self.last:
            self.address = self.agreed = chosen["values"].get("model", "")
            if chosen["seen"] != chosen["overtaken"]:
                self.tell()


texts = st.sampled_from(["", "a", "b", "c"])
moves = st.lists(st.tuples(st.sampled_from(["pick", "go", "up", "down", "stale"]), texts))


@given(moves)
def test_python_and_the_address_agree_in_the_end_however_their_messages_crossed(
    moves: list[tuple[str, str]],
) -> None:
    """Of several messages Streamlit sends the latest, and with any run perhaps an old address."""
    session, tab = Session(), Tab()
    session.open(MAP, {})
    answers: list[dict[str, Any]] = []
    counts: str | None = None

    def up() -> None:
        if tab.told:
            session.hear({"session": session.name, **tab.told[-1]})
            tab.told.clear()
            answers.append(session.chosen())

    def down() -> None:
        if answers:
            tab.adopt(answers.pop(0))

    for move, model in moves:
        if move == "go" and model == tab.address:
            continue  # which is no move
        if move in {"pick", "go"}:
            # A choice counts that crosses a move; a move counts where nothing was under way.
            counts = model if move == "pick" or not (tab.told or answers) else None
        match move:
            case "pick":
                session.choose(model=model or None)
                answers.append(session.chosen())
            case "go":
                tab.go(model)
            case "up":
                up()
            case "down":
                down()
            case "stale":
                session.open(MAP, {"model": model})
    while tab.told or answers:
        up()
        down()

    assert (holds(session) or "") == tab.address
    if counts is not None:
        assert tab.address == counts


def test_an_uploaded_checkpoint_becomes_the_model(tmp_path: Path) -> None:
    path = write_checkpoint(tmp_path / "mine.safetensors", seed=5)
    data = path.read_bytes()
    path.unlink()
    app = open_app()
    app.file_uploader[0].upload("mine.safetensors", data, "application/octet-stream").run()

    assert not app.exception
    assert app.selectbox[0].value.startswith("upload-")
    assert map_data(app)["model"]["id"] == app.selectbox[0].value
    assert map_data(open_app(model=app.selectbox[0].value))["chosen"]["problem"] is None


@pytest.mark.parametrize("kind", ["cut", "flipped", "pickle", "foreign", "empty"])
def test_a_bad_upload_is_a_sentence_and_the_model_stays(kind: str, tiny_checkpoint: Path) -> None:
    import pickle

    import numpy as np
    import safetensors.numpy

    good = tiny_checkpoint.read_bytes()
    bad = {
        "cut": good[:-100],
        "flipped": good[:-100] + bytes([good[-100] ^ 1]) + good[-99:],
        "pickle": pickle.dumps({"weights": [1.0, 2.0]}),
        "foreign": safetensors.numpy.save({"x": np.zeros(3)}),
        "empty": b"",
    }[kind]
    app = open_app()
    app.file_uploader[0].upload("bad.safetensors", bad, "application/octet-stream").run()

    assert not app.exception
    assert len(app.error) == 1
    assert app.error[0].value.startswith("bad.safetensors: ")
    assert map_data(app)["model"]["id"] == "vae"


def test_what_is_wrong_with_an_upload_is_said_in_the_visitors_language() -> None:
    app = open_app(lang="zh")
    app.file_uploader[0].upload("bad.safetensors", b"", "application/octet-stream").run()

    assert app.error[0].value == f"bad.safetensors: {text('error.storage.foreign', 'zh')}"


def test_an_empty_folder_says_how_to_train_a_model(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    app = open_app()

    assert not app.exception
    assert models.TRAIN_COMMAND in app.info[0].value
    assert app.file_uploader  # a model can still be brought along


def test_a_broken_file_in_the_folder_is_named_and_left_out(folder: Path) -> None:
    (folder / "cut.safetensors").write_bytes((folder / "vae.safetensors").read_bytes()[:-9])
    app = open_app()

    assert not app.exception
    assert "cut.safetensors" in app.warning[0].value
    assert map_data(app)["model"]["id"] == "vae"


def test_an_unexpected_error_is_one_sentence() -> None:
    def script() -> None:
        from pages._ui.shell import errors

        errors.on_script_error(RuntimeError("secret path /home/someone"))

    app = AppTest.from_function(script).run()

    assert [error.value for error in app.error] == [text("shell.unexpected")]


def test_the_browser_has_the_colours_of_the_figures() -> None:
    from vae_core.figures import PALETTE

    module = Path(ROUTER).parent / "_ui/frontend/parts/palette.js"
    assert tuple(re.findall("#[0-9a-f]{6}", module.read_text(encoding="utf-8"))) == (
        *PALETTE["light"],
        *PALETTE["dark"],
    )


# --- start --------------------------------------------------------------------------------------


def test_the_first_map_needs_no_pytorch() -> None:
    import subprocess
    import sys

    program = (
        "import sys; import app; from pages._ui.shell import header, latent_map;"
        "from pages._ui.server.offered import REGISTRY; REGISTRY.refresh();"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(ROUTER).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "False"


class Picker:
    """A widget in the browser and what Streamlit does with it: it sends and takes old values.

    Of what is under way each side sees the latest; a message carries what was known when it left.
    """

    def __init__(self, told_first: bool) -> None:
        self.session, self.tab = Session(), Tab()
        self.session.open(MAP, {})
        self.value = self.in_python = ""
        self.told: dict[str, object] | None = None
        self.sent: list[tuple[str, dict[str, object] | None]] = []
        self.drawn: list[tuple[str, dict[str, Any]]] = []
        self.told_first = told_first

    def send(self) -> None:
        self.sent.append((self.value, self.told))

    def go(self, address: str) -> None:
        """Move in the history: Streamlit sends at once, then the component."""
        self.tab.go(address)
        self.send()
        self.tell()

    def tell(self) -> None:
        if self.tab.told:
            self.told = {"session": self.session.name, **self.tab.told.pop()}
            self.send()

    def pick(self, value: str) -> None:
        self.value = value
        self.send()

    def run(self, skip: int = 0) -> None:
        """The script runs for a message; what waits before it is skipped."""
        if not self.sent:
            return
        value, told = self.sent[skip := min(skip, len(self.sent) - 1)]
        del self.sent[: skip + 1]
        if self.told_first:
            self.session.hear(told)
        if value != self.in_python:
            self.session.hear(told)
            if self.session.is_seen:
                self.session.choose(model=value or None)
        self.session.hear(told)
        self.in_python = holds(self.session) or ""
        self.drawn.append((self.in_python, self.session.chosen()))

    def draw(self) -> None:
        if self.drawn:
            self.value, chosen = self.drawn.pop(0)
            self.tab.adopt(chosen)
            self.tell()

    def come_to_rest(self) -> None:
        while self.sent or self.drawn:
            self.run()
            self.draw()


history = st.lists(
    st.one_of(
        st.tuples(st.just("go"), texts),
        st.tuples(st.just("run"), st.integers(0, 2)),
        st.tuples(st.just("draw")),
    ),
    max_size=30,
)


@given(history, texts, st.booleans())
@example([("go", "a"), ("run", 0), ("run", 0), ("go", ""), ("go", "a"), ("run", 2)], "a", False)
def test_only_a_person_chooses_however_old_the_values_of_the_widgets_are(
    moves: list[tuple[Any, ...]], picked: str, told_first: bool
) -> None:
    picker = Picker(told_first)
    for name, *arguments in moves:
        getattr(picker, name)(*arguments)
    picker.come_to_rest()

    assert picker.session.revision == 0
    assert picker.value == picker.tab.address == (holds(picker.session) or "")
    picker.pick(picked)
    picker.come_to_rest()
    assert picker.value == picker.tab.address == (holds(picker.session) or "") == picked
