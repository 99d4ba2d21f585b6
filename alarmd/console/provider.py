"""Logging in through an OpenID Connect provider: Authorization Code with PKCE (OpenID Connect Core 1.0, 3.1)."""

import secrets
from collections.abc import Mapping
from typing import Any, Final, Protocol

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from alarmd.console.cookies import Cookies
from alarmd.console.frames import NO_STORE, Frames, local
from alarmd.core.errors import ForbiddenError, UnavailableError
from alarmd.core.login import CALLBACK, Attempt
from alarmd.core.person import Person, RoleRules, name_of
from alarmd.db import audit, audited, console_sessions
from alarmd.db.pool import Pool
from alarmd.db.trouble import TROUBLE

_TOKEN_BYTES: Final = 32
_LONGEST_CODE: Final = 64  # of an error; RFC 6749, 4.1.2.1, knows none that is longer

_log = structlog.get_logger()


class Provider(Protocol):
    """The provider, as the log-in needs it."""

    @property
    def issuer(self) -> str: ...  # noqa: D102

    @property
    def host(self) -> str: ...  # noqa: D102

    async def authorization_url(self, attempt: Attempt, *, anew: bool) -> str: ...  # noqa: D102

    async def redeem(self, attempt: Attempt, *, code: str, issuer: str | None) -> Mapping[str, Any]: ...  # noqa: D102


class ProviderLogIn:
    """The way to the provider, and the way back; `rules` are which roles it gives."""

    def __init__(self, pool: Pool, frames: Frames, cookies: Cookies, provider: Provider, rules: RoleRules) -> None:
        self._pool = pool
        self._frames = frames
        self._cookies = cookies
        self._provider = provider
        self._rules = rules

    def add_to(self, router: APIRouter) -> None:
        """Add its routes."""
        router.add_api_route("/login/oidc", self._go)
        router.add_api_route(CALLBACK, self._come_back)

    async def _go(self, request: Request) -> Response:
        """Begin a log-in; after somebody has left, whoever comes next has to say anew who they are."""
        onward = local(request.query_params.get("next"))
        attempt = Attempt(secrets.token_urlsafe(_TOKEN_BYTES), onward)
        try:
            url = await self._provider.authorization_url(attempt, anew="anew" in request.query_params)
        except UnavailableError as error:
            return self._refuse(request, 503, "login.away", str(error), onward=onward)
        except ForbiddenError as error:
            return self._refuse(request, 403, "login.wrong", str(error), onward=onward)
        response = RedirectResponse(url, 303, NO_STORE)
        self._cookies.put_attempt(response, attempt)
        return response

    async def _come_back(self, request: Request) -> Response:
        """End a log-in, once: whatever comes of it, the browser forgets that it began it."""
        response = await self._end(request)
        self._cookies.drop_attempt(response)
        return response

    async def _end(self, request: Request) -> Response:
        attempt = self._cookies.attempt(request)
        asked = request.query_params
        if attempt is None or not attempt.is_state(asked.get("state", "")):
            return self._refuse(request, 403, "login.state", None)
        onward = local(attempt.onward)
        if "code" not in asked:
            return self._refuse(request, 403, "login.refused", _code(asked.get("error", "")), onward=onward)
        try:
            claims = await self._provider.redeem(attempt, code=asked["code"], issuer=asked.get("iss"))
        except UnavailableError as error:
            return self._refuse(request, 503, "login.away", str(error), onward=onward)
        except ForbiddenError as error:
            return self._refuse(request, 403, "login.wrong", str(error), onward=onward)
        role = self._rules.role(claims)
        if role is None:
            wanted = f"{name_of(claims)} ({claims['sub']}): {self._rules.claim}: {', '.join(self._rules.roles)}"
            return self._refuse(request, 403, "login.norole", wanted, onward=onward)
        return await self._let_in(
            request, Person(self._provider.issuer, claims["sub"], name_of(claims), role), onward=onward
        )

    async def _let_in(self, request: Request, person: Person, *, onward: str) -> Response:
        """Open a session. The page goes on by itself: only then the browser sends its Strict cookie."""
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                token = await console_sessions.open_session(connection, person)
                after = audited.of_person(person)
                await audit.record(connection, person.actor, "session.opened", f"people/{person.id}", after=after)
        except TROUBLE:
            return self._refuse(request, 503, "problem.unavailable", None, onward=onward)
        _log.info("logged_in", person=person.name, subject=person.subject, role=person.role)
        response = self._frames.render(request, "again.html", onward=onward)
        self._cookies.put_session(response, token)
        return response

    def _refuse(
        self, request: Request, status: int, refusal: str, detail: str | None, *, onward: str = "/"
    ) -> Response:
        _log.warning("login_refused", through=self._provider.host, why=refusal, detail=detail)
        return self._frames.refuse(request, status, refusal, onward=onward, detail=detail)


def _code(error: str) -> str | None:
    """What the provider says went wrong, as far as it is a code."""
    return error if error.isascii() and error.isprintable() and 0 < len(error) <= _LONGEST_CODE else None
