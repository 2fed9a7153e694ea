"""QR codes of addresses, for the phones in the room."""

from __future__ import annotations

import io

import segno
from starlette.requests import Request

from pages._ui.server.queries import parameters
from pages._ui.server.routing import Answer, Refused

PATH = "assets/qr.svg"
MOST_CHARACTERS = 1000  # of an address; a code of more could not be read off a projector


def code(request: Request) -> Answer:
    """The QR code of an address as SVG, black on white whatever the page's colours are."""
    address = parameters(request, {"text"})["text"]
    if not 0 < len(address) <= MOST_CHARACTERS:
        raise Refused(400, "qr_length", most=MOST_CHARACTERS)
    picture = io.BytesIO()
    made = segno.make(address, error="l", micro=False)
    made.save(
        picture, kind="svg", xmldecl=False, border=4, dark="#000", light="#fff", omitsize=True
    )
    return Answer(picture.getvalue(), "image/svg+xml")
