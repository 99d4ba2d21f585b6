"""One request that reached the police station."""

import hashlib
from dataclasses import dataclass, replace
from typing import Any


def member(document: Any, *path: str) -> Any:
    """What stands at `path` in a JSON document, or None where there is no such member."""
    for name in path:
        if not isinstance(document, dict):
            return None
        document = document.get(name)
    return document


@dataclass(frozen=True, slots=True)
class Received:
    """One request: an attempt to deliver an alert, valid or not.

    Attributes:
        at: Arrival of its last byte, seconds since the epoch.
        webhook_id: The `webhook-id` header; empty if there was none.
        timestamp: The `webhook-timestamp` header as sent: seconds since the epoch, of this attempt.
        headers: All headers, names in lower case.
        body: The body as it came.
        event: The body as JSON; None if it is none.
        valid: Whether one of the station's secrets made the signature.
        status: The HTTP status answered; None if the station hung.
    """

    at: float
    webhook_id: str
    timestamp: str
    headers: dict[str, str]
    body: bytes
    event: Any
    valid: bool
    status: int | None

    @property
    def taken(self) -> bool:
        """Whether the station took the alert: a valid signature, answered with a 2xx."""
        return self.valid and self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 -- the 2xx range

    @property
    def type(self) -> str:
        """The alert's type in the domain's words, `alarm.opened` for `alarmd.alarm.opened.v1`; empty if unknown."""
        return str(member(self.event, "type") or "").removeprefix("alarmd.").removesuffix(".v1")

    @property
    def alarm(self) -> dict[str, Any]:
        """The alert's alarm; empty if it has none."""
        alarm: dict[str, Any] | None = member(self.event, "data", "alarm")
        return alarm or {}

    @property
    def store(self) -> dict[str, Any] | None:
        """The alert's store; None while the alarm is not located."""
        store: dict[str, Any] | None = member(self.event, "data", "store")
        return store

    @property
    def acknowledge_url(self) -> str | None:
        """Where the alarm is acknowledged by a call, if the alert says so."""
        url: str | None = member(self.event, "data", "links", "acknowledge")
        return url

    def answered(self, status: int | None) -> "Received":
        """The same request, with what was answered."""
        return replace(self, status=status)

    def is_for(self, store: str) -> bool:
        """Whether the alert is about the store of this id, code or name."""
        return store in {member(self.store, name) for name in ("id", "code", "name")}

    def facts(self) -> dict[str, Any]:
        """The request as one flat JSON object, for `--json`."""
        return {
            "at": self.at,
            "webhook_id": self.webhook_id,
            "type": self.type,
            "alarm_id": self.alarm.get("id"),
            "reference": self.alarm.get("reference"),
            "kind": self.alarm.get("kind"),
            "press_count": self.alarm.get("press_count"),
            "store_name": member(self.store, "name"),
            "district": member(self.store, "district"),
            "button_id": member(self.event, "data", "button", "id"),
            "status": self.status,
            "valid": self.valid,
            "sha256": hashlib.sha256(self.body).hexdigest(),
            "timestamp": self.timestamp,
        }
