"""One MQTT connection over TCP or TLS: the handshake, the keepalive, and packets in both directions."""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import unquote, urlsplit

from simulators import mqtt_packets as packets

KEEPALIVE = 30
"""Seconds; a broker takes a client for dead after one and a half times as long."""
HANDSHAKE_WITHIN = 10.0
FAREWELL_WITHIN = 1.0
SUBSCRIBE_ID = 0xFFFF
"""The packet id of the one SUBSCRIBE; ids of publishes stay below it."""


class Connection(asyncio.Protocol):
    """One connection with a clean session. Incoming messages are acknowledged as they come.

    Args:
        on_message: Called with each message.
        on_puback: Called with the packet id of each PUBACK, and of each PUBCOMP.
    """

    def __init__(self, on_message: Callable[[packets.Message], None], on_puback: Callable[[int], None]) -> None:
        self.gone = asyncio.Event()
        """Set when the connection is closed, by whomever."""
        self._on_message = on_message
        self._on_puback = on_puback
        self._decoder = packets.Decoder()
        self._awaited: dict[int, asyncio.Future[bytes]] = {}
        self._alive = True
        self._transport: asyncio.Transport | None = None

    def send(self, packet: bytes) -> None:
        """Write a packet; one sent into a closed connection is lost."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(packet)

    async def handshake(self, connect: bytes, topics: list[str]) -> None:
        """Send CONNECT, then subscribe to the topics, and wait for the broker's consent.

        Raises:
            ConnectionError: The broker refuses, or closes the connection.
        """
        code = (await self._ask(connect, packets.CONNACK))[1]
        if code:
            raise ConnectionRefusedError(packets.REFUSALS.get(code, f"return code {code}"))
        if topics:
            granted = await self._ask(packets.subscribe(topics, SUBSCRIBE_ID), packets.SUBACK)
            if packets.SUBSCRIPTION_REFUSED in granted[2:]:
                raise ConnectionRefusedError("a subscription is refused")

    async def keep_alive(self) -> None:
        """Send pings until the connection is gone; one whose peer is silent is cut."""
        while not self.gone.is_set():
            self._alive = False
            self.send(packets.PINGREQ)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.gone.wait(), KEEPALIVE * 2 / 3)
            if not self._alive and self._transport is not None:
                self._transport.abort()

    async def close(self, *, farewell: bool = True) -> None:
        """Disconnect and wait until the connection is gone; without a farewell the broker publishes the will.

        The broker is to close it (MQTT 3.1.1, 3.14.4): were it closed here while an answer of the broker is unread, the
        system would reset it, and the broker would lose what it has not read yet.
        """
        if self._transport is not None:
            if farewell:
                self.send(packets.DISCONNECT)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.gone.wait(), FAREWELL_WITHIN)
            self._transport.close()
            await self.gone.wait()

    async def _ask(self, question: bytes, kind: int) -> bytes:
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._awaited[kind] = answer
        self.send(question)
        return await answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio."""
        self.gone.set()
        for answer in self._awaited.values():
            if not answer.done():
                answer.set_exception(exc or ConnectionResetError("the broker closed the connection"))

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self._alive = True
        for first_byte, body in self._decoder.feed(data):
            kind = first_byte >> 4
            if kind == packets.PUBLISH:
                message = packets.message(first_byte, body)
                if message.packet_id:
                    self.send(packets.puback(message.packet_id))
                self._on_message(message)
            elif kind in {packets.PUBACK, packets.PUBCOMP}:
                self._on_puback(int.from_bytes(body[:2], "big"))
            elif kind == packets.PUBREC:
                self.send(packets.pubrel(int.from_bytes(body[:2], "big")))
            elif (answer := self._awaited.pop(kind, None)) is not None and not answer.done():
                answer.set_result(body)


async def connect(
    broker: str,
    client_id: str,
    topics: list[str],
    on_message: Callable[[packets.Message], None],
    on_puback: Callable[[int], None],
    will: packets.Will | None = None,
) -> Connection:
    """Connect to `mqtt://` or `mqtts://user:password@host:port` and subscribe to the topics with QoS 1.

    Raises:
        ConnectionError: The broker is not there or refuses; the message says where and why.
        ValueError: `broker` is no such URL.
    """
    url = urlsplit(broker)
    if url.scheme not in {"mqtt", "mqtts"} or not url.hostname:
        raise ValueError(f"{broker!r} is no broker's URL; one looks like mqtt://user:password@host:1883")
    port = url.port or (8883 if url.scheme == "mqtts" else 1883)
    tls = ssl.create_default_context() if url.scheme == "mqtts" else None
    username = unquote(url.username) if url.username is not None else None
    password = unquote(url.password) if url.password is not None else None
    connection = Connection(on_message, on_puback)
    try:
        async with asyncio.timeout(HANDSHAKE_WITHIN):
            await asyncio.get_running_loop().create_connection(lambda: connection, url.hostname, port, ssl=tls)
            await connection.handshake(packets.connect(client_id, username, password, KEEPALIVE, will), topics)
    except asyncio.CancelledError:
        await connection.close()
        raise
    except OSError as error:  # TimeoutError is one too
        await connection.close()
        raise ConnectionError(
            f"No connection to the broker at {url.hostname}:{port}: {str(error) or 'no answer'}"
        ) from error
    return connection
