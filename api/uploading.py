"""Uploading: a form with one large file, which goes to disk as it comes and never whole into memory."""

from urllib.parse import urlparse

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from api.door import Caller
from api.forms import FIELDS_LIMIT, Form, counted
from services.errors import BadRequestError, RefusedError
from services.uploads import MOST_BYTES

MOST_FIELDS = 40


async def read_upload(request: Request, who: Caller) -> tuple[Form, UploadFile | None]:
    """Read a form that came from this site's own page, with its file, which the caller closes."""
    parser = MultiPartParser(
        request.headers, counted(request, MOST_BYTES + FIELDS_LIMIT), max_files=1, max_fields=MOST_FIELDS,
        max_part_size=FIELDS_LIMIT,
    )  # fmt: skip
    try:
        data = await parser.parse()
    except (MultiPartException, KeyError, UnicodeDecodeError) as wrong:
        raise BadRequestError("error.form") from wrong
    fields: dict[str, list[str]] = {}
    file: UploadFile | None = None
    for name, value in data.multi_items():
        if isinstance(value, UploadFile):
            file = value
        else:
            fields.setdefault(name, []).append(value)
    form = Form(fields=fields)
    try:
        must_be_ours(request, who, form)
    except RefusedError:
        await data.close()
        raise
    return form, file


def must_be_ours(request: Request, who: Caller, form: Form) -> None:
    """Refuse a form that another site sent. Raises RefusedError."""
    origin = request.headers.get("origin", "")
    if origin and urlparse(origin).netloc != request.headers.get("host", ""):
        raise RefusedError("error.other_site")
    if who.csrf and form.one("csrf") != who.csrf:
        raise RefusedError("error.csrf")
