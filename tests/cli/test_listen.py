"""`alarmd listen`, as a person runs it beside a real broker."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from simulators.buttons import ECOSYSTEMS, Bridge, Button, Gateway

PRESS = b'{"press_id": "p-1"}'
KEYPAD = "zigbee2mqtt/keypad"


class Listening:
    """A running `alarmd listen`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def next(self, lines: int = 1) -> list[dict[str, Any]]:
        assert self.process.stdout is not None
        async with asyncio.timeout(20):
            return [json.loads(await self.process.stdout.readline()) for _ in range(lines)]

    async def interrupt(self, number: signal.Signals = signal.SIGINT) -> tuple[int | None, bytes]:
        """Ctrl-C; its exit code, and what it had still to say."""
        self.process.send_signal(number)
        rest, _ = await self.process.communicate()
        return self.process.returncode, rest


async def started(*arguments: str, **settings: str) -> asyncio.subprocess.Process:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ALARMD_")}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "alarmd", "listen", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**clean, **{f"ALARMD_{name.upper()}": value for name, value in settings.items()}},
    )


@asynccontextmanager
async def listening(*arguments: str, **settings: str) -> AsyncIterator[Listening]:
    process = await started("--dry-run", *arguments, **settings)
    assert process.stderr is not None
    said = (await asyncio.wait_for(process.stderr.readline(), 20)).decode()
    assert said.startswith("alarmd: listens to 127.0.0.1:"), said
    yield Listening(process)
    if process.returncode is None:
        process.kill()
        await process.communicate()


async def ended(*arguments: str, **settings: str) -> tuple[int | None, str]:
    process = await started(*arguments, **settings)
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert out == b""
    return process.returncode, err.decode()


@pytest.fixture
async def gateway(broker: str) -> AsyncIterator[Gateway]:
    """Publishes in order, as somebody else than alarmd."""
    gateway = Gateway(broker)
    await gateway.start()
    yield gateway
    await gateway.stop()


async def test_a_press_of_many_messages_would_be_one_press(broker: str) -> None:
    async with listening("--url", broker) as alarmd:
        bridge = Bridge(broker, ECOSYSTEMS["zigbee2mqtt"], 2, speed=100)
        await bridge.start()
        bridge.press(2)
        await bridge.all_taken()
        lines = await alarmd.next(15)
        await bridge.stop()
    pressed = [line for line in lines if "would_be" in line]
    assert [line["would_be"] for line in pressed] == ["press", *["repeat"] * 7]
    assert {(line["kind"], line["event"], line["dialect"]) for line in pressed} == {
        ("press", "emergency", "zigbee2mqtt")
    }
    assert {line["kind"] for line in lines} == {"press", "ignore", "heartbeat"}


async def test_native_presses_are_told_by_their_ids(broker: str, gateway: Gateway) -> None:
    async with listening("--url", broker) as alarmd:
        button = Button("B-1", gateway)
        button.send_without_retry(PRESS)
        button.send_without_retry(PRESS)
        button.send_without_retry(b'{"press_id": "p-2"}')
        button.send_without_retry(b"nonsense")
        button.heartbeat(battery_pct=50)
        lines = await alarmd.next(5)
        code, rest = await alarmd.interrupt()
    assert [line.get("would_be") for line in lines] == ["press", "repeat", "press", "quarantine", None]
    assert [line["kind"] for line in lines] == ["press", "press", "press", "ignore", "battery"]
    assert lines[3]["reason"] == "not_json"
    assert (code, rest) == (0, b"")


async def test_pins_and_codes_are_not_shown(broker: str, gateway: Gateway) -> None:
    async with listening("--url", broker) as alarmd:
        gateway.publish(KEYPAD, b'{"action": "disarm", "action_code": "2468", "battery": 90}')
        gateway.publish(f"{KEYPAD}/action_code", b"2468")
        gateway.publish("rtl_433/h/devices/SimpliSafe-Keypad/1JZAG/extradata", b"Disarm Pin 2468")
        lines = await alarmd.next(3)
    assert "2468" not in json.dumps(lines)
    assert json.loads(lines[0]["payload"])["action_code"] == "***"


async def test_long_payloads_are_cut_and_bytes_that_are_no_text_are_shown_as_such(
    broker: str, gateway: Gateway
) -> None:
    async with listening("--url", broker) as alarmd:
        gateway.publish(KEYPAD, json.dumps({"action": "panic", "note": "x" * 5000}).encode())
        gateway.publish(KEYPAD, b"\xff\xfe{")
        first, second = await alarmd.next(2)
    assert (first["would_be"], len(first["payload"])) == ("press", 503)
    assert second["payload"] == "\ufffd\ufffd{"


