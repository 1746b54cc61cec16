"""Forms: what a page of this house sent, every field with all its values, and its files, never more than is allowed."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qs, urlparse

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from api.door import Caller
from services.errors import BadRequestError, RefusedError, TooLargeError
from services.evidence import MOST_BYTES, MOST_FILES

FIELDS_LIMIT = 1_200_000  # bytes of a form without files; a rule book is at most a million characters
FILES_LIMIT = MOST_FILES * MOST_BYTES + FIELDS_LIMIT
MOST_FIELDS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The fields of a form, and its files as (name, bytes); a file field left empty is no file."""

    fields: dict[str, list[str]]
    files: tuple[tuple[str, bytes], ...] = ()

    def one(self, name: str, default: str = "") -> str:
        """Give a field's first value, trimmed."""
        return (self.fields.get(name) or [default])[0].strip()

    def all(self, name: str) -> list[str]:
        """Give every value of a field."""
        return [value for value in self.fields.get(name, []) if value]

    def has(self, name: str) -> bool:
        """Say whether a box was ticked."""
        return bool(self.one(name))

    def number(self, name: str) -> int | None:
        """Read a whole number; None where nothing is written. Raises ValueError."""
        text = self.one(name)
        return int(text) if text else None

    def day(self, name: str) -> date | None:
        """Read a day; None where nothing is written. Raises ValueError."""
        text = self.one(name)
        return date.fromisoformat(text) if text else None


async def read_form(request: Request, who: Caller) -> Form:
    """Read a form that came from this site's own page: its token, and its origin, show it."""
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        form = await with_files(request)
    else:
        form = await without_files(request)
    origin = request.headers.get("origin", "")
    if origin and urlparse(origin).netloc != request.headers.get("host", ""):
        raise RefusedError("error.other_site")
    if who.csrf and form.one("csrf") != who.csrf:
        raise RefusedError("error.csrf")
    return form


async def counted(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    """Pass a body on, piece by piece. Raises TooLargeError when more comes than is taken."""
    taken = 0
    async for chunk in request.stream():
        taken += len(chunk)
        if taken > limit:
            raise TooLargeError("error.too_large")
        yield chunk


async def without_files(request: Request) -> Form:
    """Read an ordinary form."""
    body = b"".join([chunk async for chunk in counted(request, FIELDS_LIMIT)])
    try:
        text = body.decode("utf-8")
        fields = parse_qs(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as wrong:
        raise BadRequestError("error.form") from wrong
    return Form(fields=fields)


async def with_files(request: Request) -> Form:
    """Read a form with files; each file is read whole, for it is small or refused."""
    parser = MultiPartParser(
        request.headers, counted(request, FILES_LIMIT), max_files=MOST_FILES + 1, max_fields=MOST_FIELDS,
        max_part_size=FIELDS_LIMIT,
    )  # fmt: skip
    try:
        data = await parser.parse()
    except (MultiPartException, KeyError, UnicodeDecodeError) as wrong:
        raise BadRequestError("error.form") from wrong
    fields: dict[str, list[str]] = {}
    files: list[tuple[str, bytes]] = []
    try:
        for name, value in data.multi_items():
            if isinstance(value, UploadFile):
                content = await value.read(MOST_BYTES + 1)
                if value.filename or content:
                    files.append((value.filename or "", content))
            else:
                fields.setdefault(name, []).append(value)
    finally:
        await data.close()
    return Form(fields=fields, files=tuple(files))
