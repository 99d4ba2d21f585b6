"""Commits what bought buttons tell: what is remembered of each, and its presses, in one transaction."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from alarmd.core.dialects.device import Reading, registered, spelled
from alarmd.core.dialects.repeats import Listener
from alarmd.core.judging import Case, Enrolled, Ruling, rule
from alarmd.core.signal import Message
from alarmd.db import accept, devices
from alarmd.db.accept import Accepted, IncomingPress, Rules
from alarmd.db.devices import Held, Sighting
from alarmd.db.pool import Connection

LISTENING_WITHIN_S: Final = 6.0  # a listener that said so this long ago is taken to be there

_SHOWN_EVENTS: Final = 8
_LEASE_HOLDS_S: Final = 1.0  # a transaction that waited longer has no time to claim what it owes


@dataclass(frozen=True, slots=True)
class Told:
    """What one message told of buttons.

    Attributes:
        arrived: when it came, by `time.monotonic`, in seconds.
        listener: the replica's session with the broker that it came from.
        resumed: whether that session was just taken up again, so that it may tell of what was missed.
        connected: when what the button depends on last came to the broker, by `time.monotonic`; None: not known.
    """

    message: Message
    readings: tuple[Reading, ...]
    arrived: float
    listener: str
    resumed: bool = False
    connected: float | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a group: presses that were recorded with their kinds, and what follows from them."""

    rulings: list[Ruling]
    kinds: list[str]
    accepted: Accepted


async def commit(connection: Connection, told: Sequence[Told], rules: Rules) -> Heard:
    """Judge what was told, in its order, and commit the memory and the presses together."""
    pairs = [(one, reading) for one in told for reading in one.readings]
    async with connection.transaction():
        held = await devices.hold(connection, _sightings([reading for _, reading in pairs]))
        registry = await _registry(connection, list(held))
        cases = await _cases(connection, pairs, held)
        rulings, memory = rule(cases, {device_id: one.seen for device_id, one in held.items()}, registry)
        events = _events(cases, rulings, held)
        pressed = {case.device_id for case, ruling in zip(cases, rulings, strict=True) if ruling.is_deed}
        await devices.remember(connection, [(key, memory[key], events[key]) for key in held], pressed)
        waited_s = max((one.waited_s for one in held.values()), default=0.0)
        presses = _presses(pairs, rulings)
        accepted = await _accept(connection, presses, rules if waited_s < _LEASE_HOLDS_S else _unclaimed(rules))
    return Heard(rulings, [press.press.kind for press in presses], accepted)


async def _accept(connection: Connection, presses: Sequence[IncomingPress], rules: Rules) -> Accepted:
    opening = [press for press in presses if press.press.kind != "cancel"]
    accepted = await accept.accept(connection, opening, rules) if opening else Accepted([], [], [], None, due=False)
    recorded = dict(zip((press.key for press in opening), accepted.recorded, strict=True))
    for press in presses:
        if press.press.kind == "cancel":
            recorded[press.key] = await accept.cancel(connection, press)
    due = accepted.due or len(opening) < len(presses)
    return replace(accepted, recorded=[recorded[press.key] for press in presses], due=due)


def _unclaimed(rules: Rules) -> Rules:
    """The same, but what is owed is claimed by nobody: whoever looks next takes it."""
    return replace(rules, claimant=None)


def _sightings(readings: Sequence[Reading]) -> list[Sighting]:
    found: dict[str, Sighting] = {}
    for reading in readings:
        one = sighting(reading)
        before = found.get(one.id)
        found[one.id] = one if before is None else joined(before, one)
    return list(found.values())


def sighting(reading: Reading) -> Sighting:
    """That a device was heard once."""
    named = reading.button_id or ""
    return Sighting(
        registered(named),
        spelled(named),
        reading.dialect,
        reading.model,
        reading.alias,
        registered(reading.gateway_id) if reading.gateway_id else None,
        reading.broadcast,
    )


def joined(before: Sighting, after: Sighting) -> Sighting:
    """That it was heard as often as both say; what the later one does not tell stays."""
    return replace(
        after,
        model=after.model or before.model,
        alias=after.alias or before.alias,
        gateway_id=after.gateway_id or before.gateway_id,
        times=before.times + after.times,
    )


async def _registry(connection: Connection, device_ids: Sequence[str]) -> dict[str, Enrolled]:
    rows = await connection.fetch(
        "SELECT id, dialect, profile FROM buttons WHERE id = ANY ($1) AND revoked_at IS NULL", device_ids
    )
    return {row["id"]: Enrolled(row["dialect"], row["profile"]) for row in rows}


async def _cases(connection: Connection, pairs: Sequence[tuple[Told, Reading]], held: Mapping[str, Held]) -> list[Case]:
    listeners = await _listeners(connection) if any(told.resumed for told, _ in pairs) else frozenset[str]()
    unknown = {registered(r.gateway_id) for t, r in pairs if t.connected is None and r.state and r.gateway_id}
    came = await _came_at(connection, list(unknown)) if unknown else {}
    monotonic = time.monotonic()
    cases = []
    for told, reading in pairs:
        connected_at: datetime | None
        now = held[registered(reading.button_id or "")].now
        if told.connected is not None:
            connected_at = now - timedelta(seconds=monotonic - told.connected)
        else:
            connected_at = came.get(registered(reading.gateway_id or ""))
        catches_up = listeners - {told.listener} if told.resumed else frozenset[str]()
        heard_at = now - timedelta(seconds=monotonic - told.arrived)
        cases.append(Case(reading, heard_at, connected_at, Listener(told.listener, catches_up)))
    return cases


async def _listeners(connection: Connection) -> frozenset[str]:
    """Who listens now, as far as is known: each a replica's session with a broker."""
    rows = await connection.fetch(
        """
        SELECT client_id, broker
        FROM broker_sessions
        WHERE connected_at > now() - make_interval(secs => $1)
        """,
        LISTENING_WITHIN_S,
    )
    return frozenset(listener(row["client_id"], row["broker"]) for row in rows)


def listener(client_id: str, broker: str) -> str:
    """The name of a replica's session with a broker."""
    return f"{client_id}@{broker}"


async def _came_at(connection: Connection, gateway_ids: Sequence[str]) -> dict[str, datetime]:
    """When gateways came to the broker, of those that are there."""
    rows = await connection.fetch(
        "SELECT id, changed_at FROM gateways WHERE id = ANY ($1) AND state = 'online'", gateway_ids
    )
    return {row["id"]: row["changed_at"] for row in rows}


def _presses(pairs: Sequence[tuple[Told, Reading]], rulings: Sequence[Ruling]) -> list[IncomingPress]:
    return [
        IncomingPress(ruling.press, ruling.press_id, "mqtt", told.message.topic, told.message.payload, told.arrived)
        for (told, _), ruling in zip(pairs, rulings, strict=True)
        if ruling.press is not None
    ]


def _events(
    cases: Sequence[Case], rulings: Sequence[Ruling], held: Mapping[str, Held]
) -> dict[str, list[dict[str, Any]]]:
    """The last few things like presses of each device, the newest first."""
    events = {device_id: list(one.events) for device_id, one in held.items()}
    for case, ruling in zip(cases, rulings, strict=True):
        if ruling.is_deed:
            counter = case.reading.counter
            event = {
                "at": case.heard_at.isoformat(),
                "event": case.reading.event,
                "endpoint": case.reading.endpoint,
                "counter": counter.value if counter else None,
            }
            events[case.device_id] = [event, *events[case.device_id]][:_SHOWN_EVENTS]
    return events
