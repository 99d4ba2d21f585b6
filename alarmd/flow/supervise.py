"""Supervise: what was heard of buttons and gateways is kept, in batches, away from the press path."""

import asyncio
import time
from contextlib import suppress
from dataclasses import fields, replace

from alarmd.core.signal import Health, Heartbeat, Press, Status
from alarmd.db import health
from alarmd.db.health import Heard
from alarmd.db.pool import Connection, Pool
from alarmd.db.retry import REFUSED, until_done

_WRITE_EVERY_S = 1.0


class Vitals:
    """The latest sign of life of each button, and of each gateway, until it is written down."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._buttons: dict[str, tuple[Health, float]] = {}
        self._gateways: dict[str, Status] = {}
        self._stopping = asyncio.Event()

    def note(self, signal: Press | Heartbeat | Status) -> None:
        """Remember a sign of life; members that it does not tell stay as they were."""
        if isinstance(signal, Status):
            self._gateways[signal.gateway_id] = signal
            return
        earlier, _ = self._buttons.get(signal.button_id, (Health(), 0.0))
        self._buttons[signal.button_id] = (_merge(earlier, signal.health), time.monotonic())

    def stop(self) -> None:
        """Let `run` write the last batch and end."""
        self._stopping.set()

    async def run(self) -> None:
        """Write a batch every second while there is something to write."""
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _WRITE_EVERY_S)
            if self._buttons or self._gateways:
                await self._write()

    async def _write(self) -> None:
        buttons, self._buttons = self._buttons, {}
        gateways, self._gateways = self._gateways, {}

        async def write(connection: Connection) -> None:
            now = time.monotonic()
            await health.record_health(
                connection, [Heard(button_id, told, now - at) for button_id, (told, at) in buttons.items()]
            )
            for status in gateways.values():
                await health.record_status(connection, status)

        with suppress(*REFUSED):
            await until_done(self._pool, write, "write vitals")


def _merge(earlier: Health, later: Health) -> Health:
    told = {member.name: getattr(later, member.name) for member in fields(Health)}
    return replace(earlier, **{name: value for name, value in told.items() if value is not None})
