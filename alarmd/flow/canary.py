"""Canary: alarmd presses a button of its own, again and again, and notices when a press does not arrive."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias
from uuid import uuid4

import structlog

from alarmd.core import canary
from alarmd.core.dialects.native import press_topic
from alarmd.db import canary as canary_db
from alarmd.db import faults
from alarmd.db.pool import Connection, Pool
from alarmd.db.retry import until_done

_LOOK_EVERY_S = 1.0
_FORGOTTEN_AFTER_S = 600.0
_TIDY_EVERY_S = 60.0

_log = structlog.get_logger()

Publish: TypeAlias = Callable[[str, dict[str, object]], None]
"""Sends a payload to a topic of one broker."""


@dataclass(slots=True)
class _Sent:
    """A canary that is under way; `at` is when it was sent, by `time.monotonic`, in seconds."""

    at: float
    heard: bool = False
    settled: bool = False


class Canary:
    """Sends a press through each broker at a fixed interval, and follows it to where it is settled.

    One has arrived when this replica has heard it from the broker, and when it was committed, delivered and settled by
    whichever replica did that.

    Args:
        client_id: the name of this replica.
        interval_s: between two presses, in seconds.
        brokers: gives a `Publish` for each broker that is connected now.
        on_arrived: told of each arrival.
    """

    def __init__(
        self,
        pool: Pool,
        *,
        client_id: str,
        interval_s: float,
        brokers: Callable[[], Sequence[Publish]],
        on_arrived: Callable[[], None],
    ) -> None:
        self._pool = pool
        self._client_id = client_id
        self._button_id = canary.button_id(client_id)
        self._interval_s = interval_s
        self._brokers = brokers
        self._on_arrived = on_arrived
        self._under_way: dict[str, _Sent] = {}
        self._last_at = self._due_at = time.monotonic()
        self._said_late: bool | None = None  # what the faults were told last
        self._stopping = asyncio.Event()

    @property
    def age_s(self) -> float:
        """Seconds since the press that last arrived was sent; before the first one, since the start."""
        return time.monotonic() - self._last_at

    @property
    def late(self) -> bool:
        """Whether one should have arrived by now."""
        return canary.is_late(self.age_s, self._interval_s)

    def hear(self, press_id: str) -> None:
        """A canary came in from a broker: one of ours, or another replica's."""
        if sent := self._under_way.get(press_id):
            sent.heard = True

    def stop(self) -> None:
        """Let `run` end."""
        self._stopping.set()

    async def run(self) -> None:
        """Send at each interval, and look at least every second what has arrived."""
        while not self._stopping.is_set():
            if time.monotonic() >= self._due_at and (brokers := self._brokers()):
                self._send(brokers)
            await self._look()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), min(_LOOK_EVERY_S, self._interval_s))

    def _send(self, brokers: Sequence[Publish]) -> None:
        now = time.monotonic()
        self._due_at = now + self._interval_s
        for publish in brokers:
            press_id = uuid4().hex
            self._under_way[press_id] = _Sent(now)
            publish(press_topic(self._button_id), {"press_id": press_id})

    async def _look(self) -> None:
        now = time.monotonic()
        self._under_way = {
            press_id: sent for press_id, sent in self._under_way.items() if now - sent.at < _FORGOTTEN_AFTER_S
        }
        if any(not sent.settled for sent in self._under_way.values()):
            settled, _ = await until_done(self._pool, self._close_arrived, "close canaries")
            for press_id in settled:
                if sent := self._under_way.get(press_id):
                    sent.settled = True
        arrived = [press_id for press_id, sent in self._under_way.items() if sent.heard and sent.settled]
        if arrived:
            self._last_at = max(self._last_at, *(self._under_way.pop(press_id).at for press_id in arrived))
            self._on_arrived()
        await self._say_whether_late(arrived=bool(arrived))

    async def _close_arrived(self, connection: Connection) -> list[str]:
        return await canary_db.close_arrived(connection, self._button_id)

    async def _say_whether_late(self, *, arrived: bool) -> None:
        late = self.late
        if late is self._said_late or not (late or arrived):
            return
        self._said_late = late
        if late:
            detail = f"the press that alarmd sends itself has not arrived for {self.age_s:.0f} s"
            _log.error("canary_late", age_s=round(self.age_s, 1))
            await until_done(
                self._pool, lambda on: faults.raise_fault(on, "canary_late", self._client_id, detail), "raise fault"
            )
        else:
            await until_done(
                self._pool, lambda on: faults.clear_fault(on, "canary_late", self._client_id), "clear fault"
            )


class Remains:
    """Gives up what did not arrive and removes what is old, of every replica's canaries, once a minute."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Let `run` end."""
        self._stopping.set()

    async def run(self) -> None:
        """Look once a minute."""
        while not self._stopping.is_set():
            await until_done(self._pool, canary_db.tidy, "tidy canaries")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _TIDY_EVERY_S)
