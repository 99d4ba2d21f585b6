"""Retain: nothing personal longer than is asked for; once an hour what is long over is cleared, and told of."""

import asyncio
from contextlib import suppress

import structlog

from alarmd.db import retention
from alarmd.db.pool import Pool
from alarmd.db.retry import until_done

_LOOK_EVERY_S = 3600.0
_PAUSE_S = 0.1  # between two batches: nothing here is in a hurry, and presses are

_log = structlog.get_logger()


class Retention:
    """Clears what has been over for so many days; with 0 days nothing, ever."""

    def __init__(self, pool: Pool, *, days: int) -> None:
        self._pool = pool
        self._days = days
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Let `run` end."""
        self._stopping.set()

    async def run(self) -> None:
        """Clear at the start, and once an hour."""
        while not self._stopping.is_set():
            if self._days:
                await self._clear()
            await self._wait(_LOOK_EVERY_S)

    async def _clear(self) -> None:
        more = True
        while more and not self._stopping.is_set():
            more, _ = await until_done(
                self._pool, lambda connection: retention.clear_some(connection, self._days), "clear what is over"
            )
            await self._wait(_PAUSE_S)
        done, _ = await until_done(
            self._pool, lambda connection: retention.tell(connection, self._days), "tell what was cleared"
        )
        if done:
            _log.info("retention_ran", days=self._days, **done)

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
