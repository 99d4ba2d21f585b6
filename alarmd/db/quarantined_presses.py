"""What came into quarantine and was a press after all: a human says so, and it takes the way of any other press."""

import time
from dataclasses import dataclass, replace
from uuid import UUID

from alarmd.core.alarm import Alarm
from alarmd.core.dialects.device import registered
from alarmd.core.errors import ConflictError, Fault, InvalidError
from alarmd.core.signal import Press
from alarmd.db import accept, alarm_reads, quarantine
from alarmd.db.accept import IncomingPress, Rules
from alarmd.db.pool import Connection, Row


@dataclass(frozen=True, slots=True)
class Vouched:
    """What a human says of something in quarantine: it was a press, at this store.

    `button_id` is the button of that store that was pressed; None where nobody knows which it was.
    """

    store_id: UUID
    button_id: str | None
    by: str
    note: str | None


@dataclass(frozen=True, slots=True)
class Raised:
    """The alarm that an entry became; not `fresh` where somebody had made one of it before. `reason` is the entry's."""

    alarm: Alarm
    reason: str
    fresh: bool


async def hold_place(connection: Connection, vouched: Vouched) -> None:
    """See that there is such a store, with such a button, and that both stay until the transaction ends.

    To be called before the turn at the audit is taken, as with every change of the registry.

    Raises:
        InvalidError: there is no such store, or the button is not one of it.
    """
    if not await connection.fetchval("SELECT true FROM stores WHERE id = $1 FOR KEY SHARE", vouched.store_id):
        raise _wrong("store_id", "there is no store with this id", str(vouched.store_id))
    if vouched.button_id is None:
        return
    there = await connection.fetchval(
        "SELECT true FROM buttons WHERE id = $1 AND store_id = $2 AND revoked_at IS NULL FOR SHARE",
        registered(vouched.button_id),
        vouched.store_id,
    )
    if not there:
        raise _wrong("button_id", "no button of this store has this id: leave it out if unsure", vouched.button_id)


async def raise_alarm(connection: Connection, entry_id: UUID, vouched: Vouched, rules: Rules) -> Raised:
    """Commit an entry as a press, and settle it; the alarm that it opened or joined.

    It is marked with its age, however small: `pressed_at` is when it last came. Doing it twice is one alarm.

    Raises:
        NotFoundError: there is no such entry.
        ConflictError: somebody has made an alarm at another store of it; the text says who and when.
    """
    async with connection.transaction():
        entry = await quarantine.hold(connection, entry_id)
        if entry["alarm_id"] is not None:
            alarm = await alarm_reads.get(connection, entry["alarm_id"], endpoint_id=None)
            if alarm.store is None or alarm.store["id"] != str(vouched.store_id):
                place = alarm.store["name"] if alarm.store else "an unknown place"
                raise ConflictError(f"{quarantine.made_by(entry)}, at {place}")
            return Raised(alarm, entry["reason"], fresh=False)
        press = _press(entry, vouched)
        alarm_id = await _accept(connection, press, vouched, replace(rules, stale_after_s=0, claimant=None))
        await _sign(connection, press, entry, vouched)
        await quarantine.settle(connection, entry_id, by=vouched.by, alarm_id=alarm_id)
        return Raised(await alarm_reads.get(connection, alarm_id, endpoint_id=None), entry["reason"], fresh=True)


def _press(entry: Row, vouched: Vouched) -> IncomingPress:
    """The press that an entry was. Its id is the entry's own for each time that this came."""
    spelled = (entry["topic"] or "").split("/")
    known = registered(vouched.button_id) if vouched.button_id else f"quarantine:{entry['id']}"
    wire_id = next((part for part in spelled if part.lower() == known), known)
    return IncomingPress(
        Press(wire_id, pressed_at=entry["last_at"]),
        f"quarantine:{entry['id']}:{entry['times']}",
        entry["source"],
        entry["topic"],
        entry["payload"],
        time.monotonic(),
    )


async def _accept(connection: Connection, press: IncomingPress, vouched: Vouched, rules: Rules) -> UUID:
    """Take it in by the statement that takes every press.

    Where nobody knows the button the store has one more for as long as this takes, which nobody else ever sees.
    """
    lent = vouched.button_id is None
    if lent:
        await connection.execute(
            "INSERT INTO buttons (id, store_id) VALUES ($1, $2)", press.press.button_id, vouched.store_id
        )
    accepted = await accept.accept(connection, [press], rules)
    if lent:
        await connection.execute("DELETE FROM buttons WHERE id = $1", press.press.button_id)
    alarm_id = accepted.recorded[0].alarm_id
    assert alarm_id is not None  # noqa: S101 - each press that is no cancel is in an alarm
    return alarm_id


async def _sign(connection: Connection, press: IncomingPress, entry: Row, vouched: Vouched) -> None:
    """Say on the alarm's timeline who decided that it was a press."""
    detail = {"quarantine_id": str(entry["id"])} | ({"note": vouched.note} if vouched.note else {})
    await connection.execute(
        """
        UPDATE timeline
        SET who = $3,
            detail = detail || $4
        WHERE press = (SELECT id FROM presses WHERE button_id = $1 AND press_id = $2)
        """,
        *press.key,
        vouched.by,
        detail,
    )


def _wrong(member: str, reason: str, value: str) -> InvalidError:
    return InvalidError(f"body.{member}: {reason}", [Fault(f"body.{member}", reason, value)])
