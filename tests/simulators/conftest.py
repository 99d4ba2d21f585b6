"""A real broker, and somebody who plays alarmd's part towards the buttons."""

import asyncio
import json
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from simulators import mqtt_packets, mqtt_wire


class Alarmd:
    """Hears presses and answers each with the receipts in `states`; the first `deaf_to` presses go unheard."""

    def __init__(self) -> None:
        self.presses: list[tuple[str, bytes]] = []
        self.states = ["recorded"]
        self.deaf_to = 0
        self._heard = asyncio.Event()
        self._connection: mqtt_wire.Connection | None = None

    async def start(self, broker: str) -> None:
        topics = ["alarmd/v1/buttons/+/press", "alarmd/v1/buttons/+/heartbeat"]
        self._connection = await mqtt_wire.connect(broker, "alarmd", topics, self._hear, lambda _: None)

    async def stop(self) -> None:
        assert self._connection is not None
        await self._connection.close()

    async def heard(self) -> None:
        self._heard.clear()
        await self._heard.wait()

    def _hear(self, message: mqtt_packets.Message) -> None:
        self.presses.append((message.topic, message.payload))
        self._heard.set()
        if len(self.presses) <= self.deaf_to or not message.topic.endswith("/press"):
            return
        assert self._connection is not None
        for number, state in enumerate(self.states, 1):
            receipt = {"press_id": json.loads(message.payload).get("press_id"), "alarm_id": "alarm-1", "state": state}
            topic = message.topic.removesuffix("press") + "receipt"
            self._connection.send(mqtt_packets.publish(topic, json.dumps(receipt).encode(), number))


class Broker:
    """A mosquitto of its own that can be stopped and started again on the same port."""

    def __init__(self, directory: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.url = f"mqtt://127.0.0.1:{self._port}"
        self._config = directory / "mosquitto.conf"
        self._config.write_text(f"listener {self._port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n")
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
        assert program, "These tests need the broker mosquitto; on Debian: apt install mosquitto"
        quiet = asyncio.subprocess.DEVNULL
        self._process = await asyncio.create_subprocess_exec(
            program, "-c", str(self._config), stdout=quiet, stderr=quiet
        )
        async with asyncio.timeout(10):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self._port)
                except ConnectionError:
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    await writer.wait_closed()
                    return

    async def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        await self._process.wait()


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    server = Broker(tmp_path)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def alarmd(broker: Broker) -> AsyncIterator[Alarmd]:
    player = Alarmd()
    await player.start(broker.url)
    yield player
    await player.stop()
