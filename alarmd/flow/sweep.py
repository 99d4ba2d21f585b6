"""Sweep: what may have fallen between two steps is found, every few seconds."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from alarmd.db import endpoints, pauses
from alarmd.db.pool import Connection, Pool
from alarmd.db.retry import until_done
from alarmd.db.routing import route_waiting

_SWEEP_EVERY_S = 5.0


class Sweep:
    """Sends alarms on their way that had no store or no endpoint when they opened.

    Args:
        on_routed: told when an alarm was sent on its way.
    """

    def __init__(self, pool: Pool, *, on_routed: Callable[[], None]) -> None:
        self._pool = pool
        self._on_routed = on_routed
        self._look = asyncio.Event()
        self._stopping = False

    def look(self) -> None:
        """Look soon: an alarm opened without a store, and its button may have been assigned in the same moment."""
        self._look.set()

    def stop(self) -> None:
        """Let `run` end."""
        self._stopping = True
        self._look.set()

    async def route(self) -> None:
        """Look now, and return when it is done: a button was assigned, or an endpoint was added."""
        routed, _ = await until_done(self._pool, route_waiting, "route waiting alarms")
        if routed:
            self._on_routed()

    async def run(self) -> None:
        """Look when told, and every few seconds."""
        while not self._stopping:
            self._look.clear()
            await until_done(self._pool, _relieve, "relieve removed endpoints")
            await until_done(self._pool, pauses.end_over, "end pauses")
            await self.route()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._look.wait(), _SWEEP_EVERY_S)


async def _relieve(connection: Connection) -> None:
    """A press that was being committed while an endpoint was removed may still owe it something."""
    await endpoints.relieve(connection, by="removed")
