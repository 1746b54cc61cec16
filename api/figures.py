"""The dresser of folium figures: a map becomes head, body and script parts that a strict page may carry."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from typing import Final

from branca.element import CssLink, Element, Figure, JavascriptLink

from api.assets import UnknownLinkError, local

OUTSIDE_LINK: Final = re.compile(r"""(?:https?|wss?|ftp)://|["'(]//[\w.-]+\.\w""", re.IGNORECASE)
REFUSED_TAGS: Final = frozenset({"iframe", "object", "embed", "base", "form", "frame"})
LINK_ATTRIBUTES: Final = frozenset({"src", "href", "action", "formaction", "data", "poster", "srcset", "xlink:href"})
NONCED_TAGS: Final = frozenset({"script", "style", "link"})
VOID_TAGS: Final = frozenset({"meta", "link", "img", "br", "hr", "input"})


class UnsafeMarkupError(Exception):
    """A figure wants markup that the content policy forbids: an event handler, an inline style, a frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureParts:
    """The three parts of a figure, ready for a page: tags for its head, its body, and one script for its end."""

    head: str
    body: str
    script: str


def content_policy(nonce: str) -> str:
    """Return the Content-Security-Policy of a page whose inline scripts and styles carry `nonce`."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}'",
            f"style-src 'self' 'nonce-{nonce}'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "font-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )


def parts(drawing: Element, nonce: str) -> FigureParts:
    """Render a folium map and return its parts with every tag nonced and every link served from here.

    Raises UnknownLinkError for a link outside the table of api/assets.py, UnsafeMarkupError for what the policy blocks.
    """
    figure = drawing.get_root()
    if not isinstance(figure, Figure):
        raise TypeError("a drawing stands in a figure")
    for child in figure._children.values():
        child.render()
    head = "\n".join(_dressed(_text(element), nonce) for element in figure.header._children.values())
    body = _dressed(figure.html.render(), nonce)
    return FigureParts(head=head, body=body, script=_script(figure.script.render(), nonce))


def _text(element: Element) -> str:
    if isinstance(element, JavascriptLink):
        return f'<script src="{escape(element.url)}"></script>'
    if isinstance(element, CssLink):
        return f'<link rel="stylesheet" href="{escape(element.url)}">'
    return str(element.render())


def _dressed(markup: str, nonce: str) -> str:
    dresser = _Dresser(nonce)
    dresser.feed(markup)
    dresser.close()
    return "".join(dresser.written).strip()


def _script(code: str, nonce: str) -> str:
    _refuse_outside_links(code)
    if "</script" in code.lower():
        raise UnsafeMarkupError("a script may not contain its own end tag")
    return f'<script nonce="{escape(nonce)}">\n{code.strip()}\n</script>'


def _refuse_outside_links(code: str) -> None:
    found = OUTSIDE_LINK.search(code)
    if found:
        raise UnknownLinkError(
            f"a figure's code names an outside address: {code[found.start() : found.start() + 80]!r}"
        )


class _Dresser(HTMLParser):
    """Writes markup anew, tag by tag, with nonces and local links."""

    def __init__(self, nonce: str) -> None:
        super().__init__(convert_charrefs=False)
        self.nonce = nonce
        self.written: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in REFUSED_TAGS:
            raise UnsafeMarkupError(f"<{tag}> has no place in a figure")
        if tag == "meta":  # the page brings its own charset and viewport
            return
        nonce = [("nonce", self.nonce)] if tag in NONCED_TAGS else []
        kept = [*self._attributes(tag, attrs), *nonce]
        words = "".join(f" {name}" if value is None else f' {name}="{escape(value)}"' for name, value in kept)
        self.written.append(f"<{tag}{words}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID_TAGS:
            self.written.append(f"</{tag}>")

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID_TAGS:
            self.written.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem:  # the inside of a script or a style
            _refuse_outside_links(data)
        self.written.append(data)

    def handle_entityref(self, name: str) -> None:
        self.written.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.written.append(f"&#{name};")

    def _attributes(self, tag: str, attrs: list[tuple[str, str | None]]) -> Iterator[tuple[str, str | None]]:
        for name, value in attrs:
            if name.startswith("on"):
                raise UnsafeMarkupError(f"<{tag} {name}=…> is an inline event handler")
            if name == "style":
                raise UnsafeMarkupError(f"<{tag} style=…> is an inline style; use a class")
            if name == "nonce":
                continue
            yield name, local(value or "") if name in LINK_ATTRIBUTES else value
