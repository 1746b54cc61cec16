"""Caching: an answer's ETag is the hash of what it depends on; unchanged, it is not sent again."""

import hashlib
import json
from typing import Any

from fastapi import Request
from fastapi.responses import Response


def unchanged(request: Request, body: Any, *depends: str) -> Response:
    """Answer with a JSON body under a strong ETag, or 304 when the caller has it already."""
    content = json.dumps(body, ensure_ascii=False, default=str, separators=(",", ":"))
    etag = '"' + hashlib.sha256("\n".join([*depends, content]).encode()).hexdigest()[:32] + '"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
    if etag in known_tags(request):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)


def known_tags(request: Request) -> list[str]:
    """List the ETags of what the caller has already."""
    return [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
