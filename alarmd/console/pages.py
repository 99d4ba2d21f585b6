"""The pages, as they are served: logging in and out, and a frame for each that its script fills."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, quote

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from alarmd.console import language
from alarmd.console.places import MAY_LOG_IN, PLACES, Place, menu
from alarmd.console.static_files import StaticFiles
from alarmd.core import session
from alarmd.core.errors import NotFoundError
from alarmd.db import console_sessions, keys
from alarmd.db.keys import Key
from alarmd.db.pool import Pool
from alarmd.db.trouble import TROUBLE

_ANSWER_WITHIN_S: Final = 3.0  # of the database; somebody waits before an empty page
_THEMES: Final = ("auto", "light", "dark")
_THEME_COOKIE: Final = "alarmd_theme"
_NO_STORE: Final = {"Cache-Control": "no-store", "Vary": "Accept-Language, Cookie"}
_FROM_HERE: Final = ("same-origin", "none")  # Sec-Fetch-Site of our own pages, and of what was typed in

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Tiles:
    """The tiles under the maps: a template with {z}, {x} and {y}, None where there are none, and whose they are."""

    url: str | None
    attribution: str


class Console:
    """The console; its routes are in `router`."""

    def __init__(self, pool: Pool, public_url: str, tiles: Tiles) -> None:
        self._pool = pool
        self._tiles = tiles
        self._cookie = session.cookie_name(public_url)
        self._secure = session.is_secure(public_url)
        self._files = StaticFiles()
        self._words = language.load_words()
        self._templates = Environment(
            loader=PackageLoader("alarmd.console"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self.router = APIRouter(include_in_schema=False)
        self.router.add_api_route("/static/{version}/{path:path}", self._static)
        self.router.add_api_route("/login", self._show_login)
        self.router.add_api_route("/login", self._log_in, methods=["POST"])
        self.router.add_api_route("/logout", self._log_out, methods=["POST"])
        for place in PLACES:
            self.router.add_api_route(place.path, self._page(place))

    async def _static(self, version: str, path: str) -> Response:
        found = self._files.serve(path) if f"/static/{version}" == self._files.base else None
        if found is None:
            raise NotFoundError("there is no such file, or it is one of another version: load the page again")
        return found

    def _page(self, place: Place) -> Callable[[Request], Awaitable[Response]]:
        async def page(request: Request) -> Response:
            token = request.cookies.get(self._cookie)
            try:
                key = await self._find(token)
            except TROUBLE:
                return self._render(request, "unavailable.html", 503)
            if token is None or key is None:
                return self._to_login(request)
            if key.role not in place.roles:
                return self._render(request, "forbidden.html", 403, role=key.role)
            return self._render(
                request,
                "page.html",
                place=place,
                menu=menu(key.role),
                role=key.role,
                name=key.name,
                csrf=session.csrf_token(token),
                tiles=self._tiles,
            )

        return page

    async def _find(self, token: str | None) -> Key | None:
        if not token:
            return None
        async with asyncio.timeout(_ANSWER_WITHIN_S), self._pool.acquire() as connection:
            return await console_sessions.find(connection, token)

    def _to_login(self, request: Request) -> Response:
        """To the log-in, and back here afterwards.

        A browser leaves a SameSite=Strict cookie out when it follows a link of another site, such as that of an alert
        in somebody's mail: then the page is asked for once more, by ourselves.
        """
        if request.headers.get("sec-fetch-site") == "cross-site":
            return self._render(request, "again.html")
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse("/login" if asked == "/" else f"/login?next={quote(asked, safe='')}", 303, _NO_STORE)

    async def _show_login(self, request: Request) -> Response:
        return self._render(request, "login.html", refusal=None, next=_local(request.query_params.get("next")))

    async def _log_in(self, request: Request) -> Response:
        if request.headers.get("sec-fetch-site", "same-origin") not in _FROM_HERE:
            return self._render(request, "login.html", 403, refusal="login.foreign", next="/")
        form = parse_qs((await request.body()).decode(errors="replace"))
        secret, onward = form.get("key", [""])[0].strip(), _local(form.get("next", ["/"])[0])
        try:
            async with self._pool.acquire() as connection:
                key = await keys.find(connection, secret)
                if key is None or key.role not in MAY_LOG_IN:
                    _log.warning("login_refused", role=key.role if key else None)
                    refusal = "login.unknown" if key is None else "login.role"
                    return self._render(request, "login.html", 403, refusal=refusal, next=onward)
                token = await console_sessions.open_session(connection, key.id)
        except TROUBLE:
            return self._render(request, "unavailable.html", 503)
        _log.info("logged_in", key=key.name, role=key.role)
        response = RedirectResponse(onward, 303, _NO_STORE)
        response.set_cookie(
            self._cookie, token, max_age=session.LASTS_S, secure=self._secure, httponly=True, samesite="strict"
        )
        return response

    async def _log_out(self, request: Request) -> Response:
        token = request.cookies.get(self._cookie)
        form = parse_qs((await request.body()).decode(errors="replace"))
        if token and session.is_csrf_token(token, form.get("csrf", [""])[0]):
            async with self._pool.acquire() as connection:
                await console_sessions.close_session(connection, token)
            response = RedirectResponse("/login", 303, _NO_STORE)
            response.delete_cookie(self._cookie, secure=self._secure, httponly=True, samesite="strict")
            return response
        return RedirectResponse("/", 303, _NO_STORE)

    def _render(self, request: Request, template: str, status: int = 200, **names: Any) -> HTMLResponse:
        chosen = language.choose(request.cookies.get(language.COOKIE), request.headers.get("accept-language", ""))
        theme = request.cookies.get(_THEME_COOKIE)
        text = self._templates.get_template(template).render(
            language=chosen,
            theme=theme if theme in _THEMES else _THEMES[0],
            static=self._files.base,
            t=language.translator(self._words[chosen]),
            **names,
        )
        return HTMLResponse(text, status, _NO_STORE)


def _local(target: str | None) -> str:
    """A path of ours to go on to; anything else is the board."""
    local = target is not None and target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if target is not None and local and target.isprintable() else "/"
