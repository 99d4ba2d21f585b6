"""What is said about an alarm to the police: the alert, and its body by the webhook contract."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from alarmd.core.alarm import Alarm, AlarmKind, AlarmState, Disposition
from alarmd.core.route import EscalationReason

AlertType = Literal[
    "alarm.opened",
    "alarm.repeated",
    "alarm.cancel_requested",
    "alarm.located",
    "alarm.escalated",  # to the operators only
    "alarm.acknowledged",
    "alarm.rejected",
    "alarm.closed",
    "alarm.reopened",
]


@dataclass(frozen=True, slots=True)
class Alert:
    """One outbound message about an alarm.

    The alarm is as it was when the alert was made, so that each attempt says the same.

    Attributes:
        id: its `webhook-id`.
        reason: why it was escalated.
        step: what a human did, as `StepPart` describes it.
        first: id and time of the first alert of this alarm to the same endpoint, which may be this one; known where the
            endpoint's format refers to it.
    """

    id: UUID
    type: AlertType
    created_at: datetime
    alarm: Alarm
    reason: EscalationReason | None = None
    step: dict[str, Any] | None = None
    first: tuple[UUID, datetime] | None = None


@dataclass(frozen=True, slots=True)
class Links:
    """How links in an alert are made."""

    public_url: str
    map_url_template: str


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AlarmPart(_Part):
    """The alarm in an alert."""

    id: UUID
    reference: str = Field(description="for people to say to each other", examples=["A-20261123-000042"])
    kind: AlarmKind
    state: AlarmState
    located: bool = Field(description="false while it is unknown which store the button is in")
    opened_at: AwareDatetime
    last_pressed_at: AwareDatetime
    press_count: int = Field(ge=1)
    received_at: AwareDatetime
    late_by_s: float | None = Field(description="age in seconds of a press that came late")


class ButtonPart(_Part):
    """The button in an alert."""

    id: str
    label: str


class Location(_Part):
    """WGS 84, in degrees."""

    lat: float
    lon: float


class StorePart(_Part):
    """The store as the registry had it when the press was committed."""

    id: UUID
    code: str
    name: str
    chain: str | None
    phone: str | None = Field(description="E.164, or a short number such as 112", examples=["+8227160302"])
    road_address: str | None
    jibun_address: str | None
    postal_code: str | None
    district: str
    district_code: str
    police_station: str | None
    entrance_note: str | None
    location: Location


class LinksPart(_Part):
    """Where to go from here; `acknowledge` takes a POST."""

    alarm: str
    acknowledge: str
    map: str | None


class StepPart(_Part):
    """What a human did: who, when, under which reference of their own, why, and what it turned out to be."""

    by: str
    at: AwareDatetime
    reference: str | None = Field(description="in their own system", examples=["112-4711"])
    reason: str | None = Field(description="why they reject or reopen it")
    disposition: Disposition | None = Field(description="what it turned out to be, when they close it")


class AlertData(_Part):
    """What an alert says."""

    alarm: AlarmPart
    button: ButtonPart
    store: StorePart | None
    links: LinksPart
    reason: EscalationReason | None = Field(default=None, description="why operators are alerted; in alarm.escalated")
    step: StepPart | None = Field(
        default=None, description="in alarm.acknowledged, alarm.rejected, alarm.closed and alarm.reopened"
    )


class AlertBody(_Part):
    """The body of a webhook: CloudEvents 1.0, structured JSON."""

    specversion: Literal["1.0"]
    id: str = Field(description="the webhook-id, the same over all attempts")
    source: str
    type: Annotated[str, Field(pattern=r"^alarmd\.alarm\.[a-z_]+\.v1$")]
    subject: str
    time: AwareDatetime
    datacontenttype: Literal["application/json"]
    dataschema: str
    data: AlertData


def body(alert: Alert, links: Links) -> dict[str, Any]:
    """The body of an alert, as `AlertBody` describes it, ready for JSON."""
    public = links.public_url
    alarm = alert.alarm
    return {
        "specversion": "1.0",
        "id": str(alert.id),
        "source": public,
        "type": f"alarmd.{alert.type}.v1",
        "subject": f"alarms/{alarm.id}",
        "time": timestamp(alert.created_at),
        "datacontenttype": "application/json",
        "dataschema": f"{public}/schemas/alert.schema.json",
        "data": {
            "alarm": {
                "id": str(alarm.id),
                "reference": alarm.reference,
                "kind": alarm.kind,
                "state": alarm.state,
                "located": alarm.located,
                "opened_at": timestamp(alarm.opened_at),
                "last_pressed_at": timestamp(alarm.last_pressed_at),
                "press_count": alarm.press_count,
                "received_at": timestamp(alarm.received_at),
                "late_by_s": alarm.late_by_s,
            },
            "button": {"id": alarm.button_id, "label": alarm.button_label},
            "store": alarm.store,
            "links": {
                "alarm": f"{public}/v1/alarms/{alarm.id}",
                "acknowledge": f"{public}/v1/alarms/{alarm.id}/acknowledge",
                "map": map_link(alarm, links.map_url_template),
            },
            **({"reason": alert.reason} if alert.reason else {}),
            **({"step": alert.step} if alert.step else {}),
        },
    }


def step(
    *,
    by: str,
    at: datetime,
    reference: str | None = None,
    reason: str | None = None,
    disposition: Disposition | None = None,
) -> dict[str, Any]:
    """A step, as `StepPart` describes it, ready for JSON."""
    return {"by": by, "at": timestamp(at), "reference": reference, "reason": reason, "disposition": disposition}


def rehearsal(alert_id: UUID, now: datetime) -> Alert:
    """A test alert about no alarm at all, to try an endpoint with: `kind` is `test`, and there is no store."""
    alarm = Alarm(
        id=alert_id,
        reference="TEST",
        kind="test",
        state="open",
        button_id="test",
        button_label="",
        store=None,
        opened_at=now,
        received_at=now,
        last_pressed_at=now,
        press_count=1,
    )
    return Alert(alert_id, "alarm.opened", now, alarm)


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC, to the microsecond."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def map_link(alarm: Alarm, template: str) -> str | None:
    """Where a map shows the store; None while it is unknown where that is."""
    if alarm.store is None:
        return None
    location = alarm.store["location"]
    return template.format(lat=location["lat"], lon=location["lon"], name=quote(alarm.store["name"], safe=""))
