"""An MQTT broker: mosquitto where it is installed, else amqtt."""

import base64
import hashlib
import os
import secrets
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from alarmd.embedded.child import Child, free_port, listens
from alarmd.embedded.errors import EmbeddedError
from alarmd.embedded.server import EmbeddedServer

_USER = "alarmd"
_START_TIMEOUT_S = 20
_PATH = f"{os.defpath}:/usr/local/sbin:/usr/sbin:/sbin"  # Debian keeps mosquitto in /usr/sbin

# No autosave_on_changes: each message would rewrite the whole file, and with an offline session's queue in it that is
# 160 messages a second instead of 1,000. What is lost in the 5 s, a button without a receipt sends again.
_MOSQUITTO_CONF = """\
listener {port} {host}
allow_anonymous false
password_file {passwords}
persistence true
persistence_location {data}/
autosave_interval 5
persistent_client_expiration 2d
max_inflight_messages 1000
max_queued_messages 0
set_tcp_nodelay true
log_dest stderr
log_type error
log_type warning
log_type notice
connection_messages false
"""

Program = Literal["mosquitto", "amqtt"]


class EmbeddedBroker(EmbeddedServer):
    """A broker for clients that know its password.

    mosquitto keeps sessions and their queues over a restart; amqtt keeps them in memory only.

    Args:
        program: Which one to run; by default mosquitto if it is installed, else amqtt.
    """

    def __init__(
        self, data_dir: Path, *, host: str = "127.0.0.1", port: int = 0, program: Program | None = None
    ) -> None:
        super().__init__(data_dir, host=host, port=port)
        self._name: Program = program or ("mosquitto" if _find_mosquitto() else "amqtt")

    @property
    def name(self) -> Program:
        """Which program it runs."""
        return self._name

    async def _start(self, log: Path, password: str) -> str:
        port = self._port or free_port(self._host)
        if listens(self._host, port):
            raise EmbeddedError(f"port {port} of {self._host} is taken: choose another for the broker")
        command = self._mosquitto(port, password) if self._name == "mosquitto" else self._amqtt(port)
        self._server = Child(
            self._name,
            command,
            directory=self._directory,
            log=log,
            death_signal=signal.SIGTERM,
            lock=self._lock,
            environment=os.environ | {"PYTHONPATH": _python_path()},
        )
        await self._server.ready(lambda: listens(self._host, port), _START_TIMEOUT_S)
        return f"mqtt://{_USER}:{password}@{self._host}:{port}"

    def _mosquitto(self, port: int, password: str) -> Sequence[str | Path]:
        program = _find_mosquitto()
        if program is None:
            raise EmbeddedError("mosquitto is not installed: apt-get install mosquitto, or let alarmd take amqtt")
        passwords = self._directory / "passwords"
        passwords.touch(mode=0o600)
        passwords.write_text(f"{_USER}:{_mosquitto_hash(password)}\n", encoding="ascii")
        conf = self._directory / "mosquitto.conf"
        conf.write_text(
            _MOSQUITTO_CONF.format(port=port, host=self._host, passwords=passwords, data=self._directory),
            encoding="utf-8",
        )
        return [program, "-c", conf]

    def _amqtt(self, port: int) -> Sequence[str | Path]:
        address = f"{self._host}:{port}"
        return [
            sys.executable,
            "-P",
            "-m",
            "alarmd.embedded.amqtt_broker",
            address,
            _USER,
            self._directory / "password",
        ]


def _python_path() -> str:
    """Where amqtt's process finds alarmd: where we did, though it works in another directory."""
    return os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)


def _find_mosquitto() -> str | None:
    return shutil.which("mosquitto") or shutil.which("mosquitto", path=_PATH)


def _mosquitto_hash(password: str) -> str:
    """The password as mosquitto 2 keeps it; few rounds are enough for 192 random bits."""
    rounds = 101
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds)
    return f"$7${rounds}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"
