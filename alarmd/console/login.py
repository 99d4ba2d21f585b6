"""Logging in with an API key, and logging out."""

from typing import Final
from urllib.parse import parse_qs

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from alarmd.console.cookies import Cookies
from alarmd.console.frames import NO_STORE, Frames, local
from alarmd.console.places import MAY_LOG_IN
from alarmd.core import session
from alarmd.db import console_sessions, keys
from alarmd.db.pool import Pool
from alarmd.db.trouble import TROUBLE

_FROM_HERE: Final = ("same-origin", "none")  # Sec-Fetch-Site of our own pages, and of what was typed in

_log = structlog.get_logger()


class LogIn:
    """The log-in; `provider` is whether people may also log in through one."""

    def __init__(self, pool: Pool, frames: Frames, cookies: Cookies, *, provider: bool) -> None:
        self._pool = pool
        self._frames = frames
        self._cookies = cookies
        self._goodbye = "/login?left=1" if provider else "/login"

    def add_to(self, router: APIRouter) -> None:
        """Add its routes."""
        router.add_api_route("/login", self._show)
        router.add_api_route("/login", self._log_in, methods=["POST"])
        router.add_api_route("/logout", self._log_out, methods=["POST"])

    async def _show(self, request: Request) -> Response:
        onward, left = local(request.query_params.get("next")), "left" in request.query_params
        return self._frames.render(request, "login.html", refusal=None, detail=None, next=onward, left=left)

    async def _log_in(self, request: Request) -> Response:
        if request.headers.get("sec-fetch-site", "same-origin") not in _FROM_HERE:
            return self._frames.refuse(request, 403, "login.foreign")
        form = parse_qs((await request.body()).decode(errors="replace"))
        secret, onward = form.get("key", [""])[0].strip(), local(form.get("next", ["/"])[0])
        try:
            async with self._pool.acquire() as connection:
                key = await keys.find(connection, secret)
                if key is None or key.role not in MAY_LOG_IN:
                    _log.warning("login_refused", role=key.role if key else None)
                    refusal = "login.unknown" if key is None else "login.role"
                    return self._frames.refuse(request, 403, refusal, onward=onward)
                token = await console_sessions.open_session(connection, key)
        except TROUBLE:
            return self._frames.render(request, "unavailable.html", 503)
        _log.info("logged_in", key=key.name, role=key.role)
        response = RedirectResponse(onward, 303, NO_STORE)
        self._cookies.put_session(response, token)
        return response

    async def _log_out(self, request: Request) -> Response:
        token = self._cookies.session(request)
        form = parse_qs((await request.body()).decode(errors="replace"))
        if token and session.is_csrf_token(token, form.get("csrf", [""])[0]):
            async with self._pool.acquire() as connection:
                await console_sessions.close_session(connection, token)
            response = RedirectResponse(self._goodbye, 303, NO_STORE)
            self._cookies.drop_session(response)
            return response
        return RedirectResponse("/", 303, NO_STORE)
