"""Caching: an answer's ETag is the hash of what it depends on; unchanged, it is not sent again."""

import hashlib
import json
from typing import Any, Final

from fastapi import Request
from fastapi.responses import Response

JSON: Final = (b"content-type", b"application/json")
CHECKED: Final = ((b"cache-control", b"private, no-cache"), (b"vary", b"Authorization, Cookie"))


def unchanged(request: Request, body: Any, *depends: str) -> Response:
    """Answer with a JSON body under a strong ETag, or 304 when the caller has it already."""
    content = json.dumps(body, ensure_ascii=False, default=str, separators=(",", ":"))
    etag = tag(content.encode(), *depends)
    headers = {"ETag": etag} | {name.decode(): value.decode() for name, value in CHECKED}
    if etag in known_tags(request):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)


def tag(content: bytes, *depends: str) -> str:
    """Give the strong ETag of an answer and of what it depends on."""
    known = hashlib.sha256("".join(f"{one}\n" for one in depends).encode())
    known.update(content)
    return f'"{known.hexdigest()[:32]}"'


def known_tags(request: Request) -> list[str]:
    """List the ETags of what the caller has already."""
    return [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
