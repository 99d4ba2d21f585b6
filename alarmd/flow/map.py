"""Map: the operators' mappings are followed as they change, by every replica and without a restart."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Final

import structlog

from alarmd.core.dialects import custom
from alarmd.core.dialects.custom import Mapping
from alarmd.core.errors import InvalidError
from alarmd.db import mappings
from alarmd.db.pool import Connection, Pool
from alarmd.db.retry import until_done

_LOOK_EVERY_S: Final = 1.0

_log = structlog.get_logger()


class Mappings:
    """Follows the mappings in the registry.

    Args:
        on_changed: given all of them, in the order in which they are tried, when they have changed.
    """

    def __init__(self, pool: Pool, *, on_changed: Callable[[tuple[Mapping, ...]], None]) -> None:
        self._pool = pool
        self._on_changed = on_changed
        self._version: tuple[int, datetime | None] = (0, None)
        self._turn = asyncio.Lock()
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Let `run` end."""
        self._stopping.set()

    async def begin(self) -> None:
        """Look once, before anything is listened to: what a broker has kept for us may be read by a mapping.

        Raises whatever a database does that is away.
        """
        async with self._turn, self._pool.acquire() as connection:
            found = await self._read(connection)
            if found is not None:
                self._on_changed(found)

    async def look(self) -> None:
        """Look now; returns when what has changed was passed on."""
        async with self._turn:
            found, _ = await until_done(self._pool, self._read, "read mappings")
            if found is not None:
                self._on_changed(found)

    async def run(self) -> None:
        """Look every second."""
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _LOOK_EVERY_S)
            await self.look()

    async def _read(self, connection: Connection) -> tuple[Mapping, ...] | None:
        """All of them; None where they are as they were."""
        version = await mappings.version(connection)
        if version == self._version:
            return None
        found = []
        for record in await mappings.every(connection):
            try:
                found.append(custom.read(record.document))
            except InvalidError as error:
                _log.error("mapping_unreadable", mapping=record.name, error=str(error))
        self._version = version
        return tuple(found)
