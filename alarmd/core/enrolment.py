"""Enrolment by pressing: a button that nobody enrolled, pressed twice, becomes one of the store that waits for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Final
from uuid import UUID

TWICE_WITHIN: Final = timedelta(seconds=10)
APART: Final = timedelta(seconds=1)
"""Messages that come closer to each other are copies of one press, where there is no count to tell them apart."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A store that is in enrolment mode; through one gateway alone where it names one."""

    id: UUID
    code: str
    gateway_id: str | None = None


@dataclass(frozen=True, slots=True)
class Pressed:
    """Something like a press was heard. `counter` is None where the button counts none."""

    at: datetime
    event: str | None = None
    endpoint: str | None = None
    counter: int | None = None


def is_twice(presses: Sequence[Pressed]) -> bool:
    """Whether two of them are presses of their own within ten seconds.

    A button without a count that repeats itself by radio for seconds looks as if it was pressed twice.
    """
    return any(
        abs(one.at - other.at) <= TWICE_WITHIN and _are_two(one, other) for one, other in combinations(presses, 2)
    )


def choose(stores: Iterable[Waiting], gateway_id: str | None, *, broadcast: bool) -> Waiting | None:
    """The store that a button becomes one of; None where that cannot be told.

    Args:
        stores: those in enrolment mode.
        gateway_id: what the button was heard through, as far as known.
        broadcast: radio that everybody in reach hears: it may be a passer-by's, and so needs a gateway that is named.
    """
    waiting = list(stores)
    named = [store for store in waiting if store.gateway_id is not None]
    fitting = [store for store in named if store.gateway_id == gateway_id]
    open_ = [store for store in waiting if store.gateway_id is None]
    if not fitting and not broadcast and (gateway_id is not None or not named):
        fitting = open_
    return fitting[0] if len(fitting) == 1 else None


def conflict(stores: Iterable[Waiting]) -> str | None:
    """What there is to say of stores that cannot be told apart; None where all can."""
    by_gateway: dict[str | None, list[str]] = {}
    for store in stores:
        by_gateway.setdefault(store.gateway_id, []).append(store.code)
    several = next((codes for codes in by_gateway.values() if len(codes) > 1), None)
    if several is None:
        return None
    return (
        f"the stores {', '.join(sorted(several))} are in enrolment mode at once, and nothing tells them apart: a "
        "button that is pressed is enrolled in none of them until one has ended, or each names its gateway"
    )


def _are_two(one: Pressed, other: Pressed) -> bool:
    if one.counter is not None and other.counter is not None:
        return one.counter != other.counter
    return abs(one.at - other.at) >= APART
