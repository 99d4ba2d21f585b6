"""A program of the demo, in a process of its own that ends with this one."""

import asyncio
import ctypes
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from alarmd.core.errors import AlarmdError

_PR_SET_PDEATHSIG = 1  # from <sys/prctl.h>
_LINE_BYTES = 1 << 20
_STOP_WITHIN_S = 15
_LIBC = ctypes.CDLL(None)


class Program:
    """`python -m MODULE ...`, whose standard output is JSON lines and whose complaints go to a file."""

    def __init__(self, process: asyncio.subprocess.Process, name: str, log: Path) -> None:
        self._process = process
        self._name = name
        self._log = log

    @classmethod
    async def start(cls, module: str, *arguments: str, log: Path, environment: Mapping[str, str]) -> "Program":
        """Start it."""
        with log.open("ab") as complaints:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                module,
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=complaints,
                env={**os.environ, **environment},
                limit=_LINE_BYTES,
                start_new_session=True,  # Ctrl-C is for us: we stop each in its turn
                preexec_fn=_end_with_parent,  # no thread runs here yet; nothing else reaches it before exec
            )
        return cls(process, module, log)

    async def lines(self) -> AsyncIterator[dict[str, Any]]:
        """What it says, until it ends."""
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe, above
        async for line in self._process.stdout:
            with suppress(ValueError):
                yield json.loads(line)

    async def first_line(self, within_s: float) -> dict[str, Any]:
        """The first thing it says.

        Raises:
            AlarmdError: it ended, or said nothing in time; the text says where its complaints are.
        """
        with suppress(TimeoutError, StopAsyncIteration):
            async with asyncio.timeout(within_s):
                return await anext(self.lines())
        raise AlarmdError(f"{self._name} did not start; what it said is in {self._log}")

    async def wait(self) -> int:
        """Wait until it has ended; its exit code."""
        return await self._process.wait()

    async def stop(self) -> None:
        """Ask it to end; make it after a while."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                self._process.send_signal(number)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._drained(), _STOP_WITHIN_S)
                return

    async def _drained(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe, above
        while await self._process.stdout.read(_LINE_BYTES):
            """A full pipe would keep it from ending."""
        await self._process.wait()


def _end_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
