"""A session with one MQTT broker, with manual acknowledgement.

A message is acknowledged to the broker (PUBACK) only when what it means is committed, and in the order of arrival.
Whatever was not acknowledged comes again when the session is taken up anew.
"""

import asyncio
import contextlib
import random
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import aiomqtt
import structlog
from paho.mqtt.client import Client as PahoClient
from paho.mqtt.client import MQTTMessage
from pydantic_core import to_json

from alarmd.core.errors import UnavailableError
from alarmd.core.signal import Message, Publish

# A peer that vanished without a word is noticed after twice this: paho pings after one, and gives up after two.
_KEEPALIVE_S = 7
_CONNECT_TIMEOUT_S = 5.0
_RECONNECT_MAX_S = 5.0
_UNLIMITED = 0  # receipts in flight: none may wait here when its press is acknowledged
_FOLLOW_AGAIN_S = 1.0
_REFUSED = 0x80  # return code of SUBACK (MQTT 3.1.1, 3.9.3)
_SOCKET_OPTIONS = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
_DEFAULT_PORT = {"mqtt": 1883, "mqtts": 8883}

_log = structlog.get_logger()

Handle = Callable[[Message, Publish], "asyncio.Future[Any] | None"]
"""Takes a message; gives a future that is done when it is committed, or None when there is nothing to wait for.

What it publishes before the future is done, by the function given to it, reaches the broker before the acknowledgement
of the message does, or neither does and the message comes again.

Raises `UnavailableError` while there is no room for the message.
"""


class Session:
    """A persistent session (`clean_session` false) with one broker, taken up again for as long as it runs.

    Args:
        url: mqtt:// or mqtts://, with user and password if any.
        client_id: names the session at the broker; stable over restarts of this replica.
        subscriptions: topic filters that a broker must grant.
        also: further ones; `listen_to` changes them. One that is refused is told of, and the rest goes on: a person's
            mistake in one of them must not silence the others.
        not_now: filters that an earlier run may have subscribed to, which a session remembers: those that are not
            wanted now are taken back.
        handle: called for every message, in order. When it has no room the connection is let go of: the broker keeps
            what was not acknowledged.
        room: returns when there is room.
        on_connected: told each time that the broker let us in, with whether it still had the session.
    """

    def __init__(
        self,
        url: str,
        *,
        client_id: str,
        subscriptions: Sequence[str],
        also: Sequence[str] = (),
        not_now: Sequence[str] = (),
        handle: Handle,
        room: Callable[[], Awaitable[object]],
        on_connected: Callable[[bool], None],
    ) -> None:
        self._url = urlsplit(url)
        self._client_id = client_id
        self._subscriptions = tuple(subscriptions)
        self._also = tuple(also)
        self._dropped = set(not_now)  # filters that the broker may still hold for us
        self._changed = asyncio.Event()
        self._handle = handle
        self._room = room
        self._on_connected = on_connected
        self._connection: _Connection | None = None
        self._stopping = asyncio.Event()
        self._up = asyncio.Event()

    @property
    def broker(self) -> str:
        """Host and port, without user and password."""
        return address(self._url)

    @property
    def connected(self) -> bool:
        """Whether messages can come in now."""
        return self._up.is_set()

    async def run(self) -> None:
        """Stay connected until `stop`; waits for a broker that is not there, and says so."""
        failures = 0
        while not self._stopping.is_set():
            try:
                await self._connect_once()
                failures = 0
            except UnavailableError as error:
                self._up.clear()
                _log.warning("broker_let_go", broker=self.broker, reason=str(error))
                await self._until_room()
            except (aiomqtt.MqttError, OSError, TimeoutError) as error:
                failures = 0 if self._up.is_set() else failures + 1
                self._up.clear()
                wait = min(_RECONNECT_MAX_S, 0.1 * 2 ** min(failures, 6)) * (1 + random.random() * 0.2)  # noqa: S311
                _log.warning("broker_unreachable", broker=self.broker, error=str(error), retry_in_s=round(wait, 2))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), wait)
            finally:
                self._up.clear()

    def publish(self, topic: str, payload: dict[str, object]) -> None:
        """Send JSON with QoS 1, without waiting; nothing happens while the broker is away.

        For what follows a press later on, and is told again where it matters.
        """
        if self._connection is not None:
            self._connection.publish(topic, payload)

    def listen_to(self, also: Sequence[str]) -> None:
        """Change the further subscriptions; on a connection that is there within a moment, else with the next."""
        self._dropped |= set(self._also) - set(also)
        self._also = tuple(also)
        self._changed.set()

    def stop(self) -> None:
        """Take nothing more in; `run` returns when what is in hand is committed and acknowledged."""
        self._stopping.set()

    async def _until_room(self) -> None:
        room, stopped = asyncio.ensure_future(self._room()), asyncio.create_task(self._stopping.wait())
        await asyncio.wait((room, stopped), return_when=asyncio.FIRST_COMPLETED)
        room.cancel()
        stopped.cancel()

    async def _connect_once(self) -> None:
        connection = _Connection(self._client(), self._handle, self.broker, self._on_connected)
        async with connection.client as client:
            self._connection = connection
            try:
                if self._subscriptions:
                    await subscribe(client, [(topic, 1) for topic in self._subscriptions])
                if not connection.session_present:
                    self._dropped.clear()
                granted = await self._follow(client, frozenset())
                self._up.set()
                _log.info("broker_connected", broker=self.broker, session_present=connection.session_present)
                following = asyncio.create_task(self._follow_changes(client, granted))
                try:
                    await connection.serve(self._stopping)
                finally:
                    following.cancel()
                    await asyncio.gather(following, return_exceptions=True)
            finally:
                self._connection = None

    async def _follow_changes(self, client: aiomqtt.Client, granted: frozenset[str]) -> None:
        while True:
            await self._changed.wait()
            try:
                granted = await self._follow(client, granted)
            except (aiomqtt.MqttError, TimeoutError) as error:
                _log.warning("subscriptions_not_changed", broker=self.broker, error=str(error))
                self._changed.set()
                await asyncio.sleep(_FOLLOW_AGAIN_S)

    async def _follow(self, client: aiomqtt.Client, granted: frozenset[str]) -> frozenset[str]:
        """Have the further subscriptions be those that are wanted; gives them."""
        self._changed.clear()
        wanted = self._also
        for topic in await _refused(client, [(topic, 1) for topic in wanted if topic not in granted]):
            _log.error("subscription_refused", broker=self.broker, topic=topic)
        gone = sorted(self._dropped - {*wanted, *self._subscriptions})
        if gone:
            await client.unsubscribe(gone, timeout=_CONNECT_TIMEOUT_S)
        self._dropped -= set(gone)
        return frozenset(wanted)

    def _client(self) -> aiomqtt.Client:
        return make_client(self._url, identifier=self._client_id, clean_session=False)


