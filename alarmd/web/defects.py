"""A defect of ours is answered with a 500 that says under which id the log tells more, and nothing else."""

import secrets

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alarmd.web import problems
from alarmd.web.errors import respond

_log = structlog.get_logger()


class Defects:
    """Catches what nobody expected."""

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        self._app = app
        self._public_url = public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except ClientDisconnect:
            return
        except Exception:
            instance = f"urn:alarmd:{secrets.token_hex(8)}"
            _log.exception("request_failed", instance=instance, method=scope.get("method"), path=scope.get("path"))
            if started:
                raise
            detail = "this is a defect in alarmd; its log tells what happened, under the id in `instance`"
            answer = respond(self._public_url, problems.INTERNAL, detail, instance=instance)
            await answer(scope, receive, send)
