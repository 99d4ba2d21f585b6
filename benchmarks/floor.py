"""The floor: each hop alone at the pace of the loads, and the ceilings: how much the parts around can take.

A hop is made with the library that alarmd makes it with (aiomqtt, asyncpg, aiohttp), which does nothing else. What the
same hop takes with bytes prepared beforehand and no library is measured beside it.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, fields
from typing import Self, TypeAlias
from urllib.parse import SplitResult, urlsplit
from uuid import uuid4

import aiohttp
import aiomqtt
import asyncpg

from benchmarks.load import Spec
from benchmarks.measure import quantile
from benchmarks.processes import Load
from benchmarks.stand import Stand
from simulators.mqtt_wire import connect

_BODY = json.dumps({"button": {"id": "floor"}, "filling": "x" * 1_260}).encode()  # as long as an alert
_PRESSES = "alarmd/v1/buttons/+/press"
_RATE = 50.0
_HOP_S = 6.0
_CEILING_S = 3.0
_GROUP = 500
_INSERT = "INSERT INTO peer_presses (button_id, press_id, pressed_at) VALUES ($1, $2, now())"
_INSERT_MANY = """
INSERT INTO peer_presses (button_id, press_id, pressed_at)
SELECT button_id, press_id, now()
FROM unnest($1::text[], $2::text[]) AS t (button_id, press_id)
"""

_Note: TypeAlias = Callable[[str], None]
_Subscribed: TypeAlias = Callable[[SplitResult, _Note], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Hop:
    """One hop alone: how long it took each time, in milliseconds."""

    took_ms: list[float]

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Self:
        """From how long it took each time."""
        return cls([each * 1000 for each in seconds])

    @property
    def p50_ms(self) -> float:
        """Half took no longer."""
        return quantile(self.took_ms, 0.5)

    @property
    def p99_ms(self) -> float:
        """99 of 100 took no longer."""
        return quantile(self.took_ms, 0.99)


@dataclass(frozen=True, slots=True)
class Floor:
    """The hops, each alone."""

    mqtt: Hop
    commit: Hop
    post: Hop
    mqtt_bare: Hop
    post_bare: Hop

    @classmethod
    def pooled(cls, turns: Sequence[Self]) -> Self:
        """What was measured in several turns, taken as one."""
        return cls(*(Hop([ms for turn in turns for ms in getattr(turn, hop.name).took_ms]) for hop in fields(cls)))

    @property
    def p50_ms(self) -> float:
        """The sum of the hops' p50."""
        return self.mqtt.p50_ms + self.commit.p50_ms + self.post.p50_ms

    @property
    def bare_p50_ms(self) -> float:
        """The sum of the hops' p50 without libraries, but for the commit's."""
        return self.mqtt_bare.p50_ms + self.commit.p50_ms + self.post_bare.p50_ms

    @property
    def p99_ms(self) -> float:
        """The sum of the hops' p99."""
        return self.mqtt.p99_ms + self.commit.p99_ms + self.post.p99_ms


@dataclass(frozen=True, slots=True)
class Ceilings:
    """What a second can hold of each."""

    messages_per_s: float
    rows_per_s: float
    posts_per_s_at_16: float
    posts_per_s_at_64: float


async def measure(stand: Stand) -> Floor:
    """Measure each hop."""
    async with _connected(stand) as connection:
        posts = await _Poster.open(stand.police.url)
        count = int(_RATE * _HOP_S)
        try:
            return Floor(
                mqtt=Hop.of(_took(await _messages(stand, count, _RATE, _by_aiomqtt))),
                commit=Hop.of(await _paced(lambda: connection.execute(_INSERT, "button-1", uuid4().hex))),
                post=Hop.of(await _posts(stand)),
                mqtt_bare=Hop.of(_took(await _messages(stand, count, _RATE, _bare))),
                post_bare=Hop.of(await _paced(posts.post)),
            )
        finally:
            posts.close()


async def most(stand: Stand) -> Ceilings:
    """Measure how much the parts around can take."""
    async with _connected(stand) as connection:
        return Ceilings(
            messages_per_s=await _most_messages(stand),
            rows_per_s=await _most_rows(connection),
            posts_per_s_at_16=await _most_posts(stand, 16),
            posts_per_s_at_64=await _most_posts(stand, 64),
        )


