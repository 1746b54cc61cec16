"""The guard: every answer leaves with its security headers, faults too, and a language that was asked for is kept."""

from typing import Final

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.door import LANG_COOKIE, LANGS, nonce
from api.figures import content_policy

ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
}


class Guard:
    """A plain ASGI layer: it changes the first message of an answer and hands everything else through as it comes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; a fault before the answer began becomes an answer of its own."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        begun = False

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                dress(request, MutableHeaders(scope=message))
            await send(message)

        try:
            await self.app(scope, receive, guarded)
        except Exception as wrong:
            if begun:
                raise
            response = await run_in_threadpool(problems.fault_problem, request, wrong)
            await response(scope, receive, guarded)


def dress(request: Request, headers: MutableHeaders) -> None:
    """Put the headers on an answer."""
    headers.setdefault("Content-Security-Policy", content_policy(nonce(request)))
    for name, value in ALWAYS.items():
        headers[name] = value
    if not request.url.path.startswith("/static/"):
        headers.setdefault("Cache-Control", "no-store" if request.cookies else "no-cache")
    asked = request.query_params.get("lang")
    if asked in LANGS:
        secure = request.app.state.house.settings.secure_cookies
        kept = Response()
        kept.set_cookie(LANG_COOKIE, asked, max_age=31_536_000, samesite="lax", httponly=True, secure=secure)
        headers.append("Set-Cookie", kept.headers["set-cookie"])
