"""The processes around the systems under test: the buttons and the police."""

import asyncio
import json
import sys
from dataclasses import asdict
from typing import Any

from benchmarks.load import Pressed, Spec

_LINE_LIMIT = 1 << 26  # the longest line: what 10,000 buttons did


class _Child:
    """A Python module in a process of its own that talks in lines."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, line: str) -> str:
        """Say a line, and give the answer."""
        self.say(line)
        return await self.line()

    def say(self, line: str) -> None:
        """Say a line."""
        assert self._process.stdin  # noqa: S101 - it is a pipe
        self._process.stdin.write(line.encode() + b"\n")

    async def line(self) -> str:
        """The next line it says."""
        assert self._process.stdout  # noqa: S101 - it is a pipe
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("a process of the benchmark has ended before its time: see its error above")
        return line.decode().strip()

    async def end(self) -> None:
        """End it."""
        if self._process.returncode is None:
            self._process.terminate()
        await self._process.wait()


async def _run(module: str) -> _Child:
    pipe = asyncio.subprocess.PIPE
    return _Child(
        await asyncio.create_subprocess_exec(sys.executable, "-m", module, stdin=pipe, stdout=pipe, limit=_LINE_LIMIT)
    )


class Load:
    """Buttons, connected and ready to be pressed."""

    def __init__(self, child: _Child, spec: Spec) -> None:
        self.spec = spec
        self._child = child

    @classmethod
    async def ready(cls, spec: Spec) -> "Load":
        """Prepare what is to be sent, and connect."""
        child = await _run("benchmarks.load")
        await child.ask(json.dumps(asdict(spec)))
        return cls(child, spec)

    def begin(self) -> None:
        """Begin to send it."""
        self._child.say("go")

    async def press(self) -> Pressed:
        """Send it; returns once the broker has taken all."""
        self.begin()
        pressed = Pressed(**json.loads(await self._child.line()))
        await self._child.end()
        return pressed

    async def abandon(self) -> None:
        """End it in the midst."""
        await self._child.end()


class Police:
    """The receiver of alerts."""

    def __init__(self, child: _Child, url: str) -> None:
        self.url = url
        self._child = child

    @classmethod
    async def start(cls) -> "Police":
        """Start it."""
        child = await _run("benchmarks.receiver")
        return cls(child, await child.line())

    async def take(self) -> list[tuple[float, str]]:
        """When which button's alert came, since the last call."""
        came: list[Any] = json.loads(await self._child.ask("take"))
        return [(at, button) for at, button in came]

    async def down(self) -> None:
        """Refuse everybody."""
        await self._child.ask("down")

    async def up(self) -> None:
        """Listen again."""
        await self._child.ask("up")

    async def stop(self) -> None:
        """End it."""
        await self._child.end()
