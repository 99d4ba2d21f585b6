"""The demo: what a stranger runs first."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from alarmd.demo.journey import Journeys
from alarmd.demo.stage import BOUGHT, BOUGHT_EACH
from simulators.buttons import ECOSYSTEMS


async def started(directory: Path, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "alarmd", "demo", "--data-dir", str(directory), "--port", "0", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=directory,
    )


def left_behind(directory: Path) -> list[str]:
    """Processes whose command line or environment names the directory."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if str(directory).encode() in told:
            found.append((process / "cmdline").read_text(errors="replace").replace("\x00", " "))
    return found


@pytest.mark.parametrize(("arguments", "sent"), [(("--presses", "30"), 30), (("--storm",), 656)])
async def test_it_ends_with_a_summary_in_which_nothing_is_lost(
    tmp_path: Path, arguments: tuple[str, ...], sent: int
) -> None:
    process = await started(tmp_path, *arguments)
    out, _ = await process.communicate()
    last = out.decode().splitlines()[-1]
    assert last.startswith(f"sent {sent}, recorded {sent}, delivered {sent}, lost 0, duplicated 0, press to police p50")
    assert process.returncode == 0
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_stops_when_told_and_leaves_no_process_behind(tmp_path: Path, number: signal.Signals) -> None:
    process = await started(tmp_path)
    assert process.stdout is not None
    said = ""
    while "acknowledged" not in said:
        said = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
    process.send_signal(number)
    await process.communicate()
    assert process.returncode == 0
    assert left_behind(tmp_path) == []


async def test_buttons_of_other_makers_are_pressed_beside_the_native_ones(tmp_path: Path) -> None:
    process = await started(tmp_path)
    assert process.stdout is not None
    numbers = range(1, BOUGHT_EACH + 1)
    dialects = {ECOSYSTEMS[one].model(number).button_id(number): one for one in BOUGHT for number in numbers}
    told: set[str] = set()
    while len(told) <= len(BOUGHT):
        said = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
        if "at the police" in said:
            told.add(dialects.get(said.split()[0], "native"))
    process.send_signal(signal.SIGINT)
    await process.communicate()
    assert process.returncode == 0
    assert left_behind(tmp_path) == []


async def test_its_death_takes_everything_along(tmp_path: Path) -> None:
    process = await started(tmp_path)
    assert process.stdout is not None
    while "at the police" not in (await asyncio.wait_for(process.stdout.readline(), 60)).decode():
        assert process.returncode is None
    os.kill(process.pid, signal.SIGKILL)
    await process.communicate()
    async with asyncio.timeout(60):
        while left_behind(tmp_path):
            await asyncio.sleep(0.2)


async def test_a_taken_port_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = str(taken.sockets[0].getsockname()[1])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "alarmd", "demo", "--data-dir", str(tmp_path), "--port", port, "--presses", "1"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, complaint = await process.communicate()
    assert process.returncode == 1
    assert (
        complaint.decode() == f"alarmd: port {port} of 127.0.0.1: Address already in use; --port 0 picks a free one\n"
    )
    taken.close()
    await taken.wait_closed()


def test_what_a_bought_button_pressed_is_known_from_the_police_alone() -> None:
    """Whether the police or the simulator speaks first."""
    pressed = {"event": "pressed", "dialect": "shelly1", "button_id": "Button-A", "press": 1, "messages": 5, "at": 1.0}
    told = {"valid": True, "status": 204, "type": "alarm.opened", "store_name": "s", "district": "d", "at": 1.2}
    told |= {"alarm_id": "alarm-a", "button_id": "button-a"}
    acknowledged = {"acknowledged": "alarm-a", "reference": "r", "status": 200, "at": 3.0}
    for police_first in (False, True):
        journeys = Journeys()
        if police_first:
            assert list(journeys.police_says(told)) == []
        journey = journeys.button_says(pressed)
        assert journey is not None
        if not police_first:
            assert list(journeys.police_says(told)) == [journey]
        assert (journey.at_police_at, journey.store, journey.recorded_at) == (1.2, "s", None)
        assert list(journeys.police_says(acknowledged)) == [journey]
        assert journey.acknowledged_at == 3.0


def test_the_summary_counts_what_the_police_did_not_get_and_what_they_got_twice() -> None:
    """The count is proven on histories with faults in them."""
    journeys = Journeys()
    for press_id in ("a", "b", "c"):
        journeys.button_says({"event": "pressed", "button_id": press_id, "press_id": press_id, "at": 1.0})
    for press_id in ("a", "b"):
        journeys.button_says({"event": "recorded", "press_id": press_id, "alarm_id": f"alarm-{press_id}", "at": 1.1})
    told = {"valid": True, "status": 204, "type": "alarm.opened", "store_name": "s", "district": "d", "at": 1.2}
    told["button_id"] = "a"
    for alarm_id in ("alarm-a", "alarm-a", "alarm-of-yesterday"):
        list(journeys.police_says({**told, "alarm_id": alarm_id}))
    list(journeys.police_says({**told, "alarm_id": "alarm-b", "status": 500}))
    summary = journeys.summary()
    assert (summary.sent, summary.recorded, summary.delivered) == (3, 2, 1)
    assert (summary.lost, summary.duplicated) == (2, 1)
    assert not journeys.complete(3)
