"""The pages on bought buttons: their commands run as they are written, and their mappings mean what they say."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from paho.mqtt.client import topic_matches_sub

from alarmd.core.dialects import custom, ecosystems, native
from alarmd.core.dialects.ecosystems import ECOSYSTEMS, Choice
from alarmd.core.dialects.ready_made import READY_MADE
from alarmd.core.signal import Message
from simulators import mqtt_packets, mqtt_wire
from tests.core.dialects.cases import CASES, message

DOCS: Final = Path(__file__).parents[2] / "docs"
INDEX: Final = (DOCS / "buttons.md").read_text(encoding="utf-8")
PAGES: Final = {page.stem: page.read_text(encoding="utf-8") for page in sorted((DOCS / "buttons").glob("*.md"))}
SECTIONS: Final = ("What to buy", "The bridge", "alarmd", "Copies and states", "What cannot be done", "Try it")
SPARKPLUG: Final = [
    Message(f"spBv1.0/seoul/{word}/{rest}", b"\x08\x01")
    for word, rest in (("NBIRTH", "n"), ("NDEATH", "n"), ("DBIRTH", "n/d"), ("DDEATH", "n/d"), ("DDATA", "n/d"))
]
DEEDS: Final = [Message(f"homebuttons/s/button_2_{deed}", b"PRESS") for deed in ("double", "triple", "quad", "long")]


def blocks(text: str, info: str) -> list[str]:
    return re.findall(rf"^```{info}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def environment(broker: str) -> dict[str, str]:
    """That of a reader: the commands are on the path, as in an activated environment."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ALARMD_")}
    return clean | {"BROKER": broker, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


async def shell(command: str, broker: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        *("bash", "-c", f"exec {command}" if command.count("\n") == 1 else f"set -e\n{command}"),
        stdout=pipe,
        stderr=pipe,
        env=environment(broker),
    )


class Passing:
    """Counts what passes the broker."""

    def __init__(self) -> None:
        self.topics: list[str] = []
        self._came = asyncio.Event()

    def hear(self, heard: mqtt_packets.Message) -> None:
        self.topics.append(heard.topic)
        self._came.set()

    async def until(self, messages: int) -> None:
        async with asyncio.timeout(20):
            while len(self.topics) < messages:
                self._came.clear()
                await self._came.wait()


@pytest.fixture
async def passing(broker: str) -> AsyncIterator[Passing]:
    passing = Passing()
    connection = await mqtt_wire.connect(broker, "passing", ["#"], passing.hear, lambda _: None)
    yield passing
    await connection.close()


def filters(dialect: str) -> tuple[str, ...]:
    if dialect == "custom":
        return ecosystems.filters((), READY_MADE)
    return ecosystems.filters([Choice(ECOSYSTEMS[dialect], ECOSYSTEMS[dialect].prefixes)])


def sent(printed: str) -> tuple[int, int]:
    """How many messages simulators sent, and for how many presses."""
    summed = re.findall(r"  summary: .*, messages (\d+)$", printed, re.MULTILINE)
    return sum(map(int, summed)), printed.count("  pressed: ")


def test_there_is_a_page_for_every_dialect_and_the_index_names_it() -> None:
    assert set(PAGES) == {*ECOSYSTEMS, "custom"}
    for name, page in PAGES.items():
        assert f"(buttons/{name}.md)" in INDEX
        assert f"`{name}`" in INDEX
        assert f"ialect `{name}`" in page
        for section in SECTIONS:
            assert f"\n## {section}\n" in page, (name, section)
        assert f"ALARMD_DIALECTS=native,{name}" in page


def test_links_between_the_pages_lead_somewhere() -> None:
    for where, text in ((DOCS, INDEX), *((DOCS / "buttons", page) for page in PAGES.values())):
        for link in re.findall(r"\]\(([^)]+)\)", text):
            path, _, section = link.partition("#")
            target = (where / path) if path else None
            content = target.read_text(encoding="utf-8") if target else text
            headings = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in headings_of(content)}
            assert not section or section in headings, link


