"""An alarm and what may become of it.

    open --cancel pressed--> cancel_requested
      |                             |
      +---- acknowledged <----------+
      |          |                  |
      +------> closed <-------------+

Only a human closes. States never go back but by a human who reopens: from acknowledged or closed to open, with a
reason, and as if nobody had ever had it. Which alarm a press joins is decided in the press's own statement
(`db/accept.sql`), because two presses of one store may be committed at the same moment.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from alarmd.core.errors import ConflictError, InvalidError

AlarmKind = Literal["panic", "test", "canary"]
AlarmState = Literal["open", "cancel_requested", "acknowledged", "closed"]
Disposition = Literal["actual", "false", "test", "duplicate", "cancelled"]

CANCEL_WITHIN_S = 30.0
REPEAT_EVERY_S = 10.0


@dataclass(frozen=True, slots=True)
class Alarm:
    """One incident at one store. `store` is the snapshot taken when the press was committed, as in the contract."""

    id: UUID
    reference: str
    kind: AlarmKind
    state: AlarmState
    button_id: str
    button_label: str
    store: dict[str, Any] | None
    opened_at: datetime
    received_at: datetime
    last_pressed_at: datetime
    press_count: int
    late_by_s: float | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    acknowledged_ref: str | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    disposition: Disposition | None = None

    @property
    def located(self) -> bool:
        """Whether it is known where this is."""
        return self.store is not None


def acknowledge(alarm: Alarm, *, by: str, reference: str | None, now: datetime) -> Alarm:
    """The police have it.

    Raises:
        ConflictError: somebody has it already, or it is closed; the text says who and since when.
    """
    if alarm.state == "closed":
        raise ConflictError(f"alarm {alarm.reference} was closed by {alarm.closed_by} at {_when(alarm.closed_at)}")
    if alarm.state == "acknowledged":
        raise ConflictError(
            f"alarm {alarm.reference} was acknowledged by {alarm.acknowledged_by} at {_when(alarm.acknowledged_at)}"
        )
    return replace(alarm, state="acknowledged", acknowledged_at=now, acknowledged_by=by, acknowledged_ref=reference)


def reject(alarm: Alarm) -> None:
    """The police refuse it; the alarm stays as it is, for the next in the chain.

    Raises:
        ConflictError: it is acknowledged or closed already.
    """
    if alarm.state in {"acknowledged", "closed"}:
        raise ConflictError(f"alarm {alarm.reference} is {alarm.state} already and cannot be rejected")


def close(alarm: Alarm, *, by: str, disposition: Disposition, now: datetime) -> Alarm:
    """A human says that it is over.

    Raises:
        ConflictError: it is closed already; the text says by whom and since when.
    """
    if alarm.state == "closed":
        raise ConflictError(f"alarm {alarm.reference} was closed by {alarm.closed_by} at {_when(alarm.closed_at)}")
    return replace(alarm, state="closed", closed_at=now, closed_by=by, disposition=disposition)


def reopen(alarm: Alarm) -> Alarm:
    """A human says that it is not over, or that nobody has it after all: it is open, and somebody is to take it anew.

    Presses go on as if it had not been: what joined it while it was acknowledged still does, and after a closing the
    next press opens an alarm of its own, so that a new call for help is never hidden in an old one.

    Raises:
        ConflictError: it is open, or a canary.
    """
    if alarm.kind == "canary":
        raise ConflictError(f"alarm {alarm.reference} is a canary: there is nobody to help")
    if alarm.state not in {"acknowledged", "closed"}:
        raise ConflictError(f"alarm {alarm.reference} is open: nobody has acknowledged or closed it")
    return replace(
        alarm,
        state="open",
        acknowledged_at=None,
        acknowledged_by=None,
        acknowledged_ref=None,
        closed_at=None,
        closed_by=None,
        disposition=None,
    )


def request_cancel(alarm: Alarm, *, waited_s: float) -> Alarm | None:
    """The button's cancel was pressed `waited_s` seconds after the alarm opened.

    Returns the alarm as the police are to be told of it, or None where the cancel only goes on the timeline: it came
    too late, it was asked for already, or the alarm is closed. Whoever has acknowledged keeps the alarm; only a human
    closes it, since the attacker may hold the button.
    """
    if alarm.state in {"cancel_requested", "closed"} or waited_s > CANCEL_WITHIN_S:
        return None
    return replace(alarm, state="cancel_requested") if alarm.state == "open" else alarm


def disposition(word: str) -> Disposition:
    """The disposition of that name.

    Raises:
        InvalidError: there is none.
    """
    match word:
        case "actual" | "false" | "test" | "duplicate" | "cancelled":
            return word
    raise InvalidError(f"disposition {word!r}: give actual, false, test, duplicate or cancelled")


def _when(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else "an unknown time"
