"""Enrol: a button that is pressed twice while a store waits for one becomes one of that store."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import structlog

from alarmd.db import enrolling
from alarmd.db.pool import Pool
from alarmd.db.retry import REFUSED, until_done

_LOOK_EVERY_S: Final = 1.0

_log = structlog.get_logger()


class Enrolment:
    """Looks for buttons that were pressed to be enrolled. Any number may run at once.

    Args:
        on_enrolled: told when a button was enrolled: what it opened has a store now.
        on_changed: told when a fault was raised or cleared.
    """

    def __init__(self, pool: Pool, *, on_enrolled: Callable[[], None], on_changed: Callable[[], None]) -> None:
        self._pool = pool
        self._on_enrolled = on_enrolled
        self._on_changed = on_changed
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Let `run` end."""
        self._stopping.set()

    async def run(self) -> None:
        """Look every second."""
        while not self._stopping.is_set():
            try:
                look, _ = await until_done(self._pool, enrolling.look, "look for buttons to enrol")
            except REFUSED as error:
                _log.error("enrolment_refused", error=str(error))
            else:
                for button_id, store in look.enrolled.items():
                    _log.info("enrolled_by_pressing", button=button_id, store=store)
                if look.enrolled:
                    self._on_enrolled()
                if look.changed:
                    self._on_changed()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _LOOK_EVERY_S)
