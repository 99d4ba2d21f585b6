"""Bounds on what comes in, and headers on what goes out."""

import json
from typing import Final

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LARGEST: Final = 64 * 1024
_LARGEST_IMPORT: Final = 32 * 1024 * 1024
_IMPORT_PATH: Final = "/v1/stores/import"
_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'self'; frame-ancestors 'none'; base-uri 'none'"),
)


class Bounds:
    """Refuses bodies that are too large, those without a length as well, and adds the headers of every answer."""

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        self._app = app
        self._public_url = public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, within bounds."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        largest = _LARGEST_IMPORT if scope["path"] == _IMPORT_PATH else _LARGEST
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > largest:
                raise HTTPException(413, f"the body is larger than {largest} bytes")
            return message

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS, *_no_store(scope)]
            await send(message)

        if _announced(scope) > largest:
            await self._refuse(with_headers, largest)
        else:
            await self._app(scope, counted, with_headers)

    async def _refuse(self, send: Send, largest: int) -> None:
        problem = {
            "type": f"{self._public_url}/problems/too-large",
            "title": "Too large",
            "status": 413,
            "detail": f"the body is larger than {largest} bytes",
        }
        headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(problem).encode()})


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])
    return 0


def _no_store(scope: Scope) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"cache-control", b"no-store"),) if scope["path"].startswith("/v1/") else ()
