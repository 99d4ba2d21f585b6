"""Buttons, against a real broker."""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulators.buttons import Button, Fleet

if TYPE_CHECKING:
    from tests.simulators.conftest import Alarmd, Broker


async def command(*arguments: str) -> tuple[int | None, list[dict[str, Any]]]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulators.buttons", "--json", *arguments), stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    return process.returncode, [json.loads(line) for line in printed.splitlines()]


async def test_a_press_reaches_alarmd_and_its_receipt_the_button(broker: "Broker", alarmd: "Alarmd") -> None:
    button = Button("Shop:1", broker.url)
    await button.start()
    at = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    press_id = await button.press("test", pressed_at=at, counter=7)
    receipt = await button.receipt(press_id, "recorded")
    await button.stop()
    assert receipt["alarm_id"] == "alarm-1"
    ((topic, payload),) = alarmd.presses
    assert topic == "alarmd/v1/buttons/Shop:1/press"
    assert json.loads(payload) == {
        "press_id": press_id,
        "pressed_at": "2026-11-23T12:00:00.000+00:00",
        "kind": "test",
        "counter": 7,
    }


async def test_a_press_without_receipt_is_sent_again_unchanged(broker: "Broker", alarmd: "Alarmd") -> None:
    alarmd.deaf_to = 2
    button = Button("b", broker.url, retry_after=0.05)
    await button.start()
    await button.receipt(await button.press(), "recorded")
    await asyncio.sleep(0.15)
    await button.stop()
    assert len(alarmd.presses) == 3
    assert len(set(alarmd.presses)) == 1


async def test_a_receipt_that_does_not_come_is_named(broker: "Broker", alarmd: "Alarmd") -> None:
    button = Button("b", broker.url)
    await button.start()
    press_id = await button.press()
    with pytest.raises(AssertionError, match=f"expected 'delivered' for press {press_id}"):
        await button.receipt(press_id, "delivered", within=0.05)
    await button.stop()


async def test_raw_bytes_go_out_as_they_are(broker: "Broker", alarmd: "Alarmd") -> None:
    alarmd.deaf_to = 1
    button = Button("b", broker.url)
    await button.start()
    await button.send_raw("press", b"\xff\x00", retain=True)
    await button.stop()
    assert alarmd.presses == [("alarmd/v1/buttons/b/press", b"\xff\x00")]


async def test_a_button_outlives_its_broker(broker: "Broker") -> None:
    button = Button("b", broker.url)
    await button.start()
    await broker.stop()
    pressing = asyncio.create_task(button.press())
    await broker.start()
    async with asyncio.timeout(10):
        await pressing
    await button.stop()


async def test_a_broker_that_is_not_there_is_named(broker: "Broker") -> None:
    await broker.stop()
    with pytest.raises(ConnectionError, match=r"No connection to the broker at 127\.0\.0\.1:\d+"):
        await Button("b", broker.url).start()
    await broker.start()


async def test_a_url_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no broker's URL"):
        await Button("b", "localhost:1883").start()


async def test_a_fleet_presses_every_button_before_any_again(broker: "Broker", alarmd: "Alarmd") -> None:
    fleet = Fleet(broker.url, ["a", "b", "c"], connections=2)
    await fleet.start()
    await fleet.press(rate=1000, presses=6)
    assert await fleet.all_recorded(within=10)
    await fleet.stop()
    topics = [topic for topic, _ in alarmd.presses]
    assert sorted(topics) == sorted(f"alarmd/v1/buttons/{button}/press" for button in "aabbcc")
    assert len(set(topics[:3])) == 3


@pytest.mark.parametrize("connections", ["64", "656"])
async def test_a_storm_of_656_is_wholly_recorded(broker: "Broker", alarmd: "Alarmd", connections: str) -> None:
    alarmd.states = ["recorded", "delivered"]
    code, events = await command("--broker", broker.url, "--storm", "--connections", connections)
    assert code == 0
    summary = events[-1]
    assert summary.items() >= {"pressed": 656, "puback": 656, "recorded": 656, "unrecorded": 0}.items()
    assert len({topic for topic, _ in alarmd.presses}) == 656
    assert {event["event"] for event in events} >= {"ready", "pressed", "puback", "recorded", "summary"}


async def test_duplicates_are_the_same_press_sent_twice(broker: "Broker", alarmd: "Alarmd") -> None:
    code, events = await command("--broker", broker.url, "--storm", "--count", "20", "--duplicates", "1")
    assert code == 0
    assert (events[-1]["pressed"], events[-1]["resent"]) == (20, 20)
    assert (len(alarmd.presses), len(set(alarmd.presses))) == (40, 20)


async def test_presses_that_nobody_records_end_with_1(broker: "Broker", alarmd: "Alarmd") -> None:
    alarmd.states = []
    arguments = ("--storm", "--count", "2", "--retry-after", "0.1", "--give-up-after", "0.3")
    code, events = await command("--broker", broker.url, *arguments)
    assert (code, events[-1]["unrecorded"]) == (1, 2)
    assert events[-1]["resent"] >= 2


@pytest.mark.parametrize(
    "text",
    ["button_id\nx-1\nx-2\n", "name,button_id\nCU,x-1\nGS25,x-2\n", "x-1\nx-2\n", '"x-1"\n{"button_id": "x-2"}\n'],
)
async def test_buttons_are_read_from_a_file(broker: "Broker", alarmd: "Alarmd", tmp_path: Path, text: str) -> None:
    file = tmp_path / "buttons"
    file.write_text(text)
    code, _ = await command("--broker", broker.url, "--storm", "--buttons", str(file))
    assert code == 0
    assert sorted(topic.split("/")[3] for topic, _ in alarmd.presses) == ["x-1", "x-2"]


async def test_heartbeats_go_out_without_presses(broker: "Broker", alarmd: "Alarmd") -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulators.buttons", "--broker", broker.url, "--count", "2"),
        *("--rate", "0", "--heartbeat", "0.05"),
        stdout=asyncio.subprocess.DEVNULL,
    )
    async with asyncio.timeout(10):
        while len(alarmd.presses) < 4:
            await alarmd.heard()
    process.terminate()
    assert await process.wait() == 0
    assert {topic.rsplit("/", 1)[1] for topic, _ in alarmd.presses} == {"heartbeat"}
