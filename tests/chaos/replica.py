"""One process of alarmd, which may be killed, stopped and started again."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.service import until_ready


class Replica:
    """`alarmd serve` as a process of its own.

    Args:
        name: its client id.
        environment: its settings.
        log: what it says is written there.
    """

    def __init__(self, name: str, environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.url = ""
        self.held = asyncio.Lock()
        """For whoever ends it and starts it again: one at a time."""
        self._environment = environment
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process is not None and self._process.returncode is None

    @property
    def exit_code(self) -> int | None:
        """How it ended; minus the number of the signal that ended it."""
        return self._process.returncode if self._process else None

    @property
    def stopped(self) -> bool:
        """Whether it is stopped, as by SIGSTOP."""
        if not self.runs or self._process is None:
            return False
        stat = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii")
        return stat.rpartition(")")[2].split()[0] == "T"

    async def start(self, *sabotage: str, wait: bool = True) -> None:
        """Start it, sabotaged or not; with `wait` it returns when presses can come in."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.chaos.sabotage", *sabotage, "--", "serve"),
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env={**os.environ, **self._environment},
                cwd=Path(__file__).parents[2],
            )
        assert self._process.stdout is not None
        if wait:
            line = (await self._process.stdout.readline()).decode()
            if "listens on " in line:
                self.url = line.split("listens on ")[1].strip()
                await until_ready(self.url)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)

    async def ended(self, within: float) -> bool:
        """Wait until it has ended; False if it has not within so many seconds."""
        assert self._process is not None
        try:
            await asyncio.wait_for(self._process.wait(), within)
        except TimeoutError:
            return False
        return True

    async def kill(self) -> None:
        """SIGKILL."""
        if self.runs:
            self.signal(signal.SIGKILL)
            await self.ended(10)

    async def terminate(self) -> int | None:
        """SIGTERM; the exit code."""
        assert self._process is not None
        self.signal(signal.SIGTERM)
        if not await self.ended(20):
            await self.kill()
        return self.exit_code
