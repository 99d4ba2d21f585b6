"""Enrolment by pressing: which stores wait for a button, and which buttons were pressed that nobody enrolled."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from alarmd.core.audit import Actor
from alarmd.core.enrolment import Pressed, Waiting, choose, conflict, is_twice
from alarmd.core.errors import AlarmdError
from alarmd.core.profile import silent_after_s
from alarmd.db import audit, audited, buttons, faults
from alarmd.db.buttons import ButtonEntry
from alarmd.db.pool import Connection

_LOOKS_BACK_S: Final = 12.0  # as long as two presses may be apart, and a little for the look itself
_SUBJECT: Final = "stores"
_PRESSED: Final = Actor("enrolment by pressing", "service")


@dataclass(frozen=True, slots=True)
class Stranger:
    """A button that nobody enrolled, and when it was pressed of late. `dialect` is None for a native one."""

    id: str
    presses: list[Pressed]
    dialect: str | None = None
    model: str | None = None
    gateway_id: str | None = None
    broadcast: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What a look has done: which buttons were enrolled, in the store of which code; whether a fault has changed."""

    enrolled: dict[str, str]
    changed: bool


async def look(connection: Connection) -> Look:
    """Enrol the buttons that were pressed twice in the stores that wait for them; safe in many replicas at once."""
    stores = await _waiting(connection)
    told = conflict(stores)
    changed = await faults.agree(connection, "enrolment_unclear", {_SUBJECT: told} if told else {})
    enrolled = {}
    for stranger in await _strangers(connection) if stores else ():
        store = choose(stores, stranger.gateway_id, broadcast=stranger.broadcast)
        if store is not None and is_twice(stranger.presses) and await _enrol(connection, stranger, store):
            enrolled[stranger.id] = store.code
    return Look(enrolled, bool(changed))


async def _waiting(connection: Connection) -> list[Waiting]:
    rows = await connection.fetch(
        "SELECT id, code, enrolment_gateway_id FROM stores WHERE enrolment_until > now() ORDER BY code"
    )
    return [Waiting(row["id"], row["code"], row["enrolment_gateway_id"]) for row in rows]


async def _strangers(connection: Connection) -> list[Stranger]:
    """Those that were pressed of late, and of which nobody has said anything: a revoked one stays so."""
    rows = await connection.fetch(
        """
        SELECT d.id, d.dialect, d.model, d.gateway_id, d.broadcast, d.events
        FROM devices d
        WHERE d.pressed_at > now() - make_interval(secs => $1)
          AND NOT EXISTS (SELECT 1 FROM buttons b WHERE b.id = d.id)
        """,
        _LOOKS_BACK_S,
    )
    found = [
        Stranger(
            row["id"],
            [
                Pressed(datetime.fromisoformat(event["at"]), event["event"], event["endpoint"], event["counter"])
                for event in row["events"]
            ],
            row["dialect"],
            row["model"],
            row["gateway_id"],
            row["broadcast"],
        )
        for row in rows
    ]
    return found + await _native_strangers(connection)


async def _native_strangers(connection: Connection) -> list[Stranger]:
    rows = await connection.fetch(
        """
        SELECT p.button_id, array_agg(p.received_at) AS received, max(p.gateway_id) AS gateway_id
        FROM presses p
        WHERE p.received_at > now() - make_interval(secs => $1)
          AND p.kind IN ('panic', 'test')
          AND (p.source = 'http' OR starts_with(p.topic, 'alarmd/'))
          AND NOT EXISTS (SELECT 1 FROM buttons b WHERE b.id = p.button_id)
        GROUP BY p.button_id
        """,
        _LOOKS_BACK_S,
    )
    return [
        Stranger(
            row["button_id"],
            [Pressed(at, counter=count) for count, at in enumerate(row["received"])],  # each has an id of its own
            gateway_id=row["gateway_id"],
        )
        for row in rows
    ]


async def _enrol(connection: Connection, stranger: Stranger, store: Waiting) -> bool:
    """Enrol it, and let what it opened meanwhile be a test; False where another replica was quicker."""
    silent_after = silent_after_s(stranger.dialect or "native", stranger.model)
    entry = ButtonEntry(model=stranger.model, store_id=store.id, silent_after_s=silent_after, dialect=stranger.dialect)
    try:
        async with connection.transaction():
            await audit.hold(connection)
            record = await buttons.enrol(connection, stranger.id, entry)
            await _let_be_test(connection, stranger.id)
            after = audited.of_button(record)
            await audit.record(connection, _PRESSED, "button.enrolled", f"buttons/{record.id}", after=after)
    except (AlarmdError, asyncpg.UniqueViolationError):
        return False
    return True


async def _let_be_test(connection: Connection, button_id: str) -> None:
    """Who presses an unknown button twice beside an operator who waits for that does not call the police.

    Where the police take tests they see one, and the operators are asked whether it was meant.
    """
    # In the order of the press statement: joinable_alarms, then alarms.
    await connection.execute(
        "DELETE FROM joinable_alarms WHERE subject = 'button:' || $1::text AND kind = 'panic'", button_id
    )
    await connection.execute(
        """
        WITH opened AS (
            UPDATE alarms
            SET kind = 'test',
                escalate_at = now()
            WHERE button_id = $1
              AND kind = 'panic'
              AND store_id IS NULL
              AND awaits_route
              AND opened_at > now() - interval '1 min'
              AND state <> 'closed'
            RETURNING id
        )
        INSERT INTO timeline (alarm_id, what, who, detail)
        SELECT id, 'noted', 'enrolment', jsonb_build_object('note', 'pressed to enrol the button: a test')
        FROM opened
        """,
        button_id,
    )
