"""MQTT clients of an embedded broker."""

import asyncio
import socket
from urllib.parse import urlsplit

import aiomqtt

# A PUBLISH after a PUBACK would otherwise wait for the broker's delayed TCP acknowledgement, 40 ms.
_AT_ONCE = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]


def connect(url: str, client_id: str, *, persistent: bool = False) -> aiomqtt.Client:
    """A client that is yet to connect; a persistent one acknowledges by `acknowledge` only."""
    parts = urlsplit(url)
    client = aiomqtt.Client(
        parts.hostname or "",
        parts.port or 0,
        username=parts.username,
        password=parts.password,
        identifier=client_id,
        clean_session=not persistent,
        timeout=30,
        socket_options=_AT_ONCE,
    )
    client._client.manual_ack_set(persistent)
    return client


def acknowledge(client: aiomqtt.Client, message: aiomqtt.Message) -> None:
    client._client.ack(message.mid, message.qos)


async def receive(client: aiomqtt.Client, count: int) -> list[aiomqtt.Message]:
    """The next messages, in the order of their arrival."""
    messages: list[aiomqtt.Message] = []
    async with asyncio.timeout(20):
        async for message in client.messages:
            messages.append(message)
            if len(messages) == count:
                break
    return messages


async def receive_and_acknowledge(client: aiomqtt.Client, count: int) -> list[aiomqtt.Message]:
    messages = await receive(client, count)
    for message in messages:
        acknowledge(client, message)
    return messages


async def silence(client: aiomqtt.Client) -> bool:
    """Whether nothing comes before a message that is sent to the client now."""
    topic = f"silence/{client.identifier}"
    await client.subscribe(topic, qos=0)
    await client.publish(topic, b"", qos=0)
    (message,) = await receive(client, 1)
    return message.topic.value == topic


async def publish(url: str, topic: str, *payloads: str) -> None:
    """Somebody connects, publishes at QoS 1 and goes."""
    async with connect(url, "publisher") as publisher:
        for payload in payloads:
            await publisher.publish(topic, payload, qos=1)


async def publish_and_run(url: str, topic: str, count: int) -> int:
    """A gateway that says everything in one breath: connects, publishes 0, 1, 2 ... at QoS 1 and disconnects.

    Returns:
        How many of its messages the broker has acknowledged.
    """
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    login = b"".join(_text(word) for word in ("hurried", parts.username or "", parts.password or ""))
    writer.write(_packet(0x10, _text("MQTT") + b"\x04\xc2\x00\x3c" + login))
    for number in range(count):
        writer.write(_packet(0x32, _text(topic) + (number + 1).to_bytes(2) + str(number).encode()))
    writer.write(_packet(0xE0, b""))
    answers = await reader.read(-1)
    writer.close()
    await writer.wait_closed()
    assert answers.startswith(b"\x20\x02\x00\x00")
    return (len(answers) - 4) // 4


def _text(word: str) -> bytes:
    return len(word).to_bytes(2) + word.encode()


def _packet(first_byte: int, body: bytes) -> bytes:
    assert len(body) < 128, "a length of one byte is enough here"
    return bytes((first_byte, len(body))) + body


async def subscribe(url: str, client_id: str, topic: str) -> None:
    """Somebody with a persistent session subscribes and goes."""
    async with connect(url, client_id, persistent=True) as subscriber:
        await subscriber.subscribe(topic, qos=1)
