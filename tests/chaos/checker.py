"""Judges a run: what every party outside alarmd saw, against what the database holds at the end."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import asyncpg

from alarmd.core.canary import is_canary
from tests.chaos.history import Event

Press: TypeAlias = tuple[str, str]
"""A button's id and a press's id."""

RECOVER_WITHIN_S = 30.0
AUTOSAVE_S = 6.0  # mosquitto writes its queue down every 5 s; what it acknowledged since, it may lose when killed
_WORDS = ("recorded", "delivered", "acknowledged")
_ORDER = {"open": 0, "cancel_requested": 1, "acknowledged": 2, "closed": 3}
_ASKS = {"alarm.opened", "alarm.located"}


@dataclass(frozen=True, slots=True)
class Dump:
    """What Postgres holds at the end, but for alarmd's own canaries. Times are seconds since the epoch.

    Attributes:
        presses: `button_id`, `press_id`, `alarm_id`, `kind`, `began` and `committed` (of the press's transaction),
            `store_code` (the alarm's).
        alerts: `id`, `alarm_id`, `type`, `state`, in the order in which they were made.
        alarms: `id`, `kind`, `store_code`.
        pending: `alert_id` and `endpoint` of deliveries still owed.
        quarantined: payloads in the quarantine, as text.
    """

    presses: Sequence[dict[str, Any]]
    alerts: Sequence[dict[str, Any]]
    alarms: Sequence[dict[str, Any]]
    pending: Sequence[dict[str, Any]] = ()
    quarantined: frozenset[str] = frozenset()


@dataclass(slots=True)
class Verdict:
    """What is wrong, in sentences; nothing, if all is well."""

    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    phantom: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.lost or self.duplicated or self.phantom or self.late or self.broken)

    def counts(self) -> dict[str, int]:
        """How much of each."""
        return {name: len(getattr(self, name)) for name in ("lost", "duplicated", "phantom", "late", "broken")}

    def sentences(self) -> list[str]:
        """All of it."""
        return [*self.lost, *self.duplicated, *self.phantom, *self.late, *self.broken]


async def dump(connection: "asyncpg.Connection[asyncpg.Record]") -> Dump:
    """Read what the database holds; it must track commit timestamps."""
    presses = await connection.fetch(
        """
        SELECT p.button_id, p.press_id, p.kind, t.alarm_id::text,
               extract(epoch FROM t.at)::float8 AS began,
               extract(epoch FROM pg_xact_commit_timestamp(p.xmin))::float8 AS committed,
               a.store ->> 'code' AS store_code
        FROM presses p
        LEFT JOIN timeline t ON t.press = p.id
        LEFT JOIN alarms a ON a.id = t.alarm_id
        WHERE p.kind <> 'canary'
        """
    )
    alerts = await connection.fetch("SELECT id::text, alarm_id::text, type, state FROM alerts ORDER BY id")
    alarms = await connection.fetch(
        "SELECT id::text, kind, store ->> 'code' AS store_code FROM alarms WHERE kind <> 'canary'"
    )
    pending = await connection.fetch(
        """
        SELECT d.alert_id::text, e.name AS endpoint
        FROM deliveries d
        JOIN endpoints e ON e.id = d.endpoint_id
        WHERE d.state = 'pending'
          AND e.audience <> 'canary'
        """
    )
    quarantined = await connection.fetch("SELECT payload FROM quarantine")
    return Dump(
        [dict(row) for row in presses],
        [dict(row) for row in alerts],
        [dict(row) for row in alarms],
        [dict(row) for row in pending],
        frozenset(row["payload"].decode("utf-8", "replace") for row in quarantined),
    )


def judge(events: Sequence[Event], found: Dump) -> Verdict:
    """Judge a run."""
    verdict = Verdict()
    _presses(events, found, verdict)
    _alarms(events, found, verdict)
    _stores(events, found, verdict)
    _police(events, verdict)
    _reached(events, found, verdict)
    _pubacks(events, found, verdict)
    _states(found, verdict)
    _quarantine(events, found, verdict)
    _pending(found, verdict)
    return verdict


def _presses(events: Sequence[Event], found: Dump, verdict: Verdict) -> None:
    """Every press that must be there is in exactly one alarm, the one that its receipts name."""
    alarms: defaultdict[Press, set[str]] = defaultdict(set)
    for row in found.presses:
        if row["alarm_id"]:
            alarms[_key(row)].add(row["alarm_id"])
    promised = _promised(events)
    for press, why in promised.items():
        if not alarms[press]:
            verdict.lost.append(f"{_name(press)}: {why}, and it is in no alarm")
    for press, ids in alarms.items():
        if len(ids) > 1:
            verdict.duplicated.append(f"{_name(press)} is in {len(ids)} alarms: {', '.join(sorted(ids))}")
    for event in _of_buttons(events, *_WORDS):
        named = event.facts["alarm_id"]
        if named and named not in alarms[_key(event.facts)]:
            verdict.lost.append(f"{_name(_key(event.facts))}: its receipt names the alarm {named}, which it is not in")


def _promised(events: Sequence[Event]) -> dict[Press, str]:
    """The presses that must be in an alarm, and why."""
    promised: dict[Press, str] = {}
    for event in _of_buttons(events, "puback"):
        if not _may_be_lost(events, event.at):
            promised[_key(event.facts)] = "the broker acknowledged it"
    for event in _of_buttons(events, "pressed"):
        if event.facts.get("persistent", True):
            promised[_key(event.facts)] = "its button goes on until its receipt"
    for event in _of_buttons(events, "recorded"):
        promised[_key(event.facts)] = "its button was told that it is recorded"
    put_aside = {_key(event.facts) for event in _of_buttons(events, "quarantined")}
    return {press: why for press, why in promised.items() if press not in put_aside}


def _may_be_lost(events: Sequence[Event], at: float) -> bool:
    """Whether the broker may lose what it acknowledged then: it was killed too soon after, or its queue was full."""
    by_fault: defaultdict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.by == "nemesis" and "fault" in event.facts:
            by_fault[event.facts["fault"]].append(event)
    kills = [event.at for event in by_fault["broker_killed"] if event.what == "begin"]
    begun = [event.at for event in by_fault["broker_queue_full"] if event.what == "begin"]
    ended = [event.at for event in by_fault["broker_queue_full"] if event.what == "end"]
    full = zip(begun, [*ended, float("inf")], strict=False)
    return any(at <= kill <= at + AUTOSAVE_S for kill in kills) or any(
        begin <= at <= end + AUTOSAVE_S for begin, end in full
    )


def _alarms(events: Sequence[Event], found: Dump, verdict: Verdict) -> None:
    """No alarm without a press, and no press that nobody made."""
    made = {_key(event.facts) for event in _of_buttons(events, "pressed")}
    pressed = {row["alarm_id"] for row in found.presses}
    for row in found.presses:
        if _key(row) not in made:
            verdict.phantom.append(f"{_name(_key(row))} is recorded, and no button made it")
    for alarm in found.alarms:
        if alarm["id"] not in pressed:
            verdict.phantom.append(f"alarm {alarm['id']} has no press")
    for press, times in Counter(_key(row) for row in found.presses).items():
        if times > 1:
            verdict.duplicated.append(f"{_name(press)} is recorded {times} times")


def _stores(events: Sequence[Event], found: Dump, verdict: Verdict) -> None:
    """An alarm's store is what the registry said when the press was committed."""
    edits: defaultdict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.by == "operator" and event.what in {"changing", "changed"}:
            edits[event.facts["button_id"]].append(event)
    for row in found.presses:
        if row["alarm_id"] is None or row["committed"] is None:
            continue
        allowed = _assigned(edits[row["button_id"]], row["began"], row["committed"])
        if row["store_code"] not in allowed:
            said = ", ".join(sorted(map(str, allowed)))
            verdict.broken.append(f"{_name(_key(row))}: its alarm is at {row['store_code']}, the registry said {said}")


def _assigned(edits: Sequence[Event], began: float, committed: float) -> set[str | None]:
    """The stores that a button may have been in between two moments; an edit may have been seen while it was made."""
    allowed: set[str | None] = set()
    current: str | None = None
    for edit in edits:
        if edit.what == "changed":
            if edit.at <= began:
                allowed = set()
            elif not allowed:
                allowed.add(current)
            current = edit.facts["store_code"]
            if edit.at <= committed:
                allowed.add(current)
        elif edit.at <= committed:  # `changing`: from now on it may be seen
            allowed |= {current, edit.facts["store_code"]}
    return allowed | ({current} if not allowed else set())


def _police(events: Sequence[Event], verdict: Verdict) -> None:
    """An alarm comes to the police under one id, with one body, validly signed."""
    received = [event.facts for event in events if event.what == "received"]
    bodies: defaultdict[str, set[str]] = defaultdict(set)
    asks: defaultdict[str, set[str]] = defaultdict(set)
    for alert in received:
        bodies[alert["webhook_id"]].add(alert["sha256"])
        if alert["type"] in _ASKS:
            asks[alert["alarm_id"]].add(alert["webhook_id"])
        if alert["kind"] == "canary":
            verdict.broken.append(f"the police were told of the canary {alert['alarm_id']}")
        if not alert["valid"]:
            verdict.broken.append(f"an attempt of {alert['webhook_id']} is not validly signed")
    verdict.broken += [f"an alert went to {event.facts['to']}" for event in events if event.what == "leaked"]
    for webhook_id, hashes in bodies.items():
        if len(hashes) > 1:
            verdict.broken.append(f"attempts of {webhook_id} have {len(hashes)} different bodies")
    for alarm_id, ids in asks.items():
        if len(ids) > 1:
            verdict.duplicated.append(f"alarm {alarm_id} came to the police under {len(ids)} ids")


def _reached(events: Sequence[Event], found: Dump, verdict: Verdict) -> None:
    """The police took every alarm with a place, and everything that was to be sent to them again."""
    received = [event.facts for event in events if event.what == "received"]
    taken = {alert["alarm_id"] for alert in received if alert["type"] in _ASKS and _is_taken(alert)}
    for alarm in found.alarms:
        if alarm["store_code"] is not None and alarm["id"] not in taken:
            verdict.lost.append(f"alarm {alarm['id']} never reached the police")
    for event in events:
        if event.by == "operator" and event.what == "retry" and not _came_after(events, event):
            verdict.lost.append(f"{event.facts['webhook_id']} was to be sent again, and did not come")


def _is_taken(alert: dict[str, Any]) -> bool:
    return bool(alert["valid"]) and alert["status"] is not None and 200 <= alert["status"] < 300


def _came_after(events: Sequence[Event], retry: Event) -> bool:
    return any(
        event.what == "received"
        and event.at > retry.at
        and event.facts["webhook_id"] == retry.facts["webhook_id"]
        and _is_taken(event.facts)
        for event in events
    )


def _pubacks(events: Sequence[Event], found: Dump, verdict: Verdict) -> None:
    """The commit precedes the acknowledgement."""
    committed = {_key(row): row["committed"] for row in found.presses if row["committed"] is not None}
    recorded = {_key(row) for row in found.presses}
    for event in events:
        if not event.by.startswith("wire:") or event.facts["press_id"] is None or is_canary(event.facts["button_id"]):
            continue
        press = _key(event.facts)
        if press in committed and committed[press] > event.at:
            ahead_ms = (committed[press] - event.at) * 1000
            verdict.broken.append(f"{_name(press)} was acknowledged to the broker {ahead_ms:.1f} ms before its commit")
        elif press not in recorded and not _put_aside(events, press):
            verdict.lost.append(f"{_name(press)} was acknowledged to the broker, and is not recorded")


def _put_aside(events: Sequence[Event], press: Press) -> bool:
    return any(
        event.by == "button" and event.what == "pressed" and _key(event.facts) == press and event.facts.get("retained")
        for event in events
    )


def _states(found: Dump, verdict: Verdict) -> None:
    """States never go back."""
    reached: defaultdict[str, int] = defaultdict(int)
    for alert in found.alerts:
        state = _ORDER[alert["state"]]
        if state < reached[alert["alarm_id"]]:
            verdict.broken.append(f"alarm {alert['alarm_id']} went back to {alert['state']} in alert {alert['id']}")
        reached[alert["alarm_id"]] = max(state, reached[alert["alarm_id"]])


def _quarantine(events: Sequence[Event], found: Dump, verdict: Verdict) -> None:
    """What cannot be understood is put aside as it came."""
    for event in _of_buttons(events, "poisoned"):
        if event.facts["payload"] not in found.quarantined and not _may_be_lost(events, event.at):
            verdict.lost.append(f"{event.facts['payload']!r} was acknowledged, and is not in the quarantine")


def _pending(found: Dump, verdict: Verdict) -> None:
    for delivery in found.pending:
        verdict.late.append(
            f"{delivery['alert_id']} is still owed to {delivery['endpoint']} {RECOVER_WITHIN_S:.0f} s after the end"
        )


def _of_buttons(events: Sequence[Event], *words: str) -> Iterator[Event]:
    return (event for event in events if event.by == "button" and event.what in words)


def _key(facts: dict[str, Any]) -> Press:
    return (facts["button_id"].lower(), facts["press_id"])


def _name(press: Press) -> str:
    return f"press {press[1]} of {press[0]}"
