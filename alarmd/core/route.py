"""Who is told next: when the first in a chain did not take an alarm, nobody acknowledged it, or nobody closed it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from alarmd.core.alarm import AlarmKind, AlarmState

EscalationReason = Literal[
    "not_taken",  # the endpoints told last did not take the alert in time
    "not_acknowledged",  # no human said in time that they have it
    "paused",  # the endpoints told last are sent nothing for now, because a human paused them
    "rejected",  # the police refused it
    "no_endpoint",  # no endpoint serves the store
    "not_located",  # nobody has said in time which store the button is in
    "not_closed",  # acknowledged long ago, and not closed
    "pressed_in_test",  # pressed again and again while in test mode: it may be meant
]

LOCATE_WITHIN_S: Final = 60.0
REOPEN_AFTER_S: Final = 1800.0
IN_EARNEST_PRESSES: Final = 3
IN_EARNEST_WITHIN_S: Final = 20.0

_TOLD_TO_THE_NEXT_ALONE: Final = {"not_taken", "paused"}  # operators hear of it when nobody is next


@dataclass(frozen=True, slots=True)
class Link:
    """An endpoint of an alarm's chain. `told_at` is when it came to be owed the alarm, `taken_at` when it had it.

    While it is `paused`, what it is owed waits.
    """

    endpoint_id: UUID
    position: int
    escalate_after_s: float
    acknowledge_within_s: float
    reopen_after_s: float
    told_at: datetime | None
    taken_at: datetime | None
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done now.

    Attributes:
        reason: why; None: nothing is to be done yet.
        tell: the endpoints that get the alarm as well.
        operators: whether the operators are alerted.
        look_at: when to look again; None: when somebody does something.
    """

    reason: EscalationReason | None = None
    tell: tuple[UUID, ...] = ()
    operators: bool = False
    look_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """An alarm that is to be looked at `now`. `escalated` says whether it has ever been escalated."""

    alarm_id: UUID
    kind: AlarmKind
    state: AlarmState
    located: bool
    escalated: bool
    now: datetime


def next_step(due: Due, chain: Sequence[Link], panics: Sequence[datetime]) -> Step:
    """The next step for an alarm.

    Args:
        due: the alarm, as it is now.
        chain: the endpoints of its route, and those told of it so far.
        panics: when its panic presses came in, where it is a test.
    """
    if due.state == "closed" or due.kind == "canary":
        return Step()
    if due.kind == "test":
        return Step("pressed_in_test", operators=True) if in_earnest(panics) and not due.escalated else Step()
    if due.state == "acknowledged":
        return _remind(chain, due.now)
    if not due.located:
        return Step("not_located", operators=True, look_at=due.now + _seconds(REOPEN_AFTER_S))
    return escalate(chain, due.now)


def escalate(chain: Sequence[Link], now: datetime) -> Step:
    """The next step for an alarm that nobody has acknowledged. `now` is by the clock that wrote the chain's times."""
    if not chain:
        return Step("no_endpoint", operators=True, look_at=now + _seconds(REOPEN_AFTER_S))
    last = _told_last(chain)
    if not last:
        return Step()  # it is routed as soon as there is somebody to tell, and looked at then
    told_at = min(link.told_at for link in last if link.told_at is not None)
    acknowledge_by = told_at + _seconds(min(link.acknowledge_within_s for link in last))
    take_by = told_at + _seconds(min(link.escalate_after_s for link in last))
    if now >= acknowledge_by:
        return _go_on("not_acknowledged", chain, last, now)
    if any(link.taken_at is not None for link in last):
        return Step(look_at=acknowledge_by)
    paused = all(link.paused for link in last)
    if now < take_by and not paused:
        return Step(look_at=min(take_by, acknowledge_by))
    reason: EscalationReason = "paused" if paused else "not_taken"
    step = _go_on(reason, chain, last, now)
    return step if step.tell else Step(reason, operators=True, look_at=acknowledge_by)


def refuse(chain: Sequence[Link], by: UUID | None, now: datetime) -> Step | None:
    """The next step when the police refuse an alarm: it goes on at once.

    None where the endpoint `by` was not asked last: the alarm is with others already. `by` is None for an operator.
    """
    last = _told_last(chain)
    if not last or (by is not None and by not in {link.endpoint_id for link in last}):
        return None
    return _go_on("rejected", chain, last, now)


def _told_last(chain: Sequence[Link]) -> list[Link]:
    told = [link for link in chain if link.told_at is not None]
    position = max((link.position for link in told), default=None)
    return [link for link in told if link.position == position]


def _go_on(reason: EscalationReason, chain: Sequence[Link], last: Sequence[Link], now: datetime) -> Step:
    """To the next position; at the end of the chain operators are reminded until somebody acknowledges."""
    positions = [link.position for link in chain if link.position > last[0].position]
    following = [link for link in chain if positions and link.position == min(positions)]
    if not following:
        return Step(reason, operators=True, look_at=now + _seconds(min(link.reopen_after_s for link in last)))
    look_after_s = min(min(link.escalate_after_s, link.acknowledge_within_s) for link in following)
    if all(link.paused for link in following):
        look_after_s = 0  # nothing waits with them: the one after them is next
    tell = tuple(link.endpoint_id for link in following)
    return Step(reason, tell, operators=reason not in _TOLD_TO_THE_NEXT_ALONE, look_at=now + _seconds(look_after_s))


def _remind(chain: Sequence[Link], now: datetime) -> Step:
    """Acknowledged long ago and not closed: acknowledgements do not rot."""
    again_s = min((link.reopen_after_s for link in chain if link.told_at), default=REOPEN_AFTER_S)
    return Step("not_closed", operators=True, look_at=now + _seconds(again_s))


def in_earnest(pressed_at: Sequence[datetime]) -> bool:
    """Whether panic presses in test mode come so fast that they may be meant: three within 20 s."""
    times = sorted(pressed_at)
    within = _seconds(IN_EARNEST_WITHIN_S)
    return any(last - first <= within for first, last in zip(times, times[IN_EARNEST_PRESSES - 1 :], strict=False))


def _seconds(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)
