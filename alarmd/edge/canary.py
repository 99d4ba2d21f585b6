"""The canary's endpoint: a real receiver, in this process, of alerts that are really sent."""

import asyncio
from dataclasses import replace

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from alarmd.core.alert import Alert, Links
from alarmd.core.delivery import Endpoint, Outcome
from alarmd.edge.webhook import WebhookSender

_MAX_BYTES = 64 * 1024
_SHUTDOWN_S = 1.0


class CanaryReceiver:
    """An HTTP server on 127.0.0.1: takes an alert that is signed with the secret (204), and refuses any other (401).

    Args:
        secret: `whsec_...`
    """

    def __init__(self, secret: str) -> None:
        self._webhook = Webhook(secret)
        application = web.Application(client_max_size=_MAX_BYTES)
        application.router.add_post("/canary", self._receive)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=_SHUTDOWN_S)
        self.url = ""

    async def start(self) -> None:
        """Listen at `url`."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}/canary"

    async def stop(self) -> None:
        """Listen no more."""
        await self._runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.text()
        try:
            self._webhook.verify(body, dict(request.headers))
        except WebhookVerificationError:
            return web.Response(status=401)
        return web.Response(status=204)


class CanaryWebhook:
    """Sends the alerts of canaries, as all others are sent, to the receiver of this process.

    The receiver starts with the first of them. It is the one endpoint that may be on this machine.
    """

    def __init__(self, links: Links) -> None:
        self._sender = WebhookSender(links, allow_private=True)
        self._receiver: CanaryReceiver | None = None
        self._starting = asyncio.Lock()

    async def send(self, alert: Alert, endpoint: Endpoint) -> Outcome:
        """Make one attempt."""
        try:
            receiver = await self._started(endpoint.secrets[0])
        except OSError as error:
            return Outcome(None, 0, f"the receiver of this process cannot start: {error}")
        return await self._sender.send(alert, replace(endpoint, url=receiver.url))

    async def close(self) -> None:
        """Close the receiver and the connections to it."""
        await self._sender.close()
        if self._receiver is not None:
            await self._receiver.stop()

    async def _started(self, secret: str) -> CanaryReceiver:
        async with self._starting:
            if self._receiver is None:
                receiver = CanaryReceiver(secret)
                await receiver.start()
                self._receiver = receiver
            return self._receiver
