"""A server process that ends with this one."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from alarmd.embedded.errors import EmbeddedError

_POLL_S = 0.01
_TAIL_LINES = 8


class Child:
    """A running server, tied to the life of the thread that made it (make it from the main thread).

    Args:
        name: What people call it, for error messages.
        program: The command line; its first word is an absolute path.
        directory: Where it writes; given to the user it runs as when that is not ours.
        log: Where its output goes.
        death_signal: What the kernel sends it when we die, even by SIGKILL, and what `stop` sends first.
        lock: A file descriptor that stays open in it, so that what it locks is free only when it is gone.
        stdin: What it reads.
        environment: Its environment; ours when not given.
    """

    def __init__(
        self,
        name: str,
        program: Sequence[str | Path],
        *,
        directory: Path,
        log: Path,
        death_signal: signal.Signals,
        lock: int,
        stdin: IO[bytes] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._name = name
        self._log = log
        self._death_signal = death_signal
        launcher = (sys.executable, "-I", "-S", Path(__file__).with_name("launch.py"))
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 -- our own command lines
                [*launcher, str(os.getpid()), str(int(death_signal)), directory, *program],
                stdin=stdin or subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=directory,
                env=environment,
                pass_fds=(lock,),
                start_new_session=True,  # Ctrl-C is for us: we stop the servers when the last work is done
            )

    async def ready(self, is_ready: Callable[[], bool], timeout_s: float) -> None:
        """Wait until it can be used.

        Raises:
            EmbeddedError: If it ended, or is not ready after `timeout_s` seconds; it runs no more then.
        """
        deadline = time.monotonic() + timeout_s
        while not is_ready():
            if self._process.poll() is not None:
                raise EmbeddedError(f"{self._name} did not start:\n{self._tail()}")
            if time.monotonic() > deadline:
                await self.stop()
                raise EmbeddedError(f"{self._name} was not ready after {timeout_s:.0f} s:\n{self._tail()}")
            await asyncio.sleep(_POLL_S)

    async def finish(self, timeout_s: float) -> None:
        """Wait until it has done its work and ended.

        Raises:
            EmbeddedError: If it failed, or has not ended after `timeout_s` seconds; it runs no more then.
        """
        try:
            ended = await self._ended(timeout_s)
        finally:
            await self.stop()
        if not ended:
            raise EmbeddedError(f"{self._name} did not end within {timeout_s:.0f} s:\n{self._tail()}")
        if self._process.returncode != 0:
            raise EmbeddedError(f"{self._name} failed:\n{self._tail()}")

    async def stop(self, timeout_s: float = 10) -> None:
        """Ask it to end; after `timeout_s` seconds, make it. Does nothing when it has ended."""
        for number in (self._death_signal, signal.SIGQUIT, signal.SIGKILL):
            if self._process.poll() is not None:
                return
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)
            await self._ended(timeout_s)

    async def _ended(self, timeout_s: float) -> bool:
        deadline = time.monotonic() + timeout_s
        while self._process.poll() is None:
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(_POLL_S)
        return True

    def _tail(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in (*lines[-_TAIL_LINES:], f"(all of it in {self._log})"))


def free_port(host: str) -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def listens(host: str, port: int) -> bool:
    """Whether somebody takes TCP connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0
