"""What is remembered survives being written down, and what another listener heard is known again, once."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from alarmd.core.dialects import memory
from alarmd.core.dialects.device import Counter, Reading
from alarmd.core.dialects.repeats import BACKLOG_WINDOW, Heard, Listener, Seen, judge
from tests.core.dialects.cases import START, unhurried

PRESS = Reading("zigbee2mqtt", "b", ("press",), event="single")
LIVE, OTHER = Listener("b@x"), Listener("a@x")
CATCHING_UP = Listener("b@x", frozenset({"a@x"}))

counters = st.builds(Counter, st.integers(0, 2**32 - 1), st.sampled_from([8, 16, 32]), st.text() | st.none())
moments = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
words = st.text() | st.none()
heard = st.builds(Heard, moments, words, words, counters | st.none(), st.frozensets(st.text()), st.text())
states = st.dictionaries(st.text(), st.text()).map(lambda found: tuple(sorted(found.items())))


@unhurried
@given(st.builds(Seen, st.lists(heard, max_size=8).map(tuple), states))
def test_what_was_written_is_read_again(seen: Seen) -> None:
    assert memory.read(json.loads(json.dumps(memory.write(seen)))) == seen


def test_nothing_is_remembered_of_who_was_never_heard() -> None:
    assert memory.read({}) == Seen()


def later(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def of_other(*seconds: float) -> Seen:
    seen = Seen()
    for second in seconds:
        seen = judge(seen, PRESS, later(second), listener=OTHER).seen
    return seen


def test_what_a_listener_missed_and_another_heard_is_known_once_each() -> None:
    seen, verdicts = of_other(0, 60), []
    for second in (600, 600.1, 600.2):
        judgement = judge(seen, PRESS, later(second), listener=CATCHING_UP)
        seen = judgement.seen
        verdicts.append((judgement.verdict, judgement.first))
    assert verdicts[:2] == [("repeat", later(0)), ("repeat", later(60))]
    assert verdicts[2] == ("press", later(600.2))  # one more than the other heard


def test_what_comes_as_it_happens_is_a_press() -> None:
    assert judge(of_other(0), PRESS, later(600), listener=LIVE).verdict == "press"


def test_what_a_listener_has_heard_itself_it_does_not_catch_up_on() -> None:
    seen = judge(of_other(0), PRESS, later(1), listener=LIVE).seen
    assert judge(seen, PRESS, later(600), listener=CATCHING_UP).verdict == "press"


def test_when_the_other_is_gone_a_second_alarm_is_better_than_none() -> None:
    alone = replace(CATCHING_UP, catches_up=frozenset())
    assert judge(of_other(0), PRESS, later(600), listener=alone).verdict == "press"


def test_nobody_catches_up_on_what_is_older_than_an_hour() -> None:
    old = BACKLOG_WINDOW.total_seconds() + 1
    assert judge(of_other(0), PRESS, later(old), listener=CATCHING_UP).verdict == "press"


def test_another_count_is_another_press() -> None:
    counted = replace(PRESS, counter=Counter(7, 8))
    seen = judge(Seen(), counted, START, listener=OTHER).seen
    assert judge(seen, counted, later(900), listener=CATCHING_UP).verdict == "repeat"
    assert judge(seen, replace(counted, counter=Counter(8, 8)), later(900), listener=CATCHING_UP).verdict == "press"


@unhurried
@given(st.lists(st.floats(0, 3500), min_size=1, max_size=8), st.integers(0, 12))
def test_of_more_messages_than_another_heard_presses_one_at_least_is_a_press(seconds: list[float], more: int) -> None:
    """However they come: what nobody has heard before is never lost."""
    seen = of_other(*sorted(seconds))
    known = len(seen.presses)
    verdicts = []
    for place in range(known + 1 + more):
        judgement = judge(seen, PRESS, later(3590 + place * 31), listener=CATCHING_UP)
        seen = judgement.seen
        verdicts.append(judgement.verdict)
    assert verdicts.count("repeat") <= known
    assert "press" in verdicts