@asynccontextmanager
async def _connected(stand: Stand) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    connection = await asyncpg.connect(await stand.database(stores=1))
    try:
        yield connection
    finally:
        await connection.close()
        await stand.police.take()


async def _paced(act: Callable[[], Awaitable[object]]) -> list[float]:
    """How long each of many acts takes, begun at an even pace."""
    took = []
    due = time.monotonic()
    for _ in range(int(_RATE * _HOP_S)):
        due += 1 / _RATE
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        begun = time.monotonic()
        await act()
        took.append(time.monotonic() - begun)
    return took


async def _messages(stand: Stand, count: int, rate: float, subscribed: _Subscribed) -> list[tuple[float, float]]:
    """When each message was sent, and when it had come through the broker to a subscriber, with QoS 1."""
    came: dict[str, float] = {}
    arrived = asyncio.Event()

    def note(topic: str) -> None:
        came[topic.split("/")[3]] = time.monotonic()
        if len(came) == count:
            arrived.set()

    async with stand.broker() as broker, subscribed(broker, note):
        buttons = [f"button-{number}" for number in range(count)]
        load = await Load.ready(Spec(broker.geturl(), buttons, rate, connections=50))
        pressed = await load.press()
        await asyncio.wait_for(arrived.wait(), 30)
    return [(at, came[button]) for button, at in zip(buttons, pressed.at, strict=True)]


@asynccontextmanager
async def _by_aiomqtt(broker: SplitResult, note: _Note) -> AsyncIterator[None]:
    async def listen(client: aiomqtt.Client) -> None:
        async for message in client.messages:
            note(message.topic.value)

    async with aiomqtt.Client(
        broker.hostname or "", broker.port or 0, username=broker.username, password=broker.password
    ) as client:
        await client.subscribe(_PRESSES, qos=1)
        listening = asyncio.create_task(listen(client))
        yield
        listening.cancel()


@asynccontextmanager
async def _bare(broker: SplitResult, note: _Note) -> AsyncIterator[None]:
    subscriber = await connect(broker.geturl(), "floor", [_PRESSES], lambda message: note(message.topic), _ignore)
    yield
    await subscriber.close()


def _took(messages: list[tuple[float, float]]) -> list[float]:
    return [came - sent for sent, came in messages]


async def _posts(stand: Stand) -> list[float]:
    async with aiohttp.ClientSession() as session:

        async def post() -> None:
            async with session.post(stand.police.url, data=_BODY) as response:
                await response.read()

        return await _paced(post)


async def _most_messages(stand: Stand) -> float:
    count = 10_000
    messages = await _messages(stand, count, 0, _bare)
    return count / (max(came for _, came in messages) - messages[0][0])


async def _most_rows(connection: "asyncpg.Connection[asyncpg.Record]") -> float:
    buttons = ["button-1"] * _GROUP
    rows, started = 0, time.monotonic()
    while time.monotonic() < started + _CEILING_S:
        await connection.execute(_INSERT_MANY, buttons, [uuid4().hex for _ in range(_GROUP)])
        rows += _GROUP
    return rows / (time.monotonic() - started)


async def _most_posts(stand: Stand, at_once: int) -> float:
    posters = [await _Poster.open(stand.police.url) for _ in range(at_once)]
    until = time.monotonic() + _CEILING_S

    async def post(poster: "_Poster") -> None:
        while time.monotonic() < until:
            await poster.post()

    await stand.police.take()
    await asyncio.gather(*map(post, posters))
    for poster in posters:
        poster.close()
    return len(await stand.police.take()) / _CEILING_S


def _ignore(_packet_id: int) -> None:
    """The subscriber publishes nothing, and so gets no PUBACK."""


class _Poster:
    """One keep-alive connection that posts the same prepared bytes again and again."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, path: str) -> None:
        head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(_BODY)}\r\n\r\n"
        self._request = head.encode() + _BODY
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, url: str) -> Self:
        parts = urlsplit(url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        return cls(reader, writer, parts.netloc, parts.path)

    async def post(self) -> None:
        self._writer.write(self._request)
        await self._reader.readuntil(b"\r\n\r\n")

    def close(self) -> None:
        self._writer.close()
