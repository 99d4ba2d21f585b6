"""The cookies of a log-in: none of them is within reach of scripts."""

from fastapi import Request, Response

from alarmd.core import login, session


class Cookies:
    """Puts and takes them; over TLS they are bound to it."""

    def __init__(self, public_url: str) -> None:
        self._session = session.cookie_name(public_url)
        self._login = login.cookie_name(public_url)
        self._secure = session.is_secure(public_url)

    def session(self, request: Request) -> str | None:
        """The token of the browser's session."""
        return request.cookies.get(self._session)

    def put_session(self, response: Response, token: str) -> None:
        """Let the browser keep a session; no other site gets it sent."""
        response.set_cookie(
            self._session, token, max_age=session.LASTS_S, secure=self._secure, httponly=True, samesite="strict"
        )

    def drop_session(self, response: Response) -> None:
        """Let the browser forget its session."""
        response.delete_cookie(self._session, secure=self._secure, httponly=True, samesite="strict")

    def attempt(self, request: Request) -> login.Attempt | None:
        """The log-in through the provider that this browser has begun."""
        found = request.cookies.get(self._login)
        return login.read_cookie(found) if found else None

    def put_attempt(self, response: Response, attempt: login.Attempt) -> None:
        """Let the browser keep a log-in that it begins, for as long as it may take."""
        response.set_cookie(
            self._login, attempt.cookie, max_age=login.LASTS_S, secure=self._secure, httponly=True, samesite="lax"
        )

    def drop_attempt(self, response: Response) -> None:
        """Let the browser forget it: it is good for one time."""
        response.delete_cookie(self._login, secure=self._secure, httponly=True, samesite="lax")
