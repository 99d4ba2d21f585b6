"""Alarms in answers and requests."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from alarmd.core.alarm import Alarm, AlarmKind, AlarmState, Disposition
from alarmd.core.alert import ButtonPart, StorePart
from alarmd.core.dialects.native import PREFIX, read_press
from alarmd.core.signal import Health, Press
from alarmd.db.accept import Source
from alarmd.db.alarm_reads import History
from alarmd.db.pool import Row
from alarmd.web.models import Body, LongText, Text


class AcknowledgedPart(BaseModel):
    """Who at the police has the alarm, and under which reference of their own."""

    at: datetime
    by: str
    reference: str | None


class ClosedPart(BaseModel):
    """Who closed the alarm, and what it turned out to be."""

    at: datetime
    by: str
    disposition: Disposition


class AlarmModel(BaseModel):
    """An alarm; the names are those of the webhook."""

    id: UUID
    reference: str = Field(examples=["A-20261123-000042"])
    kind: AlarmKind
    state: AlarmState
    located: bool
    opened_at: datetime
    last_pressed_at: datetime
    press_count: int
    received_at: datetime
    late_by_s: float | None
    button: ButtonPart
    store: StorePart | None = Field(description="as the registry had it when the press was committed")
    acknowledged: AcknowledgedPart | None
    closed: ClosedPart | None


class HealthModel(BaseModel):
    """What a press told of its button's condition."""

    model_config = ConfigDict(from_attributes=True)

    battery_pct: int | None
    rssi_dbm: int | None
    tamper: bool | None
    firmware: str | None


class PressModel(BaseModel):
    """A press in an alarm. `faults` are members that were wrong and left out."""

    button_id: str
    press_id: str
    kind: Literal["panic", "test", "cancel", "canary"]
    pressed_at: datetime | None
    received_at: datetime
    counter: int | None
    gateway_id: str | None
    source: Source = Field(description="practice: an administrator made it on the page Practice")
    faults: list[str]
    health: HealthModel


class TimelineModel(BaseModel):
    """A step of an alarm."""

    at: datetime
    what: str
    who: str | None
    detail: dict[str, Any]


class AlertModel(BaseModel):
    """An alert about an alarm; its id is its `webhook-id`."""

    id: UUID
    type: str
    state: AlarmState
    press_count: int
    created_at: datetime


class AttemptModel(BaseModel):
    """One POST. `answer` is the beginning of what came back."""

    number: int
    ended_at: datetime
    duration_ms: float
    status: int | None
    error: str | None
    answer: str


class DeliveryModel(BaseModel):
    """One alert owed to one endpoint."""

    id: UUID
    alert_id: UUID
    alarm_id: UUID
    alarm_reference: str = Field(examples=["A-20261123-000042"])
    endpoint_id: UUID
    endpoint: str
    alert_type: str
    state: Literal["pending", "delivered", "cancelled"]
    due_at: datetime
    attempts: int
    created_at: datetime
    delivered_at: datetime | None
    cancelled_by: str | None
    cancel_reason: str | None


class DeliveryWithAttempts(DeliveryModel):
    """One alert owed to one endpoint, with its attempts."""

    attempt_list: list[AttemptModel]


class AlarmWithHistory(AlarmModel):
    """An alarm with all that happened to it."""

    presses: list[PressModel]
    timeline: list[TimelineModel]
    alerts: list[AlertModel]
    deliveries: list[DeliveryWithAttempts]


class AcknowledgeBody(Body):
    """Who has the alarm."""

    by: Text | None = Field(
        default=None, description="the person or desk; the key's name if left out", examples=["노원경찰서 상황실"]
    )
    reference: Text | None = Field(default=None, description="in your own system", examples=["112-4711"])
    note: LongText | None = Field(
        default=None, description="for the alarm's timeline", examples=["a patrol is on its way"]
    )


class RejectBody(AcknowledgeBody):
    """Who refuses the alarm, and why."""

    reason: LongText = Field(description="why it is refused, for whoever takes it next", examples=["not our district"])


class CloseBody(AcknowledgeBody):
    """Who closes the alarm, and what it turned out to be.

    `actual`: help was needed; `false`: it was not; `test`: nobody asked for help; `duplicate`: it is another alarm's
    incident; `cancelled`: the clerk took it back.
    """

    disposition: Disposition = Field(description="what it turned out to be", examples=["false"])


class ReopenBody(AcknowledgeBody):
    """Who opens the alarm again, and why."""

    reason: LongText = Field(description="why it is not over", examples=["신고자와 통화: 아직 위험"])


class NoteBody(AcknowledgeBody):
    """A note for the timeline."""

    note: LongText = Field(description="the note itself", examples=["the clerk called back: nobody is hurt"])


def show(alarm: Alarm) -> AlarmModel:
    """An alarm as it is answered."""
    return AlarmModel.model_validate(_members(alarm))


def show_with_history(alarm: Alarm, history: History) -> AlarmWithHistory:
    """An alarm with all that happened to it, as it is answered."""
    return AlarmWithHistory.model_validate(
        _members(alarm)
        | {
            "presses": [dict(row) | {"health": _health(row)} for row in history.presses],
            "timeline": [dict(row) for row in history.timeline],
            "alerts": [dict(row) for row in history.alerts],
            "deliveries": with_attempts(history.deliveries, history.attempts),
        }
    )


def with_attempts(deliveries: Sequence[Row], attempts: Sequence[Row]) -> list[dict[str, Any]]:
    """Deliveries, each with those of the attempts that are its own: the members of `DeliveryWithAttempts`."""
    found: defaultdict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in attempts:
        found[row["delivery_id"]].append(dict(row))
    return [dict(row) | {"attempt_list": found[row["id"]]} for row in deliveries]


def _health(row: Row) -> Health:
    """What a native press told; a bought button's is shown on the button, since its messages tell it by pieces."""
    if row["topic"] is not None and not row["topic"].startswith(f"{PREFIX}/"):
        return Health()
    press = read_press(row["wire_id"], row["payload"])
    return press.health if isinstance(press, Press) else Health()


def _members(alarm: Alarm) -> dict[str, Any]:
    acknowledged = {"at": alarm.acknowledged_at, "by": alarm.acknowledged_by, "reference": alarm.acknowledged_ref}
    closed = {"at": alarm.closed_at, "by": alarm.closed_by, "disposition": alarm.disposition}
    return {
        "id": alarm.id,
        "reference": alarm.reference,
        "kind": alarm.kind,
        "state": alarm.state,
        "located": alarm.located,
        "opened_at": alarm.opened_at,
        "last_pressed_at": alarm.last_pressed_at,
        "press_count": alarm.press_count,
        "received_at": alarm.received_at,
        "late_by_s": alarm.late_by_s,
        "button": {"id": alarm.button_id, "label": alarm.button_label},
        "store": alarm.store,
        "acknowledged": acknowledged if alarm.acknowledged_at else None,
        "closed": closed if alarm.closed_at else None,
    }
