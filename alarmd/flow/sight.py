"""Sight: devices that were heard are written down, enrolled or not, off the press path."""

import asyncio
from collections import OrderedDict
from contextlib import suppress
from typing import Final

import structlog

from alarmd.db import devices, hear
from alarmd.db.devices import Sighting
from alarmd.db.pool import Connection, Pool
from alarmd.db.retry import REFUSED, until_done

_WRITE_EVERY_S: Final = 1.0
_WRITTEN_AT_ONCE: Final = 1_000
_KEPT: Final = 100_000
_FORGET_EVERY: Final = 3_600  # writes

_log = structlog.get_logger()


class Sightings:
    """Which devices were heard, and how often, until it is written down."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._seen: OrderedDict[str, Sighting] = OrderedDict()
        self._stopping = asyncio.Event()

    def note(self, sighting: Sighting) -> None:
        """Remember that a device was heard."""
        earlier = self._seen.get(sighting.id)
        self._seen[sighting.id] = hear.joined(earlier, sighting) if earlier else sighting
        self._seen.move_to_end(sighting.id)
        if len(self._seen) > _KEPT:
            self._seen.popitem(last=False)

    def stop(self) -> None:
        """Let `run` write the last batch and end."""
        self._stopping.set()

    async def run(self) -> None:
        """Write a batch every second while there is something to write, and forget strangers now and then."""
        written = 0
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _WRITE_EVERY_S)
            if self._seen:
                await self._write()
                written += 1
                if written % _FORGET_EVERY == 1:
                    await until_done(self._pool, devices.forget_strangers, "forget devices")

    async def _write(self) -> None:
        seen, self._seen = list(self._seen.values()), OrderedDict()
        for start in range(0, len(seen), _WRITTEN_AT_ONCE):
            some = seen[start : start + _WRITTEN_AT_ONCE]

            async def note(connection: Connection, some: list[Sighting] = some) -> None:
                await devices.hold(connection, some)

            try:
                await until_done(self._pool, note, "write sightings")
            except REFUSED as error:
                _log.error("sightings_refused", devices=len(some), error=str(error))
