"""QR codes: an address as a drawing that a phone reads, for the screen and for paper."""

import io

import segno

QUIET = 4  # modules of white around the code, as its standard asks


def on_screen(address: str) -> str:
    """Draw an address as inline SVG without inline styles; the page's own sheet sizes it."""
    return str(segno.make(address, error="m", micro=False).svg_inline(border=QUIET, omitsize=True, svgclass="qr"))


def on_paper(address: str) -> str:
    """Draw an address as an SVG document."""
    buffer = io.BytesIO()
    segno.make(address, error="m", micro=False).save(buffer, kind="svg", xmldecl=False, border=QUIET, light="white")
    return buffer.getvalue().decode("utf-8")
