"""Commits presses: the hot path's one statement, and the rare ones beside it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Literal
from uuid import UUID

from alarmd.core.alarm import REPEAT_EVERY_S, request_cancel
from alarmd.core.alert import Alert, AlertType
from alarmd.core.delivery import LEASE_S, Delivery
from alarmd.core.route import LOCATE_WITHIN_S
from alarmd.core.signal import Press
from alarmd.db import outbox, quarantine
from alarmd.db.alarm_rows import read_alarm
from alarmd.db.pool import Connection, Row

_ACCEPT = resources.files("alarmd.db").joinpath("accept.sql").read_text(encoding="utf-8")


Source = Literal["mqtt", "http", "practice"]


@dataclass(frozen=True, slots=True)
class IncomingPress:
    """A press that waits to be committed.

    `press_id` is the press's own or the derived one; `arrived` is when it came, by `time.monotonic`, in seconds.
    """

    press: Press
    press_id: str
    source: Source
    topic: str | None
    payload: bytes
    arrived: float

    @property
    def key(self) -> tuple[str, str]:
        """What makes it this press and no other."""
        return (self.press.button_id, self.press_id)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A press is committed. `alarm_id` is None for a cancel that found no alarm; `duplicate` if it was known before."""

    press_id: str
    alarm_id: UUID | None
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Accepted:
    """What came of a group of presses.

    Attributes:
        recorded: one for each press, in their order.
        deliveries: born claimed by this process, the most urgent first.
        unlocated: ids of buttons whose alarm has no store yet.
        endpoints_changed_at: when the endpoints were last edited; None while there are none.
        due: whether something may be owed that nobody has claimed, so that it is to be looked for.
    """

    recorded: list[Recorded]
    deliveries: list[Delivery]
    unlocated: list[str]
    endpoints_changed_at: datetime | None
    due: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say of accepting. `claimant` is None where no dispatcher runs in this process."""

    coalesce_s: float
    stale_after_s: float
    claimant: str | None


async def accept(connection: Connection, presses: Sequence[IncomingPress], rules: Rules) -> Accepted:
    """Commit presses that open or join an alarm (all kinds but `cancel`), all in one statement.

    Idempotent on (button, press_id): what is known already is found and reported again.
    """
    lease_until = time.monotonic() + LEASE_S
    rows = await _open_or_join(connection, presses, rules)
    fresh = {key: row["id"] for row in rows for key in zip(row["button_ids"], row["press_ids"], strict=True)}
    known = await _find(connection, [press.key for press in presses if press.key not in fresh])
    recorded: list[Recorded] = []
    for press in presses:
        # A press twice in one group is fresh once.
        alarm_id = fresh.pop(press.key, None)
        if alarm_id is not None:
            known[press.key] = alarm_id
        recorded.append(Recorded(press.press_id, alarm_id or known.get(press.key), duplicate=alarm_id is None))
    arrived = {press.key: press.arrived for press in reversed(presses)}
    return Accepted(
        recorded=recorded,
        deliveries=[delivery for row in rows for delivery in _deliveries(row, arrived, lease_until)],
        unlocated=[
            row["button_id"] for row in rows if row["opens"] and row["store"] is None and row["kind"] != "canary"
        ],
        endpoints_changed_at=rows[0]["endpoints_changed_at"] if rows else None,
        due=rules.claimant is None,
    )


async def cancel(connection: Connection, press: IncomingPress) -> Recorded:
    """Commit a `cancel`: it asks the police to take the alarm for false, if it comes soon enough.

    Only a human closes an alarm. A cancel that comes late stays on its timeline; one without an alarm is recorded.
    """
    async with connection.transaction():
        press_key = await _record_cancel(connection, press)
        if press_key is None:
            known = await _find(connection, [press.key])
            return Recorded(press.press_id, known.get(press.key), duplicate=True)
        row = await _lock_cancelled(connection, press.press.button_id)
        if row is None:
            await quarantine.put(
                connection,
                reason="cancel_without_alarm",
                detail="a cancel was pressed, but the button's store has no alarm that is still open",
                source=press.source,
                topic=press.topic,
                payload=press.payload,
                button_id=press.press.button_id,
            )
            return Recorded(press.press_id, None, duplicate=False)
        alarm = read_alarm(row)
        requested = request_cancel(alarm, waited_s=row["open_for_s"] - (time.monotonic() - press.arrived))
        if requested is None:
            await _note(connection, alarm.id, "pressed", press_key, {"kind": "cancel"})
            return Recorded(press.press_id, alarm.id, duplicate=False)
        await _set_state(connection, alarm.id, requested.state)
        await _note(connection, alarm.id, "cancel_requested", press_key, {"kind": "cancel"})
        await outbox.owe(connection, requested, "alarm.cancel_requested")
        return Recorded(press.press_id, alarm.id, duplicate=False)


def _deliveries(row: Row, arrived: dict[tuple[str, str], float], lease_until: float) -> list[Delivery]:
    if not row["delivery_ids"]:
        return []
    type_: AlertType = "alarm.opened" if row["opens"] else "alarm.repeated"
    alert = Alert(row["alert_id"], type_, row["alerted_at"], read_alarm(row))
    since = min(arrived[key] for key in zip(row["button_ids"], row["press_ids"], strict=True))
    urgency = 0 if row["opens"] else 1
    return [
        Delivery(delivery_id, alert, endpoint_id, 1, 0, urgency, since, lease_until)
        for delivery_id, endpoint_id in zip(row["delivery_ids"], row["endpoint_ids"], strict=True)
    ]


async def _open_or_join(connection: Connection, presses: Sequence[IncomingPress], rules: Rules) -> list[Row]:
    now = time.monotonic()
    return await connection.fetch(
        _ACCEPT,
        [press.press.button_id for press in presses],
        [press.press_id for press in presses],
        [press.press.wire_id for press in presses],
        [press.press.kind for press in presses],
        [press.press.pressed_at for press in presses],
        [now - press.arrived for press in presses],
        [press.press.counter for press in presses],
        [press.press.health.gateway_id for press in presses],
        [press.source for press in presses],
        [press.topic for press in presses],
        [press.payload for press in presses],
        [",".join(press.press.faults) for press in presses],
        rules.claimant,
        LEASE_S if rules.claimant else 0.0,
        rules.coalesce_s,
        REPEAT_EVERY_S,
        rules.stale_after_s,
        LOCATE_WITHIN_S,
    )


async def _find(connection: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], UUID]:
    """The alarms that presses committed earlier are in."""
    if not keys:
        return {}
    rows = await connection.fetch(
        """
        SELECT k.button_id, k.press_id, p.alarm_id
        FROM unnest($1::text[], $2::text[]) AS k (button_id, press_id)
        CROSS JOIN LATERAL (
            SELECT t.alarm_id
            FROM presses p
            JOIN timeline t ON t.press = p.id
            WHERE p.button_id = k.button_id
              AND p.press_id = k.press_id
            LIMIT 1
        ) p
        """,
        [button_id for button_id, _ in keys],
        [press_id for _, press_id in keys],
    )
    return {(row["button_id"], row["press_id"]): row["alarm_id"] for row in rows}


async def _record_cancel(connection: Connection, incoming: IncomingPress) -> UUID | None:
    """Record a cancel; None if it is known already."""
    press = incoming.press
    return await connection.fetchval(  # type: ignore[no-any-return]
        """
        INSERT INTO presses (button_id, press_id, wire_id, kind, pressed_at, received_at, counter,
                             gateway_id, source, topic, payload, faults)
        VALUES ($1, $2, $3, 'cancel', $4, now() - make_interval(secs => $5), $6, $7, $8, $9, $10, $11)
        ON CONFLICT (button_id, press_id) DO NOTHING
        RETURNING id
        """,
        press.button_id,
        incoming.press_id,
        press.wire_id,
        press.pressed_at,
        time.monotonic() - incoming.arrived,
        press.counter,
        press.health.gateway_id,
        incoming.source,
        incoming.topic,
        incoming.payload,
        list(press.faults),
    )


async def _lock_cancelled(connection: Connection, button_id: str) -> Row | None:
    """The alarm that a cancel of this button means: the one a press of it would join, panic before test."""
    return await connection.fetchrow(
        """
        SELECT a.*, extract(epoch FROM now() - a.received_at)::float8 AS open_for_s
        FROM alarms a
        WHERE a.id = (
            SELECT j.alarm_id
            FROM joinable_alarms j
            WHERE j.subject IN (
                SELECT 'button:' || $1
                UNION ALL
                SELECT 'store:' || b.store_id FROM buttons b WHERE b.id = $1 AND b.revoked_at IS NULL)
              AND j.kind IN ('panic', 'test')
            ORDER BY j.last_received_at DESC, j.kind
            LIMIT 1)
        FOR UPDATE OF a
        """,
        button_id,
    )


async def _set_state(connection: Connection, alarm_id: UUID, state: str) -> None:
    await connection.execute("UPDATE alarms SET state = $2 WHERE id = $1", alarm_id, state)


async def _note(connection: Connection, alarm_id: UUID, what: str, press: UUID, detail: dict[str, object]) -> None:
    await connection.execute(
        "INSERT INTO timeline (alarm_id, what, press, detail) VALUES ($1, $2, $3, $4)", alarm_id, what, press, detail
    )
