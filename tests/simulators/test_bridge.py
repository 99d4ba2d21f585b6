"""Bought buttons behind their bridge, as a process, against a real broker."""

import asyncio
import json
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from simulators import mqtt_packets, mqtt_wire
from simulators.buttons import ECOSYSTEMS

if TYPE_CHECKING:
    from tests.simulators.conftest import Broker

SOS = "zigbee2mqtt/0xa4c138ff00000001"
STATE = "zigbee2mqtt/bridge/state"


class Subscriber:
    """Hears everything that passes the broker."""

    def __init__(self) -> None:
        self.heard: list[mqtt_packets.Message] = []
        self._came = asyncio.Event()

    async def start(self, broker: str) -> None:
        def hear(message: mqtt_packets.Message) -> None:
            self.heard.append(message)
            self._came.set()

        self._connection = await mqtt_wire.connect(broker, "subscriber", ["#"], hear, lambda _: None)

    async def until(self, messages: int) -> None:
        async with asyncio.timeout(10):
            while len(self.heard) < messages:
                self._came.clear()
                await self._came.wait()

    async def stop(self) -> None:
        await self._connection.close()

    def on(self, topic: str) -> list[str]:
        return [message.payload.decode() for message in self.heard if message.topic == topic]


async def simulate(broker: "Broker", dialect: str, *arguments: str) -> tuple[int | None, list[dict[str, Any]], str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulators.buttons", "--json", "--broker", broker.url, "--dialect", dialect),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, complaint = await process.communicate()
    return process.returncode, [json.loads(line) for line in printed.splitlines()], complaint.decode()


@pytest.mark.parametrize("dialect", ECOSYSTEMS)
async def test_every_message_of_every_dialect_arrives(broker: "Broker", dialect: str) -> None:
    subscriber = Subscriber()
    await subscriber.start(broker.url)
    code, events, _ = await simulate(broker, dialect, *("--count", "6", "--storm", "--speed", "1000"))
    await subscriber.until(events[-1]["messages"])
    await subscriber.stop()
    assert code == 0
    assert [event["event"] for event in events] == ["ready", *["pressed"] * 6, "summary"]
    assert events[-1]["messages"] == len(subscriber.heard)


async def test_a_press_comes_with_its_echo_and_its_trigger_in_order(broker: "Broker") -> None:
    subscriber = Subscriber()
    await subscriber.start(broker.url)
    await simulate(broker, "zigbee2mqtt", *("--count", "1", "--presses", "2", "--rate", "10"))
    await subscriber.until(9)
    await subscriber.stop()
    assert [json.loads(payload)["action"] for payload in subscriber.on(SOS)] == ["emergency", ""] * 2
    assert subscriber.on(f"{SOS}/action") == ["emergency"] * 2


async def test_quality_of_service_is_that_of_the_bridge(broker: "Broker") -> None:
    """The subscriber gets at most what it asked for, 1, and never more than the bridge gave."""
    subscriber = Subscriber()
    await subscriber.start(broker.url)
    await simulate(broker, "homie", *("--count", "1", "--presses", "1", "--speed", "100"))
    await subscriber.until(4)
    await subscriber.stop()
    with_id = Counter((message.topic, message.packet_id > 0) for message in subscriber.heard)
    state, press = "homie/5/store-0001/$state", "homie/5/store-0001/panic/button"
    assert with_id == {(state, True): 3, (press, False): 1}


async def test_what_is_kept_is_there_for_those_who_come_later(broker: "Broker") -> None:
    await simulate(broker, "zigbee2mqtt", *("--count", "1", "--presses", "1"))
    subscriber = Subscriber()
    await subscriber.start(broker.url)
    await subscriber.until(2)
    await subscriber.stop()
    assert {message.topic for message in subscriber.heard} == {STATE, f"{SOS}/availability"}


@pytest.mark.parametrize("ending", [(), ("--drop",)])
async def test_a_bridge_that_ends_is_offline_by_its_word_or_by_its_will(
    broker: "Broker", ending: tuple[str, ...]
) -> None:
    subscriber = Subscriber()
    await subscriber.start(broker.url)
    await simulate(broker, "zigbee2mqtt", *("--count", "1", "--presses", "1", *ending))
    await subscriber.until(6)
    await subscriber.stop()
    assert [json.loads(payload)["state"] for payload in subscriber.on(STATE)] == ["online", "offline"]


async def test_reports_come_without_presses(broker: "Broker") -> None:
    subscriber = Subscriber()
    await subscriber.start(broker.url)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulators.buttons", "--broker", broker.url, "--dialect", "deconz"),
        *("--count", "2", "--rate", "0", "--heartbeat", "0.05"),
        stdout=asyncio.subprocess.DEVNULL,
    )
    await subscriber.until(4)
    process.terminate()
    assert await process.wait() == 0
    await subscriber.stop()
    assert all("config" in json.loads(message.payload) for message in subscriber.heard)


@pytest.mark.parametrize(
    ("dialect", "arguments", "says"),
    [
        ("deconz", ("--kind", "test"), "--kind says nothing to buttons of the dialect deconz"),
        ("deconz", ("--retry-after", "3"), "--retry-after says nothing to buttons of the dialect deconz"),
        ("native", ("--speed", "3"), "--speed says nothing to buttons of the dialect native"),
        ("klingon", (), "klingon"),
    ],
)
async def test_an_option_that_does_not_fit_is_refused(
    broker: "Broker", dialect: str, arguments: tuple[str, ...], says: str
) -> None:
    code, _, complaint = await simulate(broker, dialect, *arguments)
    assert code == 2
    assert says in " ".join(complaint.replace("│", " ").split())
