"""Delivery: a paper becomes a file of the form asked for, handed out with a name people can read."""

from collections.abc import Sequence
from io import BytesIO
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from fastapi.responses import Response

from api.assets import font_folders
from data.manuscripts.content import Manuscript, charts
from data.manuscripts.excel import write_excel
from data.manuscripts.pdf import draw_chart, write_pdf
from data.manuscripts.slides import write_slides
from data.manuscripts.word import write_word
from data.press import Font, PressError, find_fonts
from services.errors import BadRequestError, ConflictError

MEDIA: Final = MappingProxyType({
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "csv": "text/csv; charset=utf-8",
})  # fmt: skip


def known_form(fmt: str, known: Sequence[str]) -> None:
    """Refuse a form that a paper has not. Raises BadRequestError naming the known ones."""
    if fmt not in known:
        raise BadRequestError("error.paper_format", format=fmt, known=" ".join(known))


def written(paper: Manuscript, fmt: str) -> bytes:
    """Write a paper as pdf, docx, xlsx or pptx. Raises ConflictError for a PDF where there is no Chinese font."""
    match fmt:
        case "pdf":
            try:
                return write_pdf(paper, find_fonts(font_folders()))
            except PressError as wrong:
                raise ConflictError(f"error.press.{wrong.kind}", letters="、".join(wrong.letters)) from wrong
        case "docx":
            return write_word(paper, pictures(paper))
        case "xlsx":
            return write_excel(paper)
        case "pptx":
            return write_slides(paper)
    raise BadRequestError("error.paper_format", format=fmt, known="pdf docx xlsx pptx")


def pictures(paper: Manuscript) -> list[bytes]:
    """Draw the charts of a paper; none where there is no Chinese font, and their numbers stand as a table instead."""
    fonts: tuple[Font, ...] = find_fonts(font_folders())
    if not fonts:
        return []
    return [draw_chart(paper, number, fonts) for number, _ in enumerate(charts(paper))]


def handed_out(content: bytes | BytesIO, fmt: str, *, name: str, title: str) -> Response:
    """Answer with a file to keep; its Chinese name beside a plain one for old programs."""
    body = content.getvalue() if isinstance(content, BytesIO) else content
    return Response(
        body, media_type=MEDIA[fmt],
        headers={"Content-Disposition":
                 f"attachment; filename=\"{name}.{fmt}\"; filename*=UTF-8''{quote(title, safe='')}.{fmt}"},
    )  # fmt: skip
