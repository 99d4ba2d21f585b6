"""The steps of a service as tasks: each has a name, ends when it is told to, and is never left running."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import structlog

_APART_S = 0.13
_AT_ONCE_S = 0.2  # what is left, after the deadline, for each of those that are still to end

_log = structlog.get_logger()


class Steps:
    """What runs. Several may have one name.

    Args:
        stopping: set from outside to end the service, and here when a step has ended by itself.
    """

    def __init__(self, stopping: asyncio.Event) -> None:
        self._stopping = stopping
        self._tasks: dict[str, list[asyncio.Task[None]]] = {}
        self._turns = 0

    def start(self, name: str, step: Coroutine[Any, Any, None]) -> None:
        """Let a step run."""
        self._tasks.setdefault(name, []).append(asyncio.create_task(step))

    def start_in_turn(self, name: str, step: Coroutine[Any, Any, None]) -> None:
        """Let a step run that looks for something every second, a moment after the last such one.

        If all of them looked at the same time, a press that comes just then would wait for all of them.
        """
        self._turns += 1
        self.start(name, self._later(step, self._turns * _APART_S))

    async def until_stopped(self) -> None:
        """Wait for the signal, or for a step that ends by itself: that is a defect, and ends the process."""
        stopped = asyncio.create_task(self._stopping.wait())
        running = {task for tasks in self._tasks.values() for task in tasks}
        done, _ = await asyncio.wait({stopped, *running}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        self._stopping.set()
        for task in done - {stopped}:
            task.result()

    async def end(self, *names: str, deadline: float) -> None:
        """Wait for steps that were told to stop, and end those that have not by then, by `time.monotonic`."""
        running = [task for name in names for task in self._tasks.get(name, ())]
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=max(_AT_ONCE_S, deadline - time.monotonic()))
        for task in late:
            task.cancel()
        for task, result in zip(running, await asyncio.gather(*running, return_exceptions=True), strict=True):
            if isinstance(result, Exception):
                _log.error("step_failed", step=task.get_coro(), error=repr(result))

    async def _later(self, step: Coroutine[Any, Any, None], after_s: float) -> None:
        """Run a step after a while; one that is stopped by then never begins."""
        try:
            await asyncio.wait_for(self._stopping.wait(), after_s)
        except TimeoutError:
            await step
        finally:
            step.close()
