"""Ends the process when its event loop is stuck, so that whoever supervises it starts it anew."""

import asyncio
import faulthandler
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

STUCK = os.EX_SOFTWARE
"""The exit code of a process that was ended so."""

_STDERR = 2
_TICK_S = 1.0


@contextmanager
def watching(loop: asyncio.AbstractEventLoop, *, bound_s: float = 30.0) -> Iterator[None]:
    """Watch the loop from a thread: when it has not turned for `bound_s` seconds, print every thread's stack and exit.

    The seconds are counted one by one, so that a process that was stopped, or a machine that slept, is not mistaken
    for a stuck loop: all that time is one tick.
    """
    watchdog = _Watchdog(bound_s)
    watchdog.start()
    turning = loop.create_task(watchdog.turn())
    try:
        yield
    finally:
        turning.cancel()
        watchdog.ended.set()


class _Watchdog(threading.Thread):
    def __init__(self, bound_s: float) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._bound_s = bound_s
        self._turns = 0
        self.ended = threading.Event()

    async def turn(self) -> None:
        """Show that the loop turns."""
        while True:
            self._turns += 1
            await asyncio.sleep(_TICK_S)

    def run(self) -> None:
        """Count."""
        seen, missed = self._turns, 0
        while not self.ended.wait(_TICK_S):
            missed = missed + 1 if self._turns == seen else 0
            seen = self._turns
            if missed * _TICK_S >= self._bound_s:
                self._exit()

    def _exit(self) -> None:
        os.write(_STDERR, f"alarmd: the event loop has not turned for {self._bound_s:g} s: it ends\n".encode())
        faulthandler.dump_traceback(_STDERR)
        os._exit(STUCK)
