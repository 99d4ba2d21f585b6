"""Sweep: what may have fallen between two steps is found, every few seconds."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from alarmd.db.pool import Pool
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
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Let `run` end."""
        self._stopping.set()

    async def route(self) -> None:
        """Look now: a button was assigned, an endpoint was added, or an alarm opened without a store."""
        routed, _ = await until_done(self._pool, route_waiting, "route waiting alarms")
        if routed:
            self._on_routed()

    async def run(self) -> None:
        """Look every few seconds."""
        while not self._stopping.is_set():
            await self.route()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _SWEEP_EVERY_S)
