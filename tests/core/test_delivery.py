"""When the next attempt is due, and in which order an endpoint gets its deliveries."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarmd.core.acknowledgement import Acknowledged, Refused, read_answer
from alarmd.core.alarm import Alarm
from alarmd.core.alert import Alert
from alarmd.core.delivery import Delivery, Outcome, is_fault, retry_in_s
from alarmd.core.lane import Lane

FAILED = Outcome(status=503, duration_ms=1, error="answered 503")


def test_the_schedule_is_half_a_second_to_fifteen_then_every_thirty() -> None:
    waits = [retry_in_s(attempts, FAILED, 0.0) for attempts in range(1, 10)]
    assert waits == [0.5, 1, 2, 4, 8, 15, 30, 30, 30]


@given(attempts=st.integers(1, 10_000), jitter=st.floats(0, 1), asked=st.none() | st.floats(0, 1e9))
def test_no_wait_is_longer_than_thirty_seconds_and_none_much_shorter_than_the_schedule(
    attempts: int, jitter: float, asked: float | None
) -> None:
    wait = retry_in_s(attempts, Outcome(429, 1, "answered 429", retry_after_s=asked), jitter)
    assert wait <= 30
    assert wait >= 0.8 * retry_in_s(attempts, FAILED, 0.0)
    assert wait >= min(asked or 0, 30)


@pytest.mark.parametrize(
    ("outcome", "delivered", "word"),
    [
        (Outcome(200, 1), True, "delivered"),
        (Outcome(204, 1), True, "delivered"),
        (Outcome(301, 1, "answered 301"), False, "failed"),
        (Outcome(410, 1, "answered 410"), False, "refused"),
        (Outcome(500, 1, "answered 500"), False, "failed"),
        (Outcome(None, 1, "no complete answer within 5 s"), False, "unreachable"),
    ],
)
def test_only_a_2xx_is_a_delivery(outcome: Outcome, *, delivered: bool, word: str) -> None:
    assert (outcome.delivered, outcome.word) == (delivered, word)


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b'{"acknowledged": true, "reference": 4711, "by": " desk "}', Acknowledged("desk", "4711")),
        (b'{"acknowledged": true}', Acknowledged(None, None)),
        (b'{"acknowledged": "yes"}', None),
        (b'{"rejected": true, "reason": "not ours"}', Refused("not ours")),
        (b'{"rejected": true}', Refused("no reason given")),
        (rb'{"acknowledged": true, "by": "half \ud800 and \u0000"}', Acknowledged("half ? and", None)),
        (b"ok", None),
        (b"[1]", None),
        (b"", None),
        (b"\xff", None),
        (b"[" * 16000, None),
    ],
)
def test_what_an_answer_means(body: bytes, answer: object) -> None:
    assert read_answer(body) == answer


@given(st.binary(max_size=2000))
def test_no_answer_makes_the_reader_fail(body: bytes) -> None:
    assert read_answer(body) is None or body


def owed(button_id: str, urgency: int) -> Delivery:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    alarm = Alarm(uuid4(), "A-1", "panic", "open", button_id, "", None, now, now, now, 1)
    return Delivery(uuid4(), Alert(uuid4(), "alarm.opened", now, alarm), UUID(int=0), 1, 0, urgency, 0.0, 0.0)


def test_a_first_word_goes_before_every_repeat_and_a_chatterer_waits_its_turn() -> None:
    lane = Lane()
    for _ in range(100):
        lane.push(owed("chatterer", 1))
    lane.push(owed("quiet", 1))
    lane.push(owed("first", 0))
    order = [lane.pop().alert.alarm.button_id for _ in range(3)]
    assert order == ["first", "chatterer", "quiet"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 1))))
def test_a_lane_gives_back_all_that_was_put_in_once_and_each_buttons_in_order(entries: list[tuple[str, int]]) -> None:
    lane = Lane()
    pushed = [owed(button_id, urgency) for button_id, urgency in entries]
    for delivery in pushed:
        lane.push(delivery)
    assert len(lane) == len(pushed)
    popped = [lane.pop() for _ in pushed]
    assert {each.id for each in popped} == {each.id for each in pushed}
    for button_id, urgency in set(entries):
        mine = [each.id for each in pushed if (each.alert.alarm.button_id, each.urgency) == (button_id, urgency)]
        assert [each.id for each in popped if each.id in mine] == mine
    with pytest.raises(IndexError):
        lane.pop()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 1))), st.integers(0, 30))
def test_what_is_beyond_is_taken_out_from_the_end_and_the_rest_keeps_its_order(
    entries: list[tuple[str, int]], size: int
) -> None:
    lane, same = Lane(), Lane()
    for button_id, urgency in entries:
        delivery = owed(button_id, urgency)
        lane.push(delivery)
        same.push(delivery)
    in_line = [same.pop().id for _ in entries]
    assert [each.id for each in lane.beyond(size)] == in_line[size:]
    assert {lane.pop().id for _ in range(len(lane))} == set(in_line[:size])


@pytest.mark.parametrize(
    ("attempts", "outcome", "fault"),
    [
        (1, Outcome(204, 1), False),
        (9, Outcome(204, 1), False),
        (1, Outcome(410, 1, "answered 410"), True),
        (1, Outcome(400, 1, "answered 400"), True),
        (2, FAILED, False),
        (3, FAILED, True),
        (3, Outcome(None, 1, "no complete answer within 5 s"), True),
    ],
)
def test_a_4xx_is_a_fault_at_once_and_anything_else_the_third_time(
    *, attempts: int, outcome: Outcome, fault: bool
) -> None:
    assert is_fault(attempts, outcome) is fault
