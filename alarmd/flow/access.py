"""Access: who has read where alarms are is written down in batches, so that reading waits for nothing."""

import asyncio
from contextlib import suppress

import structlog

from alarmd.core.access import Access
from alarmd.db import access_log
from alarmd.db.pool import Pool
from alarmd.db.retry import REFUSED, until_done

_WRITE_EVERY_S = 1.0
_AT_ONCE = 500

_log = structlog.get_logger()


class AccessLog:
    """The readings of the last second, until they are written down."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: list[Access] = []
        self._stopping = asyncio.Event()

    def note(self, reading: Access) -> None:
        """Somebody has read where an alarm is."""
        self._waiting.append(reading)

    def stop(self) -> None:
        """Let `run` write what is left, and end."""
        self._stopping.set()

    async def run(self) -> None:
        """Write a batch every second while there is something to write. While the database is away it is kept."""
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _WRITE_EVERY_S)
            while self._waiting:
                await self._write()

    async def _write(self) -> None:
        some = self._waiting[:_AT_ONCE]
        try:
            await until_done(self._pool, lambda connection: access_log.write(connection, some), "write access log")
        except REFUSED as error:
            _log.error("access_log_refused", readings=len(some), error=str(error))
        except asyncio.CancelledError:
            _log.error("access_log_lost", readings=len(self._waiting))
            raise
        del self._waiting[: len(some)]
