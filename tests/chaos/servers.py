"""The real Postgres and mosquitto of a chaos run: crashed, filled up and started again on the same address."""

import asyncio
import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import asyncpg

from alarmd.embedded import broker as embedded_broker
from alarmd.embedded.broker import EmbeddedBroker
from alarmd.embedded.child import free_port
from alarmd.embedded.postgres import EmbeddedPostgres

_DISK_MB = 192


class Database:
    """Postgres with its data on a disk of its own where this user may mount one (`small`)."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.port = free_port("127.0.0.1")
        self._server = EmbeddedPostgres(directory, port=self.port)
        self._mounted = False
        self.url = ""
        self.held = asyncio.Lock()
        """For whoever ends it and starts it again: one at a time."""

    async def start(self, *, small: bool = False) -> None:
        """Start it, telling when each transaction was committed."""
        self._directory.mkdir(parents=True, exist_ok=True)
        if small:
            _run("mount", "-t", "tmpfs", "-o", f"size={_DISK_MB}m,mode=755", "tmpfs", str(self._directory))
            self._mounted = True
        self.url = await self._server.start()
        await self.execute("ALTER SYSTEM SET track_commit_timestamp = on")
        await self.execute("ALTER SYSTEM SET max_wal_size = '64MB'")
        await self._server.stop()
        await self._server.start()

    async def execute(self, statement: str) -> None:
        """Run a statement as the owner, straight and not through any link."""
        connection = await asyncpg.connect(self.url, timeout=10)
        try:
            await connection.execute(statement, timeout=30)
        finally:
            await connection.close()

    async def crash(self) -> None:
        """`pg_ctl stop -m immediate`: no shutdown checkpoint; the next start recovers from the log."""
        pid = int((self._directory / "data" / "postmaster.pid").read_text(encoding="ascii").partition("\n")[0])
        with suppress(ProcessLookupError):
            os.kill(await _outside(pid, self.port), signal.SIGQUIT)
        await self._server.stop()

    async def stop(self) -> None:
        """Stop it in an orderly way."""
        await self._server.stop()

    async def restart(self) -> None:
        """Start it again, where it is not running."""
        await self._server.stop()
        await self._server.start()

    def fill(self) -> Path:
        """Use up its disk; gives the file that does."""
        filler = self._directory / "filler"
        with filler.open("wb") as file, suppress(OSError):
            while True:
                file.write(b"\0" * 65536)
                file.flush()
        return filler

    async def end(self) -> None:
        """Stop it for good."""
        await self._server.stop()
        if self._mounted:
            _run("umount", str(self._directory))


class Broker:
    """mosquitto with persistence."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.port = free_port("127.0.0.1")
        self._server = EmbeddedBroker(directory, port=self.port, program="mosquitto")
        self.url = ""
        self.held = asyncio.Lock()
        """For whoever ends it and starts it again: one at a time."""

    async def start(self) -> None:
        """Start it."""
        self.url = await self._server.start()

    async def write_down(self) -> None:
        """Let it write its sessions to disk now."""
        for pid in await _listeners(self.port):
            os.kill(pid, signal.SIGUSR1)

    async def kill(self) -> None:
        """SIGKILL: what it has not written down is lost."""
        for pid in await _listeners(self.port):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await self._server.stop()

    async def stop(self) -> None:
        """Stop it in an orderly way: it writes everything down."""
        await self._server.stop()

    async def restart(self, *, queue: int = 0) -> None:
        """Stop and start it, holding at most `queue` messages for a session (0: any number)."""
        await self._server.stop()
        whole = embedded_broker._MOSQUITTO_CONF
        embedded_broker._MOSQUITTO_CONF = whole.replace("max_queued_messages 0", f"max_queued_messages {queue}")
        try:
            await self._server.start()
        finally:
            embedded_broker._MOSQUITTO_CONF = whole


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


async def _outside(pid: int, port: int) -> int:
    """A process's number as we see it: in its own namespace it may have another."""
    listening = await _listeners(port)
    return listening[0] if listening else pid


async def _listeners(port: int) -> list[int]:
    """The processes that listen on a port of this machine."""

    def find() -> list[int]:
        sockets = {
            fields[9]
            for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
            if (fields := line.split())[3] == "0A" and int(fields[1].partition(":")[2], 16) == port
        }
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                links = {str(file.readlink()) for file in (process / "fd").iterdir()}
                if links & {f"socket:[{inode}]" for inode in sockets}:
                    found.append(int(process.name))
        return sorted(found)

    return await asyncio.to_thread(find)
