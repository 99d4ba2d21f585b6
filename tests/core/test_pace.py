"""The pace of an endpoint: down by half with each failure, up by double with each success."""

from hypothesis import given
from hypothesis import strategies as st

from alarmd.core.delivery import Outcome
from alarmd.core.pace import AT_ONCE, HELD_FOR_EACH, Pace

TAKEN = Outcome(204, 1.0)
FAILED = Outcome(None, 5000.0, "no answer")


@given(st.lists(st.booleans(), max_size=60))
def test_it_is_never_none_and_never_above_the_most(answers: list[bool]) -> None:
    pace = Pace()
    failures = 0
    for answered in answers:
        before = pace.at_once
        recovered = pace.note(TAKEN if answered else FAILED)
        assert recovered is (answered and failures >= 3)
        failures = 0 if answered else failures + 1
        assert pace.at_once == (min(AT_ONCE, before * 2) if answered else max(1, before // 2))
        assert pace.in_hand == pace.at_once * HELD_FOR_EACH


def test_a_dead_endpoint_is_knocked_at_one_at_a_time_and_comes_back_in_a_few_steps() -> None:
    pace = Pace()
    for _ in range(10):
        pace.note(FAILED)
    assert pace.at_once == 1
    assert [pace.note(TAKEN) for _ in range(6)] == [True, False, False, False, False, False]
    assert pace.at_once == AT_ONCE
