"""Who is told next: by tables, and through thousands of steps of virtual time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from alarmd.core import route
from alarmd.core.alarm import AlarmKind, AlarmState
from alarmd.core.route import Due, Link, Step

START = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def link(number: int, position: int, *, told: float | None = None, taken: float | None = None) -> Link:
    """An endpoint with the contract's times; `told` and `taken` in seconds from the start."""
    return Link(
        endpoint_id=UUID(int=number),
        position=position,
        escalate_after_s=15,
        acknowledge_within_s=60,
        reopen_after_s=1800,
        told_at=None if told is None else after(told),
        taken_at=None if taken is None else after(taken),
    )


def tell(*numbers: int) -> tuple[UUID, ...]:
    return tuple(UUID(int=number) for number in numbers)


FIRST, SECOND, THIRD = link(1, 0, told=0), link(2, 1), link(3, 5)
TAKEN = replace(FIRST, taken_at=after(1))

STEPS = {
    "just told: until it should have been taken": ([FIRST, SECOND], 1, Step(look_at=after(15))),
    "not taken in time: the next, and nobody else": (
        [FIRST, SECOND, THIRD],
        15,
        Step("not_taken", tell(2), operators=False, look_at=after(30)),
    ),
    "taken: until it should have been acknowledged": ([TAKEN, SECOND], 15, Step(look_at=after(60))),
    "taken and not acknowledged: the next and the operators": (
        [TAKEN, SECOND],
        60,
        Step("not_acknowledged", tell(2), operators=True, look_at=after(75)),
    ),
    "the second is asked as the first was, a gap in positions does not matter": (
        [FIRST, replace(SECOND, told_at=after(15)), THIRD],
        30,
        Step("not_taken", tell(3), operators=False, look_at=after(45)),
    ),
    "all at the next position": (
        [FIRST, SECOND, link(4, 1), THIRD],
        15,
        Step("not_taken", tell(2, 4), operators=False, look_at=after(30)),
    ),
    "one of those at a position took it": ([FIRST, link(4, 0, told=0, taken=1)], 20, Step(look_at=after(60))),
    "the first took it late, the second was told by then and has not": (
        [replace(TAKEN, taken_at=after(20)), replace(SECOND, told_at=after(15)), THIRD],
        30,
        Step("not_taken", tell(3), operators=False, look_at=after(45)),
    ),
    "nobody left to take it: the operators, and a look when it should be acknowledged": (
        [FIRST],
        15,
        Step("not_taken", operators=True, look_at=after(60)),
    ),
    "nobody left to acknowledge it: the operators, again and again": (
        [FIRST],
        60,
        Step("not_acknowledged", operators=True, look_at=after(1860)),
    ),
    "long after, as after a long stop: one step, not all that were missed": (
        [FIRST, SECOND, THIRD],
        4000,
        Step("not_acknowledged", tell(2), operators=True, look_at=after(4015)),
    ),
    "paused: the next at once, and nobody else": (
        [replace(FIRST, paused=True), SECOND, THIRD],
        1,
        Step("paused", tell(2), operators=False, look_at=after(16)),
    ),
    "the next is paused as well: told, and the one after it is looked for at once": (
        [FIRST, replace(SECOND, paused=True), THIRD],
        15,
        Step("not_taken", tell(2), operators=False, look_at=after(15)),
    ),
    "of two at a position one is paused: the other has its time": (
        [replace(FIRST, paused=True), link(4, 0, told=0), SECOND],
        1,
        Step(look_at=after(15)),
    ),
    "paused after it was taken: until it should have been acknowledged": (
        [replace(TAKEN, paused=True), SECOND],
        15,
        Step(look_at=after(60)),
    ),
    "paused, and nobody is next: the operators": (
        [replace(FIRST, paused=True)],
        1,
        Step("paused", operators=True, look_at=after(60)),
    ),
    "nobody serves the store": ([], 0, Step("no_endpoint", operators=True, look_at=after(1800))),
    "nobody has been told yet": ([SECOND, THIRD], 100, Step()),
}


