"""What becomes of readings: whose presses they are, and that none is lost or doubled."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from alarmd.core import heard
from alarmd.core.dialects.device import Reading, State
from alarmd.core.dialects.repeats import Heard, Seen
from alarmd.core.judging import Case, Enrolled, rule

START = datetime(2026, 11, 23, 13, tzinfo=UTC)
PRESS = Reading("zigbee2mqtt", "Button", ("press",), "single")
RADIO = replace(PRESS, dialect="rtl_433", broadcast=True)


def case(reading: Reading, second: float = 0) -> Case:
    return Case(reading, START + timedelta(seconds=second))


def test_the_press_of_an_unknown_button_counts_unless_it_may_be_a_passer_bys() -> None:
    (known, passing), _ = rule([case(PRESS), case(replace(RADIO, button_id="key"))], {}, {})
    assert known.press
    assert known.press.button_id == "button"
    assert (passing.verdict, passing.press, passing.is_deed) == ("press", None, True)


def test_the_registry_says_what_an_event_means() -> None:
    registry = {"button": Enrolled("zigbee2mqtt", {"single": "test", "long": "nothing"})}
    long = replace(PRESS, event="long")
    (test, nothing), _ = rule([case(PRESS), case(long)], {}, registry)
    assert test.press
    assert test.press.kind == "test"
    assert (nothing.verdict, nothing.press, nothing.is_deed) == ("none", None, False)


def test_one_remote_may_be_heard_by_receivers_of_several_makes() -> None:
    (ruling,), _ = rule([case(RADIO)], {}, {"button": Enrolled("openmqttgateway")})
    assert ruling.press
    (ruling,), _ = rule([case(RADIO)], {}, {"button": Enrolled("zigbee2mqtt")})
    assert ruling.press is None


def test_a_device_of_another_ecosystem_has_a_name_of_its_own() -> None:
    (ruling,), _ = rule([case(PRESS)], {}, {"button": Enrolled("tasmota")})
    assert ruling.press
    assert ruling.press.button_id == "zigbee2mqtt:button"


def test_a_contact_that_opens_may_be_a_press_once_until_it_closes() -> None:
    """A profile may take the end of a state for the press: a loop that is cut."""
    registry = {"loop": Enrolled(None, {"off": "panic"})}
    cut = Reading("tasmota", "loop", ("ignore",), "off", state=State("", rides=True))
    whole = replace(cut, event="on", state=State("on", rides=True))
    seconds = [(whole, 0), (cut, 60), (cut, 360), (cut, 660), (whole, 700), (cut, 800)]
    rulings, _ = rule([case(*one) for one in seconds], {"loop": Seen()}, registry)
    assert [ruling.verdict for ruling in rulings] == ["none", "press", "restated", "restated", "none", "press"]


def test_all_messages_of_a_press_have_one_id_and_no_others_do() -> None:
    first = Heard(START, "single", None)
    assert heard.press_id("b", first) == heard.press_id("b", replace(first, by=frozenset({"x"})))
    others = [replace(first, at=START + timedelta(microseconds=1)), replace(first, event="long")]
    assert len({heard.press_id("b", first), heard.press_id("c", first), *(heard.press_id("b", o) for o in others)}) == 4


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.floats(0, 600)), max_size=30))
def test_however_messages_are_grouped_the_same_presses_come_of_them(told: list[tuple[str, float]]) -> None:
    cases = [case(replace(PRESS, button_id=name), second) for name, second in sorted(told, key=lambda one: one[1])]
    together, _ = rule(cases, {}, {})
    memory: dict[str, Seen] = {}
    apart = []
    for one in cases:
        rulings, memory = rule([one], memory, {})
        apart += rulings
    assert [ruling.press_id for ruling in together] == [ruling.press_id for ruling in apart]
    presses = [ruling.press_id for ruling in together if ruling.press]
    assert len(presses) == len(set(presses))
    assert {c.device_id for c, r in zip(cases, together, strict=True) if r.press} == {c.device_id for c in cases}
