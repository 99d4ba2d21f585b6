"""Endpoints in answers and requests."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from alarmd.core.delivery import Format
from alarmd.db.endpoint_health import EndpointHealth
from alarmd.db.endpoints import Audience, EndpointEntry, EndpointRecord
from alarmd.web.models import Body, Text

Name = Annotated[Text, Field(description="whose it is, as people call it", examples=["노원경찰서"])]
Url = Annotated[str, Field(max_length=2000, description="https://", examples=["https://police.example/alarms"])]
Districts = Annotated[
    tuple[Annotated[str, Field(pattern=r"^\d{5}$")], ...],
    Field(
        max_length=300,
        description="legal codes; with no stations either: every store that no other route claims",
        examples=[["11350"]],
    ),
]
Stations = Annotated[
    tuple[Text, ...],
    Field(
        max_length=300,
        description="police stations and precincts, as GET /v1/stations names them or in any writing that is one's "
        "alone; a route by precinct goes before one by station, and that before one by district",
        examples=[["서울노원경찰서"]],
    ),
]
Audiences = Annotated[
    Audience, Field(description="operators are told of alarms whose place is not known yet, and of what goes wrong")
]
Position = Annotated[int, Field(ge=0, le=100, description="in the chain; 0 is told first")]
AcceptsTests = Annotated[bool, Field(description="whether it is told of tests too")]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
EscalateAfter = Annotated[Seconds, Field(description="when the next in the chain gets an alert that it did not take")]
AcknowledgeWithin = Annotated[Seconds, Field(description="when the next gets it for want of a human who has it")]
ReopenAfter = Annotated[
    Seconds, Field(description="when operators are reminded of an alarm that was acknowledged and not closed")
]
Formats = Annotated[
    Format,
    Field(description="CloudEvents (JSON), CAP 1.2 (XML) or NENA EIDO (JSON); docs/receiving.md shows each"),
]


class EndpointChange(Body):
    """What is to be different; what is left out stays."""

    name: Name | None = None
    url: Url | None = None
    audience: Audiences | None = None
    districts: Districts | None = None
    stations: Stations | None = None
    position: Position | None = Field(default=None, examples=[1])
    accepts_tests: AcceptsTests | None = None
    escalate_after_s: EscalateAfter | None = Field(default=None, examples=[30])
    acknowledge_within_s: AcknowledgeWithin | None = None
    reopen_after_s: ReopenAfter | None = None
    format: Formats | None = None

    def on(self, before: EndpointEntry) -> EndpointEntry:
        """The endpoint with the change."""
        given: dict[str, Any] = self.model_dump(exclude_none=True)
        return EndpointEntry(**{name: given.get(name, getattr(before, name)) for name in EndpointEntry.__slots__})


class EndpointBody(Body):
    """An endpoint to make."""

    name: Name
    url: Url
    audience: Audiences = "police"
    districts: Districts = ()
    stations: Stations = ()
    position: Position = 0
    accepts_tests: AcceptsTests = True
    escalate_after_s: EscalateAfter = 15
    acknowledge_within_s: AcknowledgeWithin = 60
    reopen_after_s: ReopenAfter = 1800
    format: Formats = "cloudevents"


class RotateBody(Body):
    """How long both secrets sign."""

    overlap_s: Annotated[float, Field(ge=0, le=2_592_000)] = Field(
        default=86_400, description="seconds until the old secret stops signing; 0: at once", examples=[3600]
    )


class PauseBody(Body):
    """Until when an endpoint is sent nothing, and why."""

    until: AwareDatetime = Field(description="at most a week from now", examples=["2026-11-24T06:00:00+09:00"])
    reason: Text = Field(description="why, for whoever sees that it is paused", examples=["서버 점검"])


class EndpointModel(BaseModel):
    """A receiver of alerts."""

    id: UUID
    name: str
    url: str
    audience: Audience
    districts: tuple[str, ...]
    stations: tuple[str, ...]
    position: int
    accepts_tests: bool
    escalate_after_s: float
    acknowledge_within_s: float
    reopen_after_s: float
    format: Format
    overlap_until: datetime | None = Field(
        description="until when its old secret signs as well; null: it has one secret"
    )
    paused_until: datetime | None = Field(description="until when it is sent nothing; null: it is not paused")
    paused_at: datetime | None
    paused_by: str | None
    pause_reason: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class HealthPart(BaseModel):
    """How an endpoint is, by the ledger of its newest 200 deliveries."""

    model_config = ConfigDict(from_attributes=True)

    owed: int = Field(description="deliveries that wait for it")
    last_success_at: datetime | None = Field(description="when it last took an alert")
    failing_since: datetime | None = Field(description="null while it does not fail")
    last_error: str | None = Field(examples=["answered 503"])
    last_error_at: datetime | None
    p50_ms: float | None = Field(description="how long it took to take an alert, within the last 24 h: half of them")
    p99_ms: float | None = Field(description="99 of 100")


class EndpointWithHealth(EndpointModel):
    """A receiver of alerts, and how it is."""

    health: HealthPart


class EndpointWithSecret(EndpointModel):
    """A receiver, with its new signing secret."""

    secret: str = Field(description="signs the alerts (Standard Webhooks): this is the only time it is shown")


class TestReport(BaseModel):
    """What came back of a test alert."""

    delivered: bool = Field(description="whether it was a 2xx within the deadline")
    status: int | None = Field(description="HTTP status; null where no complete answer came")
    duration_ms: float
    error: str | None = Field(examples=["answered 401"])
    answer: str = Field(description="the beginning of the answer's body")
    understood: Literal["acknowledged", "rejected"] | None = Field(
        description="what the answer would have said of an alarm; null: only that the alert was taken"
    )


def show(record: EndpointRecord) -> EndpointModel:
    """An endpoint as it is answered."""
    return EndpointModel(**_members(record))


def show_with_secret(record: EndpointRecord, secret: str) -> EndpointWithSecret:
    """An endpoint with its new secret, as it is answered."""
    return EndpointWithSecret(**_members(record), secret=secret)


def show_with_health(record: EndpointRecord, health: EndpointHealth) -> EndpointWithHealth:
    """An endpoint with how it is, as it is answered."""
    return EndpointWithHealth(**_members(record), health=HealthPart.model_validate(health))


def _members(record: EndpointRecord) -> dict[str, Any]:
    entry = {name: getattr(record.entry, name) for name in EndpointEntry.__slots__}
    own = {name: getattr(record, name) for name in ("id", "overlap_until", "version", "created_at", "updated_at")}
    pause = record.pause
    return (
        entry
        | own
        | {
            "paused_until": pause.until if pause else None,
            "paused_at": pause.since if pause else None,
            "paused_by": pause.by if pause else None,
            "pause_reason": pause.reason if pause else None,
        }
    )