def headings_of(text: str) -> Iterator[str]:
    return (match[1] for match in re.finditer(r"^#+ (.+)$", text, re.MULTILINE))


@pytest.mark.parametrize("name", PAGES)
async def test_what_a_page_lets_one_try_shows_each_press_once(name: str, broker: str, passing: Passing) -> None:
    (watch,), (press,) = blocks(PAGES[name], "sh watch"), blocks(PAGES[name], "sh press")
    watching = await shell(watch, broker)
    assert watching.stderr is not None
    said = (await asyncio.wait_for(watching.stderr.readline(), 20)).decode()
    assert said.startswith("alarmd: listens to 127.0.0.1:"), said
    pressing = await shell(press, broker)
    printed, complaint = await pressing.communicate()
    assert pressing.returncode == 0, complaint.decode()
    messages, presses = sent(printed.decode())
    await passing.until(messages)
    expected = sum(any(topic_matches_sub(one, topic) for one in filters(name)) for topic in passing.topics)
    assert watching.stdout is not None
    async with asyncio.timeout(20):
        lines = [json.loads(await watching.stdout.readline()) for _ in range(expected)]
    watching.send_signal(signal.SIGINT)
    rest, _ = await watching.communicate()
    assert (watching.returncode, rest) == (0, b"")
    told = [line["would_be"] for line in lines if "would_be" in line]
    assert told.count("press") == presses > 0
    assert set(told) <= {"press", "repeat", "restated"}
    assert all(line["kind"] in {"press", "ignore"} for line in lines if "would_be" in line)


async def test_the_example_of_decode_says_what_the_page_says() -> None:
    (command,) = blocks(INDEX, "sh decode")
    process = await shell(command, "mqtt://nowhere")
    out, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()
    line = json.loads(out)
    assert (line["kind"], line["event"], line["battery_pct"]) == ("press", "emergency", 16)


def meaning(sent: Message, mappings: tuple[custom.Mapping, ...]) -> list[dict[str, Any]] | None:
    decoded = ecosystems.decode(sent, (), mappings)
    if not isinstance(decoded, tuple):
        return None
    names = ("button_id", "kinds", "event", "endpoint", "counter", "condition", "at", "retained")
    return [{name: getattr(reading, name) for name in names} for reading in decoded]


def test_the_mappings_of_the_page_mean_what_those_that_come_along_mean() -> None:
    documents = [one for block in blocks(PAGES["custom"], "json mappings") for one in json.loads(block)]
    written = tuple(custom.read(document) for document in documents)
    assert [one.name for one in written] == [one.name for one in READY_MADE]
    assert [one.filter() for one in written] == [one.filter() for one in READY_MADE]
    understood = 0
    for heard in (*map(message, CASES), *SPARKPLUG, *DEEDS):
        assert meaning(heard, written) == meaning(heard, READY_MADE)
        understood += meaning(heard, written) is not None
    assert understood >= 14 + len(SPARKPLUG) - 1 + len(DEEDS)


def test_the_example_of_a_mapping_reads_the_example_of_a_message() -> None:
    (block,) = blocks(PAGES["custom"], "json mapping")
    on_one_line = " ".join(PAGES["custom"].split())
    payload, topic = re.findall(r"With that mapping, `(\{.*?\})` on `([^`]+)`", on_one_line)[0]
    meant = meaning(Message(topic, payload.encode()), (custom.read(json.loads(block)),))
    assert meant is not None
    (told,) = meant
    assert (told["button_id"], told["event"], told["condition"].battery_pct) == ("seocho-3", "panic", 83)
    assert told["counter"].value == 65535


def test_the_pages_name_only_topics_that_are_listened_to() -> None:
    for name in ECOSYSTEMS:
        prefixes = re.search(rf"ALARMD_DIALECT_PREFIXES={name}=(\S+)", PAGES[name])
        assert prefixes, name
        assert set(prefixes[1].split(",")) >= set(ECOSYSTEMS[name].prefixes), name
    assert native.PREFIX == "alarmd/v1"
