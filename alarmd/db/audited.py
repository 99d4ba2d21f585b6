"""What the audit keeps of each thing: what a human says of it. Never a secret, nor a note."""

from typing import Any

from alarmd.core.alarm import Alarm
from alarmd.core.audit import members
from alarmd.core.person import Person
from alarmd.db.buttons import ButtonEntry, ButtonRecord
from alarmd.db.console_sessions import OpenSession
from alarmd.db.endpoints import EndpointRecord
from alarmd.db.keys import Key
from alarmd.db.mappings import MappingRecord
from alarmd.db.stores import StoreRecord

_STEPS = ("state", "acknowledged_at", "acknowledged_by", "acknowledged_ref", "closed_at", "closed_by", "disposition")


def of_store(record: StoreRecord) -> dict[str, Any]:
    """A store of the registry."""
    return {"code": record.code} | members(record.store) | members(record.modes)


def of_button(record: ButtonRecord) -> dict[str, Any]:
    """A button of the registry; nothing of what was heard of it."""
    return members(record, *ButtonEntry.__slots__, "revoked_at")


def of_mapping(record: MappingRecord) -> dict[str, Any]:
    """An operator's mapping."""
    return record.document


def of_endpoint(record: EndpointRecord) -> dict[str, Any]:
    """A receiver of alerts, without its secrets."""
    return members(record.entry)


def of_key(key: Key) -> dict[str, Any]:
    """A key, without its secret."""
    return members(key, "name", "role", "endpoint_id", "revoked_at")


def of_session(session: OpenSession) -> dict[str, Any]:
    """Who was logged in, and with what."""
    return members(session, "name", "role", "key_id", "issuer", "subject", "created_at")


def of_person(person: Person) -> dict[str, Any]:
    """Somebody whom the provider let in, and what as."""
    return members(person)


def of_alarm(alarm: Alarm) -> dict[str, Any]:
    """How far the police are with an alarm."""
    return members(alarm, *_STEPS)