async def probe(url: str) -> tuple[str, str | None]:
    """Knock at a broker; gives its host and port, and what is wrong, or None when it lets us in."""
    parts = urlsplit(url)
    broker = address(parts)
    try:
        async with make_client(parts, identifier=None, clean_session=True):
            return broker, None
    except (aiomqtt.MqttError, OSError) as error:
        return broker, str(error)


def address(url: SplitResult) -> str:
    """Host and port of a broker, without user and password."""
    return f"{url.hostname}:{url.port or _DEFAULT_PORT[url.scheme]}"


async def subscribe(client: aiomqtt.Client, subscriptions: list[tuple[str, int]]) -> None:
    """Subscribe to topic filters, each with its QoS.

    Raises:
        MqttError: the broker refuses one of them, or does not answer.
    """
    for topic in await _refused(client, subscriptions):
        raise aiomqtt.MqttError(f"the broker refuses the subscription to {topic}: check its access list")


async def _refused(client: aiomqtt.Client, subscriptions: list[tuple[str, int]]) -> list[str]:
    """Subscribe; gives the filters that the broker refuses."""
    if not subscriptions:
        return []
    granted = await client.subscribe(subscriptions, timeout=_CONNECT_TIMEOUT_S)
    codes = [code if isinstance(code, int) else code.value for code in granted]
    return [topic for (topic, _), code in zip(subscriptions, codes, strict=True) if code >= _REFUSED]


def make_client(url: SplitResult, *, identifier: str | None, clean_session: bool) -> aiomqtt.Client:
    """A client for one connection, not connected yet."""
    return aiomqtt.Client(
        url.hostname or "localhost",
        url.port or _DEFAULT_PORT[url.scheme],
        username=unquote(url.username) if url.username else None,
        password=unquote(url.password) if url.password else None,
        identifier=identifier,
        clean_session=clean_session,
        timeout=_CONNECT_TIMEOUT_S,
        keepalive=_KEEPALIVE_S,
        max_inflight_messages=_UNLIMITED,
        tls_context=ssl.create_default_context() if url.scheme == "mqtts" else None,
        socket_options=_SOCKET_OPTIONS,
    )


