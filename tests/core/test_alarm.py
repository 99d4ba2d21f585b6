"""The states of an alarm: driven through every order of steps, they never go back, unless a human reopens it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from alarmd.core import alarm as decide
from alarmd.core.alarm import Alarm
from alarmd.core.errors import ConflictError, InvalidError

START = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
ORDER = {"open": 0, "cancel_requested": 1, "acknowledged": 2, "closed": 3}


def opened() -> Alarm:
    return Alarm(uuid4(), "A-20261123-000001", "panic", "open", "b", "", None, START, START, START, 1)


class Steps(RuleBasedStateMachine):
    """Police, clerks and operators do whatever they like, in virtual time."""

    def __init__(self) -> None:
        super().__init__()
        self.alarm = opened()
        self.now = START
        self.reached = 0

    @rule(seconds=st.floats(0, 100))
    def time_passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(by=st.sampled_from(["desk 1", "desk 2"]))
    def acknowledge(self, by: str) -> None:
        before = self.alarm
        if before.state in {"open", "cancel_requested"}:
            self.alarm = decide.acknowledge(before, by=by, reference=None, now=self.now)
            assert self.alarm.acknowledged_by == by
            return
        has_it = before.closed_by if before.state == "closed" else before.acknowledged_by
        with pytest.raises(ConflictError, match=f"by {has_it}"):
            decide.acknowledge(before, by=by, reference=None, now=self.now)

    @rule()
    def reject(self) -> None:
        try:
            decide.reject(self.alarm)
        except ConflictError:
            assert self.alarm.state in {"acknowledged", "closed"}
        else:
            assert self.alarm.state in {"open", "cancel_requested"}

    @rule()
    def cancel(self) -> None:
        waited = (self.now - START).total_seconds()
        requested = decide.request_cancel(self.alarm, waited_s=waited)
        if requested is None:
            assert waited > 30 or self.alarm.state in {"cancel_requested", "closed"}
        else:
            assert requested.state in {"cancel_requested", "acknowledged"}
            self.alarm = requested

    @rule(word=st.sampled_from(["actual", "false", "test", "duplicate", "cancelled"]))
    def close(self, word: str) -> None:
        before = self.alarm
        try:
            self.alarm = decide.close(before, by="desk", disposition=decide.disposition(word), now=self.now)
        except ConflictError:
            assert before.state == "closed"

    @rule()
    def reopen(self) -> None:
        before = self.alarm
        try:
            self.alarm = decide.reopen(before)
        except ConflictError:
            assert before.state in {"open", "cancel_requested"}
            return
        assert before.state in {"acknowledged", "closed"}
        assert (self.alarm.state, self.alarm.acknowledged_by, self.alarm.disposition) == ("open", None, None)
        self.reached = 0

    @invariant()
    def never_back(self) -> None:
        assert ORDER[self.alarm.state] >= self.reached
        self.reached = ORDER[self.alarm.state]

    @invariant()
    def complete(self) -> None:
        assert (self.alarm.state == "closed") == (self.alarm.closed_at is not None)
        assert self.alarm.state != "acknowledged" or self.alarm.acknowledged_at is not None


TestSteps = Steps.TestCase


def test_a_canary_is_not_reopened() -> None:
    canary = replace(opened(), kind="canary", state="closed", closed_at=START, closed_by="alarmd", disposition="test")
    with pytest.raises(ConflictError, match="canary"):
        decide.reopen(canary)


def test_an_unknown_disposition_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidError, match="actual, false, test, duplicate or cancelled"):
        decide.disposition("whatever")
