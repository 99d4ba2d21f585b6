"""The pages, as they are served: a frame for each, which its script fills."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from alarmd.console.cookies import Cookies
from alarmd.console.frames import NO_STORE, Frames
from alarmd.console.login import LogIn
from alarmd.console.places import PLACES, Place, menu
from alarmd.console.provider import Provider, ProviderLogIn
from alarmd.console.static_files import StaticFiles
from alarmd.core import session
from alarmd.core.errors import NotFoundError
from alarmd.core.person import RoleRules
from alarmd.db import console_sessions
from alarmd.db.keys import Caller
from alarmd.db.pool import Pool
from alarmd.db.trouble import TROUBLE
from alarmd.settings import Settings

_ANSWER_WITHIN_S: Final = 3.0  # of the database; somebody waits before an empty page


@dataclass(frozen=True, slots=True)
class Tiles:
    """The tiles under the maps: a template with {z}, {x} and {y}, None where there are none, and whose they are."""

    url: str | None
    attribution: str


class Console:
    """The console; its routes are in `router`. People may log in through `provider`, where there is one."""

    def __init__(self, pool: Pool, settings: Settings, provider: Provider | None) -> None:
        self._pool = pool
        self._tiles = Tiles(settings.tile_url, settings.tile_attribution)
        self._files = StaticFiles()
        self._frames = Frames(self._files, provider.host if provider else None)
        self._cookies = Cookies(settings.public_url)
        self.router = APIRouter(include_in_schema=False)
        self.router.add_api_route("/static/{version}/{path:path}", self._static)
        LogIn(pool, self._frames, self._cookies, provider=provider is not None).add_to(self.router)
        if provider:
            rules = RoleRules(settings.oidc_role_claim, settings.oidc_roles)
            ProviderLogIn(pool, self._frames, self._cookies, provider, rules).add_to(self.router)
        for place in PLACES:
            self.router.add_api_route(place.path, self._page(place))

    async def _static(self, version: str, path: str) -> Response:
        found = self._files.serve(path) if f"/static/{version}" == self._files.base else None
        if found is None:
            raise NotFoundError("there is no such file, or it is one of another version: load the page again")
        return found

    def _page(self, place: Place) -> Callable[[Request], Awaitable[Response]]:
        async def page(request: Request) -> Response:
            token = self._cookies.session(request)
            try:
                caller = await self._find(token)
            except TROUBLE:
                return self._frames.render(request, "unavailable.html", 503)
            if token is None or caller is None:
                return self._to_login(request)
            if caller.role not in place.roles:
                return self._frames.render(request, "forbidden.html", 403, role=caller.role)
            return self._frames.render(
                request,
                "page.html",
                place=place,
                menu=menu(caller.role),
                role=caller.role,
                name=caller.name,
                csrf=session.csrf_token(token),
                tiles=self._tiles,
            )

        return page

    async def _find(self, token: str | None) -> Caller | None:
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
            return self._frames.render(request, "again.html", onward=None)
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse("/login" if asked == "/" else f"/login?next={quote(asked, safe='')}", 303, NO_STORE)
