"""Somebody who runs an embedded server in a process of their own, which can be killed."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Literal

User = Literal["this user", "an ordinary user", "root without namespaces"]

_HOLDER = Path(__file__).with_name("holder.py")
_NO_NAMESPACES = Path(__file__).with_name("no_namespaces.py")
_NOBODY = 65534


class Holder:
    """A process that holds an embedded server, run by some user, and the directory of that server."""

    def __init__(self, directory: Path, user: User) -> None:
        self.directory = directory
        self._command = [*_as_user(user, directory), sys.executable, str(_HOLDER)]
        self._process: subprocess.Popen[str] | None = None

    async def start(self, program: str) -> str:
        """The URL of the server."""
        self._process = self._run(program)
        assert self._process.stdout is not None
        url = await asyncio.to_thread(self._process.stdout.readline)
        assert url, "the server did not start"
        return url.strip()

    async def kill(self) -> None:
        """SIGKILL for the process that started the server, and for it alone."""
        assert self._process is not None
        os.kill(self._innermost(), signal.SIGKILL)
        self.close()

    async def server_gone(self) -> None:
        """Every process of the server has ended."""
        async with asyncio.timeout(10):
            while self.server_processes():
                await asyncio.sleep(0.02)

    def server_processes(self) -> set[int]:
        """The processes that work in the server's directory."""
        return {pid for pid in _pids() if _works_in(pid, self.directory)}

    def close(self) -> None:
        if self._process is None:
            return
        if self._process.poll() is None and (innermost := self._innermost()) != self._process.pid:
            os.kill(innermost, signal.SIGKILL)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process.kill()
        self._process.wait()
        self._process = None

    def _run(self, program: str) -> subprocess.Popen[str]:
        return subprocess.Popen([*self._command, str(self.directory), program], stdout=subprocess.PIPE, text=True)

    def _innermost(self) -> int:
        """The holder itself, which may be a child of what changes its user."""
        assert self._process is not None
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        return next((int(child) for child in children if _HOLDER.name in _command_line(int(child))), pid)


def _as_user(user: User, directory: Path) -> list[str]:
    """What to put before a command so that this user runs it; nothing where we are an ordinary user anyway."""
    if os.geteuid() != 0 or user == "this user":
        return []
    if user == "root without namespaces":
        return [sys.executable, str(_NO_NAMESPACES)]
    if subprocess.run(["unshare", "--user", "true"], check=False, capture_output=True).returncode == 0:
        return ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    os.chown(directory.parent, _NOBODY, _NOBODY)
    return ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _works_in(pid: int, directory: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").readlink().is_relative_to(directory)
    except OSError:
        return False


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    except OSError:  # it has ended since it was listed
        return ""
