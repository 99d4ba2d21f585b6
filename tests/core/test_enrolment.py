"""Which store a button that is pressed to be enrolled becomes one of."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarmd.core.enrolment import Pressed, Waiting, choose, conflict, is_twice

START = datetime(2026, 11, 23, tzinfo=UTC)


def at(second: float, **members: object) -> Pressed:
    return Pressed(START + timedelta(seconds=second), **members)  # type: ignore[arg-type] # each of its own type


def store(number: int, gateway_id: str | None = None) -> Waiting:
    return Waiting(UUID(int=number), f"S-{number}", gateway_id)


@pytest.mark.parametrize(
    ("presses", "twice"),
    [
        ([], False),
        ([at(0)], False),
        ([at(0), at(0.006), at(0.12)], False),  # copies of one press
        ([at(0), at(2)], True),
        ([at(2), at(0)], True),
        ([at(0), at(10.1)], False),
        ([at(0, counter=1), at(0.2, counter=2)], True),
        ([at(0, counter=1), at(5, counter=1)], False),
    ],
)
def test_twice_is_two_presses_within_ten_seconds(presses: list[Pressed], twice: bool) -> None:  # noqa: FBT001
    assert is_twice(presses) is twice


A, B, AT_G, AT_H = store(1), store(2), store(3, "g"), store(4, "h")


@pytest.mark.parametrize(
    ("stores", "gateway_id", "broadcast", "chosen"),
    [
        ([], "g", False, None),
        ([A], None, False, A),
        ([A], "g", False, A),
        ([A, B], "g", False, None),
        ([AT_G, AT_H], "g", False, AT_G),
        ([AT_G, AT_H], "other", False, None),
        ([A, AT_G], "g", False, AT_G),
        ([A, AT_G], "h", False, A),
        ([A, AT_G], None, False, None),  # it may have come through g
        ([A], "g", True, None),  # a car key that passes by
        ([AT_G], "g", True, AT_G),
    ],
)
def test_the_store_is_the_only_one_that_fits(
    stores: list[Waiting],
    gateway_id: str | None,
    broadcast: bool,  # noqa: FBT001
    chosen: Waiting | None,
) -> None:
    assert choose(stores, gateway_id, broadcast=broadcast) == chosen


def test_it_is_said_when_stores_cannot_be_told_apart() -> None:
    assert conflict([]) is conflict([A]) is conflict([A, AT_G, AT_H]) is None
    assert "S-1, S-2 are in enrolment mode at once" in (conflict([A, B]) or "")


stores = st.lists(st.builds(Waiting, st.uuids(), st.text(), st.sampled_from([None, "g", "h"])), max_size=5)


@given(stores, st.sampled_from([None, "g", "h", "i"]), st.booleans())
def test_nobody_is_enrolled_where_two_would_fit(
    waiting: list[Waiting],
    gateway_id: str | None,
    broadcast: bool,  # noqa: FBT001
) -> None:
    chosen = choose(waiting, gateway_id, broadcast=broadcast)
    if chosen is not None:
        assert chosen.gateway_id in {None, gateway_id}
        assert [one.gateway_id for one in waiting].count(chosen.gateway_id) == 1
        assert not (broadcast and chosen.gateway_id is None)


@given(st.lists(st.builds(at, st.floats(0, 100), counter=st.none() | st.integers(0, 3)), max_size=6))
def test_the_order_of_presses_does_not_matter(presses: list[Pressed]) -> None:
    assert is_twice(presses) == is_twice(presses[::-1])
    if is_twice(presses):
        assert is_twice([*presses, at(50)])
