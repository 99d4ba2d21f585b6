"""An alert as an Emergency Incident Data Object (NENA-STA-021.1, EIDO 1.0, JSON).

Each one is the whole incident as it was when the alert was made; its `$id` is the same over all alerts of the alarm.
"""

import html
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from alarmd.core.alert import Alert, Links, timestamp
from alarmd.core.formats.pidf_lo import location


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Reference(_Part):
    """Names another component of the document by its `$id`."""

    ref: str = Field(alias="$ref")


class _Component(_Part):
    id: Annotated[str, Field(alias="$id", min_length=1)]
    last_updated: AwareDatetime = Field(alias="lastUpdateTimeStamp")
    updated_by: Reference = Field(alias="updatedByAgencyReference")


class Agency(_Component):
    """Who tells of the incident: the operator of alarmd."""

    roles: list[str] = Field(alias="agencyRoleDescriptionRegistryText")
    types: list[str] = Field(alias="agencyType")


class Note(_Component):
    """A line for whoever reads, in HTML as NENA asks."""

    comments: str = Field(alias="notesActionComments")


class Disposition(_Component):
    """What it turned out to be."""

    code: Literal["actual", "false", "test", "duplicate", "cancelled"] = Field(alias="dispositionCommonRegistryCode")


class Incident(_Component):
    """The alarm."""

    common_type: Literal["Holdup", "Test"] = Field(alias="incidentTypeCommonRegistryText")
    internal_code: Literal["panic", "test", "canary"] = Field(alias="incidentTypeInternalCode")
    internal_text: str = Field(alias="incidentTypeInternalText")
    states: list[Literal["open", "cancel_requested", "acknowledged", "closed"]] = Field(
        alias="incidentStatusInternalText", min_length=1, max_length=1
    )
    reference: str = Field(alias="internalIncidentId", examples=["A-20261123-000042"])
    locations: list[Reference] = Field(default=[], alias="locationReference")
    dispositions: list[Disposition] = Field(default=[], alias="dispositionComponent")
    notes: list[Reference] = Field(alias="notesReference")


class AlarmSensor(_Component):
    """The button, and where the alarm is read and acknowledged."""

    url: str = Field(alias="alarmUrl", json_schema_extra={"format": "uri"})
    notes: list[Reference] = Field(alias="notesReference")


class LocationOfStore(_Component):
    """The place, as PIDF-LO: a point and a civic address by RFC 5139."""

    kind: Literal["Incident"] = Field(alias="locationTypeDescriptionRegistryText")
    pidf_lo: str = Field(alias="locationByValue", description="PIDF-LO, an XML document")
    description: str = Field(default="", alias="locationDescriptionText", description="the entrance note")
    local_ids: list[str] = Field(alias="localIdentifier", description="the store's code")


class Callback(_Component):
    """How the store is called."""

    uris: list[str] = Field(alias="callBackInformationUri", examples=[["tel:+8227160302"]])


class EidoBody(_Component):
    """The body of a webhook in the format `eido`."""

    model_config = ConfigDict(title="EIDO")

    version: Literal["1.0"] = Field(alias="eidoVersion")
    issuer: str = Field(alias="issuingElementIdentification")
    incident: Incident = Field(alias="incidentComponent")
    alarms: list[AlarmSensor] = Field(alias="alarmsSensorsComponent")
    agencies: list[Agency] = Field(alias="agencyComponent")
    notes: list[Note] = Field(alias="notesComponent")
    locations: list[LocationOfStore] = Field(default=[], alias="locationComponent")
    callbacks: list[Callback] = Field(default=[], alias="callbackComponent")


def body(alert: Alert, links: Links) -> dict[str, Any]:
    """The body of an alert, as `EidoBody` describes it, ready for JSON."""
    alarm, store = alert.alarm, alert.alarm.store
    host = urlsplit(links.public_url).netloc
    incident = f"urn:emergency:uid:incidentid:{alarm.id.hex}:{host}"

    def component(part: str) -> dict[str, Any]:
        return {
            "$id": f"{incident}:{part}" if part else incident,
            "lastUpdateTimeStamp": timestamp(alert.created_at),
            "updatedByAgencyReference": {"$ref": host},
        }

    return {
        **component(""),
        "eidoVersion": "1.0",
        "issuingElementIdentification": host,
        "incidentComponent": {
            **component("incident"),
            "incidentTypeCommonRegistryText": "Holdup" if alarm.kind == "panic" else "Test",
            "incidentTypeInternalCode": alarm.kind,
            "incidentTypeInternalText": "편의점 비상벨" if alarm.kind == "panic" else "편의점 비상벨 시험",
            "incidentStatusInternalText": [alarm.state],
            "internalIncidentId": alarm.reference,
            "locationReference": [{"$ref": f"{incident}:location"}] if store else [],
            "dispositionComponent": [
                {**component("disposition"), "dispositionCommonRegistryCode": word} for word in _dispositions(alert)
            ],
            "notesReference": [{"$ref": f"{incident}:note"}],
        },
        "alarmsSensorsComponent": [
            {
                **component("button"),
                "alarmUrl": f"{links.public_url}/v1/alarms/{alarm.id}",
                "notesReference": [{"$ref": f"{incident}:note"}],
            }
        ],
        "agencyComponent": [
            {
                **component(""),
                "$id": host,
                "agencyRoleDescriptionRegistryText": ["AlarmMonitoring"],
                "agencyType": ["alarm"],
            }
        ],
        "notesComponent": [{**component("note"), "notesActionComments": html.escape(_note(alert))}],
        "locationComponent": [
            {
                **component("location"),
                "locationTypeDescriptionRegistryText": "Incident",
                "locationByValue": location(store, host, alarm.opened_at),
                **({"locationDescriptionText": store["entrance_note"]} if store["entrance_note"] else {}),
                "localIdentifier": [store["code"]],
            }
        ]
        if store
        else [],
        "callbackComponent": [{**component("callback"), "callBackInformationUri": [_tel(store["phone"])]}]
        if store and store["phone"]
        else [],
    }


def _dispositions(alert: Alert) -> list[str]:
    word = (alert.step or {}).get("disposition")
    return [word] if word else []


def _note(alert: Alert) -> str:
    """What happened, in a line: the alert's type, the button, how often it was pressed, and what a human said."""
    alarm = alert.alarm
    said = [f"{name}: {value}" for name, value in (alert.step or {}).items() if value is not None]
    late = [f"late by {alarm.late_by_s:.0f} s"] if alarm.late_by_s is not None else []
    why = [f"escalated: {alert.reason}"] if alert.reason else []
    times = f"{alarm.button_label or alarm.button_id} pressed {alarm.press_count} x"
    return "; ".join([alert.type, times, *late, *why, *said])


def _tel(phone: str) -> str:
    """A telephone URI (RFC 3966); a number without a country says where it is dialled."""
    return f"tel:{phone}" if phone.startswith("+") else f"tel:{phone};phone-context=+82"
