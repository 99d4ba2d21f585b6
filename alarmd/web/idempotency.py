"""`Idempotency-Key`: a POST that is sent again is answered again, and not done again."""

import hashlib
from typing import Final

from fastapi import Request, Response

from alarmd.core.errors import ConflictError, Fault, InvalidError
from alarmd.db import idempotency
from alarmd.db.idempotency import Kept
from alarmd.db.keys import Caller
from alarmd.web.caller import identify
from alarmd.web.context import Context
from alarmd.web.json_body import Handler, StrictRoute

_HEADER: Final = "idempotency-key"
_MAX_LENGTH = 255
_CONNECTION_WITHIN_S = 3.0
_KEPT_HEADERS: Final = ("content-type", "etag", "location")
_SUCCESS = 2  # the first digit of a status


class Once(StrictRoute):
    """A route whose POST with an Idempotency-Key is done once.

    Only answers of success are kept: what failed changed nothing, and may be tried again.
    """

    shows_secrets = False

    def get_route_handler(self) -> Handler:
        """What the route would do, unless it was done before: then its answer is given again."""
        handle = super().get_route_handler()

        async def once(request: Request) -> Response:
            token = request.headers.get(_HEADER)
            if token is None or request.method != "POST":
                return await handle(request)
            if not 0 < len(token) <= _MAX_LENGTH:
                raise _wrong(f"give 1 to {_MAX_LENGTH} characters")
            return await _once(request, token, handle, shows_secrets=self.shows_secrets)

        return once


class OnceSecret(Once):
    """A route whose answer holds a secret, which is shown once: it is not kept to be given again."""

    shows_secrets = True


async def _once(request: Request, token: str, handle: Handler, *, shows_secrets: bool) -> Response:
    """Handle a request, unless it was handled before.

    Raises:
        UnauthenticatedError, ForbiddenError: whoever asks may not.
        InvalidError: the Idempotency-Key was used for another request.
        ConflictError: the first such request is still worked on, or its answer held a secret.
    """
    context: Context = request.app.state.context
    key = await identify(request, context)  # or it is refused, and no file is read from somebody unknown
    # Without a connection in hand: a body may come slowly.
    digest = _digest(request, await request.body())
    async with context.pool.acquire(timeout=_CONNECTION_WITHIN_S) as connection:
        kept = await idempotency.take(connection, key.id, token, digest)
    if kept:
        return _again(kept, digest)
    try:
        response = await handle(request)
    except BaseException:
        await _settle(context, key, token, None, shows_secrets=shows_secrets)
        raise
    await _settle(context, key, token, response, shows_secrets=shows_secrets)
    return response


async def _settle(context: Context, key: Caller, token: str, response: Response | None, *, shows_secrets: bool) -> None:
    """Keep an answer of success; let anything else be tried again."""
    async with context.pool.acquire(timeout=_CONNECTION_WITHIN_S) as connection:
        if response is None or response.status_code // 100 != _SUCCESS:
            await idempotency.drop(connection, key.id, token)
            return
        headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        body = b"" if shows_secrets else bytes(response.body)
        await idempotency.keep(connection, key.id, token, response.status_code, headers, body)


def _again(kept: Kept, digest: bytes) -> Response:
    if kept.status is None:
        raise ConflictError("a request with this Idempotency-Key is being worked on: ask again in a moment")
    if kept.request != digest:
        raise _wrong("was used for another request; take a new one for each")
    if not kept.body and "content-type" in kept.headers:
        raise ConflictError("a request with this Idempotency-Key was done; its answer held a secret, shown only once")
    return Response(kept.body, kept.status, kept.headers)


def _digest(request: Request, body: bytes) -> bytes:
    """SHA-256 of what is asked."""
    asked = f"{request.method} {request.url.path}?{request.url.query}"
    return hashlib.sha256(asked.encode() + b"\0" + body).digest()


def _wrong(reason: str) -> InvalidError:
    return InvalidError(f"Idempotency-Key: {reason}", [Fault("header.idempotency-key", reason)])
