"""The database's clock, as this process knows it: replicas whose own clocks are wrong still agree on it."""

import asyncio
import time
from contextlib import suppress
from datetime import datetime, timedelta

import asyncpg

from alarmd import clock
from alarmd.db.condition import database_time
from alarmd.db.pool import UNAVAILABLE, Pool

_ASK_EVERY_S = 30.0
_ASK_AGAIN_S = 1.0


class DatabaseClock:
    """Tells the time by the database's clock; by this machine's until the database has answered once.

    Between answers it goes on by the monotonic clock, so that a clock that is set meanwhile does not matter.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._known: tuple[datetime, float] | None = None
        self._stopping = asyncio.Event()

    def now(self) -> datetime:
        """The time, in UTC."""
        if self._known is None:
            return clock.now()
        then, monotonic = self._known
        return then + timedelta(seconds=time.monotonic() - monotonic)

    async def ask(self) -> bool:
        """Ask the database; whether it answered."""
        with suppress(*UNAVAILABLE, asyncpg.PostgresError):
            self._known = (await database_time(self._pool), time.monotonic())
            return True
        return False

    def stop(self) -> None:
        """Let `run` end."""
        self._stopping.set()

    async def run(self) -> None:
        """Ask every half minute."""
        while not self._stopping.is_set():
            wait = _ASK_EVERY_S if await self.ask() else _ASK_AGAIN_S
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait)
