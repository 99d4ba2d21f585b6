"""Who is asking: whoever sends an API key, or a browser that is logged in to the console."""

from typing import Final

from fastapi import Request

from alarmd.core import session
from alarmd.core.errors import ForbiddenError
from alarmd.db import console_sessions, keys
from alarmd.db.keys import Caller, Key
from alarmd.web.context import Context
from alarmd.web.errors import UnauthenticatedError

_CONNECTION_WITHIN_S: Final = 3.0


async def identify(request: Request, context: Context) -> Caller:
    """The caller. They are looked up each time, so that a revoked key is refused at once, on every replica.

    Raises:
        UnauthenticatedError: there is none, or it is unknown or revoked, or the session is over.
        ForbiddenError: a session's write does not bear its CSRF token.
    """
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return await _by_key(context, secret.strip())
    token = request.cookies.get(session.cookie_name(context.settings.public_url))
    if token:
        return await _by_session(request, context, token)
    raise UnauthenticatedError("send an API key as `Authorization: Bearer <key>`")


async def _by_key(context: Context, secret: str) -> Key:
    # Given back before the route takes one of its own: if who holds one waited for another, all might wait for all.
    async with context.pool.acquire(timeout=_CONNECTION_WITHIN_S) as connection:
        key = await keys.find(connection, secret)
    if key is None:
        raise UnauthenticatedError("this API key is unknown or revoked")
    return key


async def _by_session(request: Request, context: Context, token: str) -> Caller:
    async with context.pool.acquire(timeout=_CONNECTION_WITHIN_S) as connection:
        caller = await console_sessions.find(connection, token)
    if caller is None:
        raise UnauthenticatedError("this session is over: log in again")
    given = request.headers.get(session.CSRF_HEADER, "")
    if request.method not in session.READING and not session.is_csrf_token(token, given):
        raise ForbiddenError("a write of a session bears its token in X-CSRF-Token; this one does not")
    return caller