class _Connection:
    """One connection: a client object of its own, and acknowledgements that never outlive it.

    aiomqtt acknowledges on receipt of its own accord and has no public way to do otherwise, so this class, and only
    this, reaches into the paho client below it. An acknowledgement of an earlier connection must never be sent on a
    later one: brokers use packet ids again, and it would hit another message.
    """

    def __init__(
        self, client: aiomqtt.Client, handle: Handle, broker: str, on_connected: Callable[[bool], None]
    ) -> None:
        self.client = client
        self.session_present = False
        self._broker = broker
        self._handle = handle
        self._on_connected = on_connected
        self._to_acknowledge: asyncio.Queue[tuple[int, int, asyncio.Future[Any] | None]] = asyncio.Queue()
        self._stopping = False
        self._loop = asyncio.get_running_loop()
        self._full: asyncio.Future[None] = self._loop.create_future()
        self._paho = client._client  # noqa: SLF001
        self._paho.manual_ack_set(True)
        self._accepted = self._paho.on_connect
        self._paho.on_connect = self._connected
        self._paho.on_message = self._receive
        self._paho.on_publish = None
        self._when_writable = self._paho.on_socket_register_write

    def _connected(self, paho: PahoClient, userdata: object, flags: object, reason: object, *rest: object) -> None:
        self.session_present = bool(getattr(flags, "session_present", False))
        if not getattr(reason, "is_failure", False):
            self._on_connected(self.session_present)  # at once: what was missed may follow in the same packet
        self._accepted(paho, userdata, flags, reason, *rest)  # type: ignore[misc, arg-type]

    async def serve(self, stopping: asyncio.Event) -> None:
        """Acknowledge until the connection ends or `stopping` is set; then finish what is in hand.

        Raises:
            MqttError: the connection ended.
            UnavailableError: there is no room for what comes in.
        """
        self._paho.on_socket_register_write = self._write_soon
        acknowledging = asyncio.create_task(self._acknowledge())
        ended = asyncio.create_task(self._until_disconnected())
        stopped = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait((acknowledging, ended, stopped, self._full), return_when=asyncio.FIRST_COMPLETED)
            for done in (ended, acknowledging, self._full):
                if done.done():
                    done.result()
            self._stopping = True
            await self._to_acknowledge.join()
        finally:
            self._stopping = True
            acknowledging.cancel()
            ended.cancel()
            stopped.cancel()
            self._full.cancel()
            await asyncio.gather(acknowledging, ended, stopped, self._full, return_exceptions=True)
            disconnected = self.client._disconnected  # noqa: SLF001
            if disconnected.done():
                disconnected.exception()  # seen: nobody else asks for it once we stop

    def publish(self, topic: str, payload: dict[str, object]) -> None:
        """Send on this connection, or never: with its end, what the broker does not have is gone."""
        self._paho.publish(topic, to_json(payload), qos=1)

    def _receive(self, _paho: PahoClient, _userdata: object, message: MQTTMessage) -> None:
        """Hand a message on as it comes, without a queue or a task for it."""
        if self._stopping:
            return  # not acknowledged: it comes again
        decoded = Message(message.topic, bytes(message.payload), message.retain, message.qos, self._broker)
        try:
            committed = self._handle(decoded, self.publish)
        except UnavailableError as error:
            self._stopping = True
            self._full.set_exception(error)
            return
        if message.qos:
            self._to_acknowledge.put_nowait((message.mid, message.qos, committed))

    async def _acknowledge(self) -> None:
        """PUBACK in the order of arrival, each when its commit is done."""
        while True:
            packet_id, qos, committed = await self._to_acknowledge.get()
            if committed is not None:
                _ = committed.result() if committed.done() else await asyncio.shield(committed)
            self._paho.ack(packet_id, qos)
            self._to_acknowledge.task_done()

    def _write_soon(self, _paho: PahoClient, _userdata: object, connected: object) -> None:
        """Write what is queued at the end of this turn of the loop, all in one go.

        aiomqtt asks the system first whether the socket can take it, for each packet that comes by itself.
        """
        self._loop.call_soon(self._write, connected)

    def _write(self, connected: object) -> None:
        try:
            self._paho.loop_write()
        except Exception as error:  # noqa: BLE001 - whatever it is, this connection has ended by it
            if not self.client._disconnected.done():  # noqa: SLF001
                self.client._disconnected.set_exception(error)  # noqa: SLF001
        if self._paho.want_write() and self._paho.socket() is connected:
            self._when_writable(self._paho, None, connected)  # type: ignore[arg-type, misc]

    async def _until_disconnected(self) -> None:
        async for _ in self.client.messages:
            """There are none here: this only ends, by an MqttError, when the connection does."""
