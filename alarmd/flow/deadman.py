"""Dead-man's switch: a watcher outside is told that all is well, and hears nothing when it is not."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from alarmd.db import canary as canary_db
from alarmd.db.pool import Pool

_EVERY_S = 60.0

_log = structlog.get_logger()


class DeadMansSwitch:
    """Calls while the database answers and alarms get to the police.

    Args:
        call: tells the watcher.
        by_canary: whether to call with each canary that arrives; else every 60 s.
    """

    def __init__(self, pool: Pool, call: Callable[[], Awaitable[None]], *, by_canary: bool) -> None:
        self._pool = pool
        self._call = call
        self._by_canary = by_canary
        self._next = asyncio.Event()
        self._stopping = False

    def feed(self) -> None:
        """A canary has arrived."""
        self._next.set()

    def stop(self) -> None:
        """Let `run` end."""
        self._stopping = True
        self._next.set()

    async def run(self) -> None:
        """Call, or not, until stopped."""
        while not self._stopping:
            if not self._by_canary or self._next.is_set():
                self._next.clear()
                await self._call_if_well()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._next.wait(), None if self._by_canary else _EVERY_S)

    async def _call_if_well(self) -> None:
        if await canary_db.outbox_moves(self._pool):
            await self._call()
        else:
            _log.error("deadman_not_called", reason="the database does not answer, or an alarm does not get through")
