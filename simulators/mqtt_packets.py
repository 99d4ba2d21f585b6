"""MQTT 3.1.1 packets as bytes, as few of them as a button needs.

Written by hand because one paho client a button costs more CPU than alarmd itself: a fleet, its broker, a database
and alarmd share two cores in a demo. Source: MQTT Version 3.1.1, OASIS Standard, sections 2 and 3.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

CONNACK, PUBLISH, PUBACK, PUBREC, PUBCOMP, SUBACK = 2, 3, 4, 5, 7, 9
PINGREQ = b"\xc0\x00"
DISCONNECT = b"\xe0\x00"
SUBSCRIPTION_REFUSED = 0x80
REFUSALS = {
    1: "it does not speak MQTT 3.1.1",
    2: "the client id is refused",
    3: "it is not available",
    4: "the user name or password is wrong",
    5: "the user is not authorised",
}
"""What the return code of a CONNACK means (3.2.2.3)."""


def _packet(first_byte: int, body: bytes) -> bytes:
    length = bytearray()
    rest = len(body)
    while True:
        rest, digit = divmod(rest, 128)
        length.append(digit | (0x80 if rest else 0))
        if not rest:
            return bytes((first_byte,)) + bytes(length) + body


def _text(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack("!H", len(encoded)) + encoded


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes when the connection ends without a DISCONNECT (3.1.2.5)."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False


def connect(
    client_id: str, username: str | None, password: str | None, keepalive: int, will: Will | None = None
) -> bytes:
    """CONNECT with a clean session; `keepalive` in seconds."""
    flags = 0x02 | (0x80 if username is not None else 0) | (0x40 if password is not None else 0)
    fields = [_text(client_id)]
    if will is not None:
        flags |= 0x04 | will.qos << 3 | (0x20 if will.retain else 0)
        fields += [_text(will.topic), struct.pack("!H", len(will.payload)) + will.payload]
    fields += [_text(field) for field in (username, password) if field is not None]
    return _packet(0x10, _text("MQTT") + struct.pack("!BBH", 4, flags, keepalive) + b"".join(fields))


def publish(topic: str, payload: bytes, packet_id: int, *, qos: int = 1, retain: bool = False) -> bytes:
    """PUBLISH; with QoS 0 the packet id is left out."""
    identifier = struct.pack("!H", packet_id) if qos else b""
    return _packet(0x30 | qos << 1 | retain, _text(topic) + identifier + payload)


def pubrel(packet_id: int) -> bytes:
    """PUBREL, the sender's second word with QoS 2."""
    return _packet(0x62, struct.pack("!H", packet_id))


def subscribe(topics: list[str], packet_id: int) -> bytes:
    """SUBSCRIBE to all these topic filters with QoS 1."""
    return _packet(0x82, struct.pack("!H", packet_id) + b"".join(_text(topic) + b"\x01" for topic in topics))


def puback(packet_id: int) -> bytes:
    """PUBACK."""
    return _packet(0x40, struct.pack("!H", packet_id))


@dataclass(frozen=True, slots=True)
class Message:
    """A PUBLISH that came in; `packet_id` is 0 with QoS 0."""

    topic: str
    payload: bytes
    packet_id: int


def message(first_byte: int, body: bytes) -> Message:
    """Read a PUBLISH."""
    end = 2 + struct.unpack_from("!H", body)[0]
    topic = body[2:end].decode()
    if first_byte & 0x06 == 0:
        return Message(topic, body[end:], 0)
    return Message(topic, body[end + 2 :], struct.unpack_from("!H", body, end)[0])


class Decoder:
    """Cuts a stream of bytes into packets."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield the first byte and the body of each packet that is now complete."""
        self._buffer += data
        while (cut := self._next()) is not None:
            start, end = cut
            yield self._buffer[0], bytes(self._buffer[start:end])
            del self._buffer[:end]

    def _next(self) -> tuple[int, int] | None:
        length = 0
        for position in range(1, min(len(self._buffer), 5)):
            digit = self._buffer[position]
            length |= (digit & 0x7F) << 7 * (position - 1)
            if digit < 0x80:  # noqa: PLR2004 -- the highest bit says that another digit follows
                end = position + 1 + length
                return (position + 1, end) if len(self._buffer) >= end else None
        return None