@pytest.mark.parametrize("what", STEPS)
def test_the_next_step(what: str) -> None:
    chain, now, step = STEPS[what]
    assert route.escalate(chain, after(now)) == step


def test_a_moment_before_is_too_early() -> None:
    assert route.escalate([FIRST, SECOND], after(14.999)).reason is None
    assert route.escalate([TAKEN, SECOND], after(59.999)).reason is None


REFUSALS = {
    "by who was asked last": (
        UUID(int=1),
        [TAKEN, SECOND],
        Step("rejected", tell(2), operators=True, look_at=after(20)),
    ),
    "by an operator": (None, [TAKEN, SECOND], Step("rejected", tell(2), operators=True, look_at=after(20))),
    "by the last in the chain": (UUID(int=1), [TAKEN], Step("rejected", operators=True, look_at=after(1805))),
    "by who was asked before": (UUID(int=1), [TAKEN, replace(SECOND, told_at=after(3))], None),
    "by somebody else": (UUID(int=9), [TAKEN, SECOND], None),
    "before anybody was told": (UUID(int=2), [SECOND], None),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_a_refusal_goes_on_at_once(what: str) -> None:
    by, chain, step = REFUSALS[what]
    assert route.refuse(chain, by, after(5)) == step


def due(kind: AlarmKind, state: AlarmState, *, located: bool = True, escalated: bool = False) -> Due:
    return Due(UUID(int=7), kind, state, located, escalated, after(100))


@pytest.mark.parametrize("state", ["open", "cancel_requested", "acknowledged", "closed"])
@pytest.mark.parametrize("kind", ["panic", "test", "canary"])
def test_only_panic_alarms_go_down_a_chain(kind: AlarmKind, state: AlarmState) -> None:
    step = route.next_step(due(kind, state), [FIRST, SECOND], [])
    if kind != "panic" or state == "closed":
        assert step == Step()
    elif state == "acknowledged":
        assert step == Step("not_closed", operators=True, look_at=after(1900))
    else:
        assert (step.reason, step.tell) == ("not_acknowledged", tell(2))


def test_an_alarm_without_a_store_is_the_operators() -> None:
    step = route.next_step(due("panic", "open", located=False), [], [])
    assert step == Step("not_located", operators=True, look_at=after(1900))


@given(st.lists(st.floats(0, 100), max_size=8))
def test_three_within_twenty_seconds_are_in_earnest_in_whatever_order_they_come(times: list[float]) -> None:
    meant = any(sum(start <= other <= start + 20 for other in times) >= 3 for start in times)
    assert route.in_earnest([after(time) for time in times]) is meant


def test_presses_in_test_mode_alert_the_operators_once() -> None:
    panics = [after(0), after(10), after(20)]
    assert route.next_step(due("test", "open"), [], panics) == Step("pressed_in_test", operators=True)
    assert route.next_step(due("test", "open", escalated=True), [], panics) == Step()
    assert route.next_step(due("test", "open"), [], [*panics[:2], after(20.001)]) == Step()


class Chain(RuleBasedStateMachine):
    """An alarm and its chain in virtual time: looked at when it is due, too early, or long after."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.links: list[Link] = []
        self.look_at: datetime | None = None
        self.state: AlarmState = "open"
        self.alerted: list[str] = []
        self.positions: list[int] = []

    @initialize(positions=st.lists(st.integers(0, 6), min_size=1, max_size=6))
    def opened(self, positions: list[int]) -> None:
        self.links = [link(number, position) for number, position in enumerate(positions, 1)]
        self.tell(tuple(each.endpoint_id for each in self.links if each.position == min(positions)))
        self.look_at = after(15)

    def tell(self, endpoint_ids: tuple[UUID, ...]) -> None:
        for number, each in enumerate(self.links):
            if each.endpoint_id in endpoint_ids:
                assert each.told_at is None, "told twice"
                self.links[number] = replace(each, told_at=self.now)
                self.positions.append(each.position)

    def take(self, step: Step) -> None:
        """What `db/escalation.py` does with a step."""
        self.tell(step.tell)
        if step.operators:
            assert step.reason is not None
            self.alerted.append(step.reason)
        self.look_at = step.look_at

    @rule(seconds=st.floats(0, 90))
    def time_passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(early=st.booleans())
    def looked_at(self, *, early: bool) -> None:
        if self.look_at is None or not (early or self.now >= self.look_at):
            return
        alarm = Due(UUID(int=1), "panic", self.state, True, bool(self.alerted), self.now)
        was_due = self.now >= self.look_at
        told = len(self.positions)
        step = route.next_step(alarm, self.links, [])
        if self.state == "acknowledged" and not was_due:
            return  # nobody looks before it is due
        self.take(step)
        if self.state in {"open", "cancel_requested"}:
            if was_due and step.reason:
                assert len(self.positions) > told or self.alerted, "nothing came of it"
            last = [each for each in self.links if each.told_at and each.position == max(self.positions)]
            if all(each.paused and not each.taken_at for each in last):
                assert self.alerted or self.look_at == self.now, "an alarm waits with a paused endpoint"

    @rule(index=st.integers(0, 5))
    def an_endpoint_is_paused_or_resumes(self, index: int) -> None:
        if index < len(self.links):
            paused = not self.links[index].paused
            self.links[index] = replace(self.links[index], paused=paused)
            if paused and self.links[index].told_at and self.state in {"open", "cancel_requested"}:
                self.look_at = self.now

    @precondition(lambda self: self.state in {"acknowledged", "closed"})
    @rule()
    def reopened(self) -> None:
        """All who were told are told again."""
        self.state = "open"
        self.look_at = self.now
        self.links = [replace(each, told_at=self.now, taken_at=None) if each.told_at else each for each in self.links]

    @rule(index=st.integers(0, 5))
    def an_endpoint_takes_it(self, index: int) -> None:
        if index < len(self.links) and self.links[index].told_at and not self.links[index].taken_at:
            self.links[index] = replace(self.links[index], taken_at=self.now)

    @precondition(lambda self: self.state in {"open", "cancel_requested"})
    @rule(index=st.integers(0, 5))
    def an_endpoint_refuses_it(self, index: int) -> None:
        if index >= len(self.links) or not self.links[index].told_at:
            return
        last = self.links[index].position == max(self.positions)
        step = route.refuse(self.links, self.links[index].endpoint_id, self.now)
        assert (step is not None) is last
        if step:
            before = len(self.positions)
            left = any(each.told_at is None for each in self.links)
            self.take(step)
            assert self.alerted[-1] == "rejected"
            assert (len(self.positions) > before) is left

    @precondition(lambda self: self.state == "open")
    @rule()
    def cancel_requested(self) -> None:
        self.state = "cancel_requested"

    @precondition(lambda self: self.state in {"open", "cancel_requested"})
    @rule(whether=st.sampled_from([True, False, False, False, False, False]))
    def acknowledged(self, *, whether: bool) -> None:
        if whether:
            self.state = "acknowledged"
            self.look_at = self.now + timedelta(seconds=1800)

    @precondition(lambda self: self.state != "closed")
    @rule(whether=st.sampled_from([True, False, False, False, False, False]))
    def closed(self, *, whether: bool) -> None:
        if not whether:
            return
        self.state = "closed"
        self.look_at = None
        assert route.next_step(Due(UUID(int=1), "panic", "closed", True, True, self.now), self.links, []) == Step()

    @invariant()
    def positions_are_told_in_order(self) -> None:
        assert self.positions == sorted(self.positions)

    @invariant()
    def nobody_is_forgotten(self) -> None:
        if self.links and self.state != "closed":
            assert self.look_at is not None
            assert self.look_at <= self.now + timedelta(seconds=1800)

    @invariant()
    def at_the_end_of_the_chain_the_operators_know(self) -> None:
        if self.look_at and self.look_at > self.now + timedelta(seconds=60) and self.state != "acknowledged":
            assert self.alerted


Chain.TestCase.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
TestChain = Chain.TestCase
