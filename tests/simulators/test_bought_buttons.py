"""What simulated bridges send is what alarmd reads: one press is one press, and health is health."""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from alarmd.core.dialects import ecosystems
from alarmd.core.dialects.device import Reading
from alarmd.core.dialects.ready_made import READY_MADE
from alarmd.core.dialects.repeats import Seen, Verdict, judge
from alarmd.core.signal import Message
from simulators.buttons import ECOSYSTEMS
from simulators.buttons.dialects.ecosystem import Ecosystem, Model, Moment, Sent

START = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
PRESSES = 300  # more than an 8-bit counter has values
HEALTH = {"battery", "heartbeat"}

MODELS = [
    pytest.param(ecosystem, number, id=f"{ecosystem.name}-{model.name}")
    for ecosystem in ECOSYSTEMS.values()
    for number, model in enumerate(ecosystem.models, 1)
]


class Listener:
    """Decodes and judges what comes, as alarmd does."""

    def __init__(self) -> None:
        self.verdicts: dict[str, list[Verdict]] = defaultdict(list)
        self._seen: dict[str, Seen] = {}

    def hear(self, message: Sent, at: datetime, *, retain: bool = False) -> tuple[Reading, ...]:
        heard = Message(message.topic, message.payload.encode(), retain)
        decoded = ecosystems.decode(heard, mappings=READY_MADE)
        assert isinstance(decoded, tuple), (message, decoded)
        for reading in decoded:
            key = reading.button_id or ""
            judgement = judge(self._seen.get(key, Seen()), reading, at)
            self._seen[key] = judgement.seen
            if judgement.verdict != "none":
                self.verdicts[key].append(judgement.verdict)
        return decoded


def moment(at: datetime, press: int, frame: int) -> Moment:
    return Moment(at.timestamp(), press, frame, 87, random.Random(frame))


def in_time(messages: Iterable[Sent]) -> Iterator[Sent]:
    return iter(sorted(messages, key=lambda message: message.after_s))


def live(model: Model, number: int, presses: int) -> Iterator[tuple[datetime, Sent, bool]]:
    """A button's life: a report, then every hour a press and half an hour later a report; with whether it is one."""
    for deed in range(2 * presses + 1):
        at, press, is_report = START + deed * HOUR / 2, (deed + 1) // 2, deed % 2 == 0
        do = model.report if is_report else model.press
        for message in in_time(do(number, moment(at, press, deed))):
            yield at + timedelta(seconds=message.after_s), message, is_report


@pytest.mark.parametrize(("ecosystem", "number"), MODELS)
def test_each_press_is_one_press_of_its_button(ecosystem: Ecosystem, number: int) -> None:
    model, alarmd = ecosystem.model(number), Listener()
    for at, message, _ in live(model, number, PRESSES):
        alarmd.hear(message, at)
    assert list(alarmd.verdicts) == [model.button_id(number)]
    assert alarmd.verdicts[model.button_id(number)].count("press") == PRESSES


@pytest.mark.parametrize(("ecosystem", "number"), MODELS)
def test_a_report_says_that_the_button_lives_and_opens_nothing(ecosystem: Ecosystem, number: int) -> None:
    model, alarmd = ecosystem.model(number), Listener()
    told: set[str] = set()
    for at, message, is_report in live(model, number, 2):
        before = len(alarmd.verdicts[model.button_id(number)])
        readings = alarmd.hear(message, at)
        if is_report:
            told |= {kind for reading in readings for kind in reading.kinds}
            assert "press" not in alarmd.verdicts[model.button_id(number)][before:]
    says_nothing = not list(model.report(number, moment(START, 1, 1)))
    assert says_nothing or told & HEALTH


@pytest.mark.parametrize("ecosystem", ECOSYSTEMS.values(), ids=lambda one: one.name)
def test_what_the_broker_kept_of_a_life_opens_nothing(ecosystem: Ecosystem) -> None:
    """A listener who comes later hears the last retained message of each topic."""
    kept: dict[str, Sent] = {}
    for number, model in enumerate(ecosystem.models, 1):
        appearing = [*ecosystem.birth, *model.appear(number, moment(START, 0, 0))]
        for message in (*appearing, *(message for _, message, _ in live(model, number, 2))):
            if message.retain:
                kept[message.topic] = message
    alarmd = Listener()
    for message in kept.values():
        alarmd.hear(message, START + 9 * HOUR, retain=True)
    assert {verdict for verdicts in alarmd.verdicts.values() for verdict in verdicts} <= {"stale"}


@pytest.mark.parametrize("ecosystem", ECOSYSTEMS.values(), ids=lambda one: one.name)
def test_a_bridge_comes_and_goes(ecosystem: Ecosystem) -> None:
    alarmd = Listener()
    for message in ecosystem.birth:
        assert {reading.kind for reading in alarmd.hear(message, START)} == {"heartbeat"}
    if ecosystem.will is not None:
        assert {reading.kind for reading in alarmd.hear(ecosystem.will, START)} == {"offline"}
    assert not alarmd.verdicts


def test_the_patterns_are_those_that_were_seen() -> None:
    """Copies, echoes and retransmissions of the cases in `tests/data/devices`, by their offsets in milliseconds."""

    def offsets(name: str, number: int, press: int = 1) -> list[int]:
        model = ECOSYSTEMS[name].model(number)
        return [round(message.after_s * 1000) for message in in_time(model.press(number, moment(START, press, press)))]

    assert offsets("zigbee2mqtt", 1) == [0, 1, 2]
    assert offsets("zigbee2mqtt", 2)[::3] == [0, 8011, 16027, 26116]
    assert offsets("zigbee2mqtt", 3) == [0, 5, 6, 2000, 2005, 2006, 5000, 5005, 5006]
    assert offsets("deconz", 1) == [0, 8011, 16027, 26116]
    assert offsets("chirpstack", 1) == [0, 48000]
    assert offsets("rtl_433", 1)[-1] == 1347
    assert len(offsets("rtl_433", 1)) == 8
    assert offsets("shelly", 1) == [0, 180, 480]
