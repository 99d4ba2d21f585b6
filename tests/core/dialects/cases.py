"""The messages of real buttons from `tests/data/devices`, and what is known of the gateways in them."""

import base64
import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from hypothesis import settings

from alarmd.core.dialects import ecosystems
from alarmd.core.dialects.device import Component, Reading
from alarmd.core.dialects.lines import lines
from alarmd.core.dialects.ready_made import READY_MADE
from alarmd.core.signal import Message

Case = dict[str, Any]
Expected = dict[str, Any]

FILES: Final = sorted((Path(__file__).parents[2] / "data" / "devices").glob("*.jsonl"))
CASES: Final[list[Case]] = [json.loads(line) for file in FILES for line in file.read_text("utf-8").splitlines()]
KNOWN: Final = {"shellyplugusg4-aabbccddeeff/bthomesensor:200": Component("11:22:33:44:55:66", 1)}
unhurried: Final = settings(deadline=None)  # the machine may have other work
START: Final = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)


def message(case: Case) -> Message:
    """The message of a case as it comes from the broker."""
    payload = base64.b64decode(case["payload_b64"]) if case["payload"] is None else case["payload"].encode()
    return Message(case["topic"], payload, case["retain"])


def readings(case: Case) -> tuple[Reading, ...]:
    """What its message says; none where no ecosystem has such a topic, or it cannot be understood."""
    decoded = ecosystems.decode(message(case), mappings=READY_MADE, known=KNOWN)
    return decoded if isinstance(decoded, tuple) else ()


def groups() -> dict[str, list[Case]]:
    """The cases of each story, in the order of their time."""
    found = defaultdict(list)
    for case in CASES:
        if "group" in case:
            found[case["group"]].append(case)
    return {name: sorted(story, key=lambda case: case.get("t_ms", 0)) for name, story in found.items()}


def heard_at(case: Case) -> datetime:
    """When its message came in."""
    return START + timedelta(milliseconds=case.get("t_ms", 0))


def told(topic: str, payload: Any, *, retain: bool = False) -> Expected:
    """The line for one message; what is no text is sent as JSON."""
    content = payload if isinstance(payload, str) else json.dumps(payload)
    return next(lines([Message(topic, content.encode(), retain)]))


def check(topic: str, payload: Any, expected: Expected) -> None:
    """Hold the line for one message against what is expected of it."""
    found = told(topic, payload)
    assert {name: found.get(name) for name in expected} == expected


def press(event: str | None, **others: Any) -> Expected:
    """What is expected of a press."""
    return {"kind": "press", "event": event, **others}
