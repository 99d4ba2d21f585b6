"""When an event is a new press, and when the same one again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarmd.core.dialects.device import Bits, Counter, Reading, State
from alarmd.core.dialects.repeats import REPEAT_WINDOW, Seen, Verdict, judge
from tests.core.dialects.cases import START, unhurried

PRESS = Reading("zigbee2mqtt", "b", ("press",), event="single")
QUIET = Reading("zigbee2mqtt", "b", ("battery",))

seconds = st.floats(0, 29.9)
pauses = st.floats(30.1, 7200)


def verdicts(*heard: tuple[float, Reading]) -> list[Verdict]:
    seen, found = Seen(), list[Verdict]()
    for second, reading in heard:
        judgement = judge(seen, reading, START + timedelta(seconds=second))
        seen = judgement.seen
        found.append(judgement.verdict)
    return found


def counted(value: int, bits: Bits = 32, session: str | None = "a") -> Reading:
    return replace(PRESS, counter=Counter(value, bits, session))


def state(value: str, *, rides: bool = True) -> Reading:
    told = State(value, rides)
    return replace(PRESS if value else QUIET, event=value or None, state=told)


@unhurried
@given(st.lists(seconds, min_size=1, max_size=20))
def test_messages_within_half_a_minute_of_the_first_are_one_press(offsets: list[float]) -> None:
    told = verdicts(*((0, PRESS), *((offset, PRESS) for offset in sorted(offsets))))
    assert told == ["press", *["repeat"] * len(offsets)]


@unhurried
@given(st.lists(pauses, min_size=1, max_size=10))
def test_presses_further_apart_are_all_presses(apart: list[float]) -> None:
    at, heard = 0.0, [(0.0, PRESS)]
    for pause in apart:
        at += pause
        heard.append((at, PRESS))
    assert verdicts(*heard) == ["press"] * len(heard)


@unhurried
@given(st.lists(st.floats(0, 3600), min_size=1, max_size=40))
def test_somebody_who_goes_on_pressing_is_heard_again_within_the_window(offsets: list[float]) -> None:
    """However often it comes, each press is no more than the window behind the last that counted."""
    seen, last = Seen(), None
    for offset in sorted(offsets):
        at = START + timedelta(seconds=offset)
        judgement = judge(seen, PRESS, at)
        seen = judgement.seen
        assert judgement.first is not None
        assert at - judgement.first <= REPEAT_WINDOW
        last = judgement.first
    assert last is not None


@unhurried
@given(st.floats(-29.9, 29.9))
def test_a_copy_that_another_broker_was_quicker_with_is_the_same_press(earlier: float) -> None:
    assert verdicts((0, PRESS), (earlier, PRESS)) == ["press", "repeat"]


def test_another_event_or_another_button_of_the_device_is_another_press() -> None:
    left, right = replace(PRESS, endpoint="left"), replace(PRESS, endpoint="right")
    assert verdicts((0, left), (1, right), (2, replace(left, event="long"))) == ["press", "press", "press"]


@unhurried
@given(st.lists(st.integers(0, 2**16 - 1), min_size=1, max_size=8, unique=True), st.floats(0, 3))
def test_every_count_is_a_press_of_its_own_however_quick(counts: list[int], pause: float) -> None:
    heard = [(place * pause, counted(count, 16)) for place, count in enumerate(counts)]
    assert verdicts(*heard) == ["press"] * len(counts)
    assert verdicts(*heard, *heard)[len(counts) :] == ["repeat"] * len(counts)


@unhurried
@given(st.sampled_from([8, 16]), st.integers(1, 200))
def test_a_counter_that_begins_anew_swallows_nothing(bits: Bits, presses: int) -> None:
    counts = [(2**bits - 3 + number) % 2**bits for number in range(presses)]
    heard = [(number * 2.0, counted(count, bits, None)) for number, count in enumerate(counts)]
    assert verdicts(*heard) == ["press"] * presses


def test_the_same_frame_again_after_48_seconds_is_the_same_press() -> None:
    assert verdicts((0, counted(41)), (48, counted(41))) == ["press", "repeat"]


def test_two_keys_of_one_advertisement_are_two_presses() -> None:
    left, right = (replace(counted(7, 8), endpoint=place) for place in ("1", "3"))
    assert verdicts((0, left), (0, right), (1, left), (1, right)) == ["press", "press", "repeat", "repeat"]


def test_an_old_frame_that_comes_late_is_no_new_press() -> None:
    assert verdicts((0, counted(41)), (20, counted(42)), (48, counted(41))) == ["press", "press", "repeat"]


@pytest.mark.parametrize("sign", [replace(QUIET, restarts=True), None], ids=["it said so", "another address"])
def test_after_joining_anew_the_same_count_is_a_new_press(sign: Reading | None) -> None:
    again = counted(1, session="a" if sign else "b")
    heard = [(0.0, counted(1)), *([(5.0, sign)] if sign else []), (10.0, again)]
    assert verdicts(*heard)[-1] == "press"


def test_a_small_counter_that_comes_round_is_a_new_press() -> None:
    assert verdicts((0, counted(34, 8, None)), (3600, counted(34, 8, None))) == ["press", "press"]


def test_a_copy_without_the_count_is_the_same_press() -> None:
    assert verdicts((0, counted(7)), (1, PRESS), (2, counted(7))) == ["press", "repeat", "repeat"]


@unhurried
@given(st.lists(st.floats(1, 86400), max_size=10))
def test_a_state_that_rides_along_is_one_press_until_it_ends(offsets: list[float]) -> None:
    heard = [(offset, state("sos")) for offset in sorted(offsets)]
    assert verdicts((0, state("sos")), *heard)[1:] == ["restated"] * len(offsets)
    end = 2 * 86400.0
    assert verdicts((0, state("sos")), *heard, (end, state("")), (end + 60, state("sos")))[-2:] == ["none", "press"]


def test_a_counted_state_is_new_with_each_count_alone() -> None:
    """A Gen1 Shelly publishes its last event again and again, for days."""
    first, second = state("single:2"), state("single:3")
    first, second = (replace(one, counter=Counter(count, 16)) for one, count in ((first, 2), (second, 3)))
    assert verdicts((0, first), (30, first), (86400, first), (86401, second)) == [
        "press", "restated", "restated", "press",
    ]  # fmt: skip


def test_a_contact_that_closes_again_is_a_press_although_its_opening_was_lost() -> None:
    contact = state("on", rides=False)
    assert verdicts((0, contact), (600, contact)) == ["press", "press"]


def test_a_contact_still_closed_when_its_node_comes_back_is_no_press() -> None:
    contact = state("on", rides=False)
    first = judge(Seen(), contact, START)
    later = START + timedelta(hours=1)
    assert judge(first.seen, contact, later, later - timedelta(seconds=5)).verdict == "restated"
    assert judge(first.seen, contact, later, later - timedelta(minutes=5)).verdict == "press"


def test_what_the_broker_kept_is_stale_and_changes_nothing() -> None:
    judgement = judge(Seen(), replace(PRESS, retained=True, kinds=("ignore",), reason="retained"), START)
    assert (judgement.verdict, judgement.seen) == ("stale", Seen())


@unhurried
@given(st.lists(st.tuples(st.floats(0, 1e6), st.sampled_from([PRESS, QUIET, counted(1), state("sos"), state("")]))))
def test_memory_is_bounded(heard: list[tuple[float, Reading]]) -> None:
    seen = Seen()
    for offset, reading in heard:
        seen = judge(seen, reading, START + timedelta(seconds=offset)).seen
    assert len(seen.presses) <= 8
    assert len(seen.states) <= 1
