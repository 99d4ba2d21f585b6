"""A connection to the broker, shared by the buttons in its reach; it comes back by itself when it breaks."""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from simulators import mqtt_packets, mqtt_wire

RECONNECT_AFTER = 0.5

Listener = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class _Unacknowledged:
    packet: bytes
    on_puback: Callable[[], None] | None


class Gateway:
    """One MQTT connection. What is published is kept until the broker's PUBACK and sent again after a break.

    Args:
        broker: `mqtt://` or `mqtts://user:password@host:port`.
        name: The beginning of its client id.
        will: What the broker publishes when this connection breaks.
        on_connected: Called each time that there is a connection.
    """

    def __init__(
        self,
        broker: str,
        name: str = "gateway",
        *,
        will: mqtt_packets.Will | None = None,
        on_connected: Callable[[], None] = lambda: None,
    ) -> None:
        self._broker = broker
        self._will = will
        self._on_connected = on_connected
        self._client_id = f"{name}-{secrets.token_hex(4)}"
        self._listeners: dict[str, Listener] = {}
        self._topics: list[str] = []
        self._unacknowledged: dict[int, _Unacknowledged] = {}
        self._last_packet_id = 0
        self._connection: mqtt_wire.Connection | None = None
        self._upkeep: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connect and subscribe.

        Raises:
            ConnectionError: The broker is not there or refuses; the message says why.
            ValueError: `broker` is no broker's URL.
        """
        connection = await self._connect()
        self._upkeep = asyncio.create_task(self._stay_connected(connection))

    async def stop(self, *, farewell: bool = True) -> None:
        """Disconnect; what has no PUBACK yet is dropped. Without a farewell the broker publishes the will."""
        if self._upkeep is not None:
            self._upkeep.cancel()
            await asyncio.gather(self._upkeep, return_exceptions=True)
        if self._connection is not None:
            await self._connection.close(farewell=farewell)

    def listen(self, topic: str, listener: Listener) -> None:
        """Call `listener` with each payload that comes on `topic`. To be said before `start`."""
        self._topics.append(topic)
        self._listeners[topic.lower()] = listener

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        on_puback: Callable[[], None] | None = None,
    ) -> None:
        """Publish, now or as soon as there is a connection; with QoS 0 now or never."""
        packet_id = self._next_packet_id()
        packet = mqtt_packets.publish(topic, payload, packet_id, qos=qos, retain=retain)
        if qos:
            self._unacknowledged[packet_id] = _Unacknowledged(packet, on_puback)
        if self._connection is not None:
            self._connection.send(packet)

    def _next_packet_id(self) -> int:
        while True:
            self._last_packet_id = self._last_packet_id % (mqtt_wire.SUBSCRIBE_ID - 1) + 1
            if self._last_packet_id not in self._unacknowledged:
                return self._last_packet_id

    async def _connect(self) -> mqtt_wire.Connection:
        connection = await mqtt_wire.connect(
            self._broker, self._client_id, self._topics, self._hear, self._acknowledged, self._will
        )
        self._connection = connection
        for each in self._unacknowledged.values():
            connection.send(each.packet)
        self._on_connected()
        return connection

    async def _stay_connected(self, connection: mqtt_wire.Connection) -> None:
        while True:
            await connection.keep_alive()
            self._connection = None
            while self._connection is None:
                await asyncio.sleep(RECONNECT_AFTER)
                with suppress(ConnectionError):  # a broker that is away comes back
                    connection = await self._connect()

    def _hear(self, message: mqtt_packets.Message) -> None:
        listener = self._listeners.get(message.topic.lower())
        if listener is not None:
            listener(message.payload)

    def _acknowledged(self, packet_id: int) -> None:
        acknowledged = self._unacknowledged.pop(packet_id, None)
        if acknowledged is not None and acknowledged.on_puback is not None:
            acknowledged.on_puback()
