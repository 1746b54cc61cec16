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
ALWAYS_SENT: Final = [(name.lower().encode(), value.encode()) for name, value in ALWAYS.items()]


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
                dress(request, message)
            await send(message)

        try:
            await self.app(scope, receive, guarded)
        except Exception as wrong:
            if begun:
                raise
            response = await run_in_threadpool(problems.fault_problem, request, wrong)
            await response(scope, receive, guarded)


def dress(request: Request, message: Message) -> None:
    """Put the headers on the first message of an answer."""
    always = {name for name, _ in ALWAYS_SENT}
    kept = [(name, value) for name, value in message.get("headers", ()) if name.lower() not in always]
    named = {name.lower() for name, _ in kept}
    if b"content-security-policy" not in named:
        kept.append((b"content-security-policy", content_policy(nonce(request)).encode()))
    kept += ALWAYS_SENT
    if b"cache-control" not in named and not request.scope["path"].startswith("/static/"):
        kept.append((b"cache-control", b"no-store" if request.cookies else b"no-cache"))
    message["headers"] = kept
    query = request.scope.get("query_string", b"")
    if b"lang" in query or b"%" in query:  # to read a query costs more than all the rest
        keep_language(request, MutableHeaders(scope=message))


def keep_language(request: Request, headers: MutableHeaders) -> None:
    """Remember a language that was asked for."""
    asked = request.query_params.get("lang")
    if asked in LANGS:
        secure = request.app.state.house.settings.secure_cookies
        kept = Response()
        kept.set_cookie(LANG_COOKIE, asked, max_age=31_536_000, samesite="lax", httponly=True, secure=secure)
        headers.append("Set-Cookie", kept.headers["set-cookie"])