async def test_only_the_dialects_asked_for_are_listened_to(broker: str, gateway: Gateway) -> None:
    async with listening("--url", broker, "--dialect", "tasmota", "--dialect", "custom") as alarmd:
        gateway.publish(KEYPAD, b'{"action": "panic"}')
        gateway.publish("alarmd/v1/buttons/b/press", PRESS)
        gateway.publish("stat/t/RESULT", b'{"Button1": {"Action": "SINGLE"}}')
        gateway.publish("homie/5/d/n/button", b"pressed")
        lines = await alarmd.next(2)
    assert [(line["dialect"], line["would_be"]) for line in lines] == [("tasmota", "press"), ("custom", "press")]


async def test_it_listens_to_the_brokers_of_the_settings_and_needs_no_database(broker: str, gateway: Gateway) -> None:
    async with listening(mqtt_urls=broker) as alarmd:
        gateway.publish(KEYPAD, b'{"action": "panic"}', retain=True)
        (line,) = await alarmd.next()
    assert (line["topic"], line["would_be"]) == (KEYPAD, "press")
    async with listening(mqtt_urls=broker) as alarmd:
        (line,) = await alarmd.next()
    assert (line["would_be"], line["kind"], line["retained"]) == ("stale", "ignore", True)


async def test_a_contact_that_is_told_again_when_its_node_comes_back_would_be_no_press(
    broker: str, gateway: Gateway
) -> None:
    contact, status = "store-1/binary_sensor/panic/state", "store-1/status"
    async with listening("--url", broker) as alarmd:
        for topic, payload in ((contact, b"ON"), (status, b"offline"), (status, b"online"), (contact, b"ON")):
            gateway.publish(topic, payload)
        lines = await alarmd.next(4)
    assert [line.get("would_be") for line in lines] == ["press", None, None, "restated"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_ends_with_0_when_told(broker: str, number: signal.Signals) -> None:
    async with listening("--url", broker) as alarmd:
        assert await alarmd.interrupt(number) == (0, b"")


async def test_it_leaves_the_service_its_session(broker: str) -> None:
    """Two look on at once, and neither throws the other out."""
    async with listening("--url", broker) as one, listening("--url", broker) as other:
        gateway = Gateway(broker)
        await gateway.start()
        gateway.publish(KEYPAD, b'{"action": "panic"}')
        assert await one.next() == await other.next()
        await gateway.stop()


async def test_a_broker_that_is_away_is_one_line() -> None:
    code, said = await ended("--dry-run", "--url", "mqtt://alarmd:s3cret@127.0.0.1:1")
    assert code == 1
    assert said.startswith("alarmd: broker 127.0.0.1:1: ")
    assert said.count("\n") == 1
    assert "s3cret" not in said


async def test_a_broker_that_refuses_is_one_line(broker: str) -> None:
    code, said = await ended("--dry-run", "--url", f"mqtt://alarmd:wrong@{broker.rpartition('@')[2]}")
    assert code == 1
    assert said.startswith("alarmd: broker 127.0.0.1:")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "alarmd: listen has dry runs alone: give --dry-run; what records is alarmd serve\n"),
        (("--dry-run",), "alarmd: no broker: set ALARMD_MQTT_URLS, or give --url mqtt://user:password@host:port\n"),
        (("--dry-run", "--url", "http://x"), "alarmd: --url: each must be mqtt://[user:password@]host[:port]"),
        (
            ("--dry-run", "--url", "mqtt://x", "--dialect", "klingon"),
            "alarmd: --dialect klingon: there is none of that",
        ),
    ],
)
async def test_what_is_wrong_is_one_line_that_says_how_to_mend_it(
    arguments: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    code, said = await ended(*arguments)
    assert code == 1
    assert said.startswith(says)
    assert said.count("\n") == 1


async def test_topics_may_begin_as_the_settings_say(broker: str, gateway: Gateway) -> None:
    async with listening("--url", broker, dialect_prefixes="zigbee2mqtt=shop/z2m") as alarmd:
        gateway.publish("zigbee2mqtt/sos", b'{"action": "panic"}')
        gateway.publish("shop/z2m/sos", b'{"action": "panic"}')
        (line,) = await alarmd.next()
    assert (line["topic"], line["button_id"], line["would_be"]) == ("shop/z2m/sos", "sos", "press")
