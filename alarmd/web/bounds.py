"""Bounds on what comes in, and headers on what goes out."""

from typing import Final

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alarmd.web import errors

_LARGEST: Final = 64 * 1024
_LARGEST_IMPORT: Final = 32 * 1024 * 1024
_IMPORT_PATHS: Final = (
    "/v1/stores/import",
    "/v1/stores/import/columns",
    "/v1/stores/import/rejected",
    "/v1/stations/import",
)
_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_POLICY: Final = "default-src 'self'; object-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"


class Bounds:
    """Refuses bodies that are too large, those without a length as well, and adds the headers of every answer.

    `tile_origin` is the one other origin that pages may load images of; None: there is none.
    """

    def __init__(self, app: ASGIApp, public_url: str, tile_origin: str | None) -> None:
        self._app = app
        self._public_url = public_url
        policy = f"{_POLICY}; img-src 'self' {tile_origin}" if tile_origin else _POLICY
        self._headers = (*_HEADERS, (b"content-security-policy", policy.encode()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, within bounds."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        largest = _LARGEST_IMPORT if scope["path"] in _IMPORT_PATHS else _LARGEST
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > largest:
                raise HTTPException(413, _too_large(largest))
            return message

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self._headers, *_no_store(scope)]
            await send(message)

        if _announced(scope) > largest:
            refusal = errors.answer(self._public_url, errors.TooLargeError(_too_large(largest)))
            refusal.headers["Connection"] = "close"
            await refusal(scope, receive, with_headers)
        else:
            await self._app(scope, counted, with_headers)


def _too_large(largest: int) -> str:
    return f"the body is larger than {largest} bytes"


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])
    return 0


def _no_store(scope: Scope) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"cache-control", b"no-store"),) if scope["path"].startswith("/v1/") else ()
