"""A receiver of alerts in any format: takes what is validly signed, and answers what the test says."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from tests.waiting import eventually


class Received:
    """One POST."""

    def __init__(self, headers: dict[str, str], body: bytes, *, valid: bool) -> None:
        self.headers = headers
        self.body = body
        self.valid = valid

    @property
    def id(self) -> str:
        """The alert's id."""
        return self.headers["webhook-id"]

    @property
    def signatures(self) -> int:
        """How many secrets signed it."""
        return len(self.headers["webhook-signature"].split(" "))


class Receiver:
    """An HTTP server on 127.0.0.1. `answer` is the JSON of its 200, None: a 204 without a body."""

    def __init__(self) -> None:
        self.url = ""
        self.endpoint_id = UUID(int=0)
        self.secret = ""
        self.received: list[Received] = []
        self.answer: dict[str, Any] | None = None
        self.status: int | None = None
        application = web.Application()
        application.router.add_post("/", self._receive)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)

    async def start(self) -> None:
        """Listen at `url`."""
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/"

    async def stop(self) -> None:
        """Listen no more."""
        await self._runner.cleanup()

    async def gets(self, fits: Callable[[Received], bool]) -> Received:
        """Wait for a POST that fits."""
        return await eventually(lambda: next((each for each in self.received if fits(each)), None))

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            Webhook(self.secret).verify(body, headers, json_parse=False)
            valid = True
        except WebhookVerificationError:
            valid = False
        self.received.append(Received(headers, body, valid=valid))
        if not valid:
            return web.Response(status=401)
        if self.status is not None:
            return web.Response(status=self.status)
        return web.Response(status=204) if self.answer is None else web.json_response(self.answer)
