"""The station itself: verifies every alert, remembers it and answers as told."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from standardwebhooks import Webhook, WebhookVerificationError

from simulators.http_wire import BadRequestError, Request, read_request, response_head
from simulators.police.acknowledge import Acknowledger, acknowledgement
from simulators.police.behaviour import Answer, Behaviour, misbehaviour
from simulators.police.received import Received

T = TypeVar("T")

ASK_FOR_HELP = {"alarm.opened", "alarm.repeated", "alarm.located"}
"""The alerts that a station acknowledges or rejects; the others only tell it what happened."""


class Police:
    """A police station that receives alerts.

        police = Police(["whsec_..."])
        url = await police.start()
        alert = await police.expects("alarm.opened", store="CU 노원점")

    Args:
        secrets: Signing secrets, `whsec_...`; a request signed with any of them is valid.
        behaviour: How it answers; `police.behaviour = Behaviour(...)` changes it at any time and counts anew.
        key: The API key with which it acknowledges at alarmd.
        on_received: Called with each request once its answer is decided.
        on_acknowledged: Called with what came of each acknowledgement by HTTP, see `Acknowledger`.
    """

    def __init__(
        self,
        secrets: Sequence[str],
        *,
        behaviour: Behaviour | None = None,
        key: str | None = None,
        on_received: Callable[[Received], None] | None = None,
        on_acknowledged: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        self.url = ""
        """Where it listens, once it is started."""
        self.received: list[Received] = []
        """Every POST, in order of arrival, valid or not."""
        self.taken: dict[str, Received] = {}
        """The alerts it took (validly signed, answered with a 2xx), each at its first time, by webhook id."""
        self._verifiers = [Webhook(secret) for secret in secrets]
        self._behaviour = behaviour or Behaviour()
        self._misbehaved = 0
        self._returned: set[str] = set()
        self._on_received = on_received
        self._acknowledger = Acknowledger(key, on_acknowledged)
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._arrived = asyncio.Event()

    @property
    def behaviour(self) -> Behaviour:
        """How the station answers now."""
        return self._behaviour

    @behaviour.setter
    def behaviour(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._misbehaved = 0

    def trust(self, secret: str) -> None:
        """Take what is signed with this secret as well."""
        self._verifiers.append(Webhook(secret))

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen, on a free port by default, and return the URL to send alerts to.

        Raises:
            OSError: The port is taken.
        """
        self._server = await asyncio.start_server(self._accept, host, port, backlog=1024)
        bound = self._server.sockets[0].getsockname()[1]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{bound}/"
        return self.url

    async def stop(self) -> None:
        """Close the port and all connections, hung ones too; acknowledgements not yet made are dropped."""
        if self._server is None:
            return
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()
        await self._acknowledger.stop()
        self._server = None

    async def expects(self, kind: str, *, store: str | None = None, within: float = 10.0) -> Received:
        """Wait for an alert that the station took and that no earlier call has returned.

        Args:
            kind: The alert's type, as in `alarm.opened`.
            store: The store's id, code or name; any if None.
            within: Seconds to wait.

        Raises:
            AssertionError: It did not come; the message lists what did.
        """

        def unreturned() -> Received | None:
            for webhook_id, alert in self.taken.items():
                fits = alert.type == kind and (store is None or alert.is_for(store))
                if fits and webhook_id not in self._returned:
                    self._returned.add(webhook_id)
                    return alert
            return None

        return await self._until(unreturned, within, f"{kind} about {store}" if store else kind)

    async def count(self, n: int, within: float = 10.0) -> list[Received]:
        """Wait until the station has taken `n` different alerts, and return all it has taken by then.

        Raises:
            AssertionError: They did not come within so many seconds.
        """
        return await self._until(
            lambda: list(self.taken.values()) if len(self.taken) >= n else None, within, f"{n} alerts"
        )

    async def _until(self, found: Callable[[], T | None], within: float, what: str) -> T:
        try:
            async with asyncio.timeout(within):
                while (result := found()) is None:
                    self._arrived.clear()
                    await self._arrived.wait()
                return result
        except TimeoutError:
            last = ", ".join(f"{each.type or '?'} ({each.status})" for each in self.received[-20:])
            raise AssertionError(
                f"The police expected {what} within {within} s. They took {len(self.taken)} alerts "
                f"in {len(self.received)} requests, the last: {last or 'none'}."
            ) from None

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._converse(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await read_request(reader)) is not None:
                answer = self._answer(request)
                if answer.status is None:
                    await reader.read()  # until the sender gives up
                    return
                await _send(writer, answer, keep_alive=request.keep_alive)
                if not request.keep_alive:
                    return
        except BadRequestError as error:
            await _send(writer, Answer(error.status, body={"error": str(error)}), keep_alive=False)
        except ConnectionError:
            pass  # the sender gave up; it will try again
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def _answer(self, request: Request) -> Answer:
        if request.method != "POST":
            return Answer(405, {"Allow": "POST"}, {"error": "Alerts are sent by POST."})
        at = time.time()
        refusal = self._verify(request)
        event = _parse(request.body)
        alert = Received(
            at=at,
            webhook_id=request.headers.get("webhook-id", ""),
            timestamp=request.headers.get("webhook-timestamp", ""),
            headers=request.headers,
            body=request.body,
            event=event,
            valid=refusal is None,
            status=None,
        )
        answer = Answer(401, body={"error": refusal}) if refusal else self._behave(alert)
        self._remember(alert.answered(answer.status))
        return answer

    def _verify(self, request: Request) -> str | None:
        """Why the signature is refused; None if it is valid."""
        refusal = "No secret is set."
        for verifier in self._verifiers:
            try:
                verifier.verify(request.body, request.headers, json_parse=False)
            except (WebhookVerificationError, ValueError) as error:  # ValueError: no UTF-8, no base64
                refusal = f"The signature does not verify: {error}."
            else:
                return None
        return refusal

    def _behave(self, alert: Received) -> Answer:
        behaviour = self._behaviour
        answer = misbehaviour(behaviour)
        if answer and (behaviour.misbehave_for is None or self._misbehaved < behaviour.misbehave_for):
            self._misbehaved += 1
            return answer
        if alert.event is None:
            return Answer(400, body={"error": "The body is no JSON object."})
        if alert.type not in ASK_FOR_HELP:
            return Answer(204)
        if behaviour.reject is not None:
            return Answer(200, body={"rejected": True, "reason": behaviour.reject})
        if behaviour.acknowledge_in_response:
            return Answer(200, body={"acknowledged": True, **acknowledgement(alert)})
        if behaviour.acknowledge_after is not None:
            self._acknowledger.plan(alert, behaviour.acknowledge_after)
        return Answer(204)

    def _remember(self, alert: Received) -> None:
        self.received.append(alert)
        if alert.taken:
            self.taken.setdefault(alert.webhook_id, alert)
        self._arrived.set()
        if self._on_received:
            self._on_received(alert)


def _parse(body: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


async def _send(writer: asyncio.StreamWriter, answer: Answer, *, keep_alive: bool) -> None:
    body = b"" if answer.body is None else json.dumps(answer.body, ensure_ascii=False).encode()
    headers = {"Connection": "keep-alive" if keep_alive else "close", **answer.headers}
    if answer.body is not None or answer.endless:
        headers["Content-Type"] = "application/json"
    if answer.status != 204:  # noqa: PLR2004 -- a 204 has no length
        headers["Content-Length"] = "16384" if answer.endless else str(len(body))
    writer.write(response_head(answer.status or 200, headers) + body)
    await writer.drain()
    while answer.endless:
        await asyncio.sleep(1)
        writer.write(b" ")
        await writer.drain()
