"""Proof of the chain: when a press of each button, a test or a real one, last reached the police.

A press for practice proves nothing: nobody pressed the button.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from alarmd.db.pool import Connection, Row

_AT_ONCE: Final = 500
_LOCK: Final = 0x70726F6F6673  # "proofs" in ASCII: the advisory lock of the replica that reads


async def read_on(connection: Connection) -> bool:
    """Read on in the timeline and note what reached the police; whether there may be more to read.

    One reader at a time: where another replica reads, there is nothing to do here.
    """
    async with connection.transaction():
        position = await _hold_position(connection)
        if position is None:
            return False
        rows = await _read(connection, position)
        if not rows:
            return False
        await _prove(connection, list({row["alarm_id"] for row in rows if row["taken"]}))
        await _set_position(connection, rows[-1])
    return len(rows) == _AT_ONCE


async def _hold_position(connection: Connection) -> Row | None:
    """Where to read on; None while another replica does.

    Its row is not locked: that would give this transaction a number, and the change feed, which tells buttons that
    the police have their press, would wait for it to end. A position that lies ahead is of another server, from which
    this database was restored: numbers begin anew.
    """
    return await connection.fetchrow(
        """
        SELECT CASE WHEN xid < pg_snapshot_xmax(pg_current_snapshot()) THEN xid ELSE '0' END::text AS xid,
               CASE WHEN xid < pg_snapshot_xmax(pg_current_snapshot()) THEN id ELSE 0 END AS id
        FROM reading_positions
        WHERE reader = 'proofs'
          AND pg_try_advisory_xact_lock($1)
        """,
        _LOCK,
    )


async def _read(connection: Connection, position: Row) -> list[Row]:
    """What comes next, of transactions below every one that still runs, as the change feed reads."""
    return await connection.fetch(
        """
        SELECT xid::text AS xid, id, alarm_id,
               what = 'delivered' AND detail ->> 'audience' = 'police' AS taken
        FROM timeline
        WHERE (timeline.xid, id) > ($1::text::xid8, $2)
          AND timeline.xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY timeline.xid, id
        LIMIT $3
        """,
        position["xid"],
        position["id"],
        _AT_ONCE,
    )


async def _prove(connection: Connection, alarm_ids: Sequence[UUID]) -> None:
    """A press has reached the police when an endpoint of theirs first took an alert that was made at or after it.

    Of each button in an alarm the last press that did is looked at: those before it came no later.
    """
    await connection.execute(
        """
        WITH taken AS MATERIALIZED (
            SELECT d.alarm_id, w.created_at, d.delivered_at
            FROM deliveries d
            JOIN endpoints e ON e.id = d.endpoint_id AND e.audience = 'police'
            JOIN alerts w ON w.id = d.alert_id
            WHERE d.alarm_id = ANY ($1)
              AND d.state = 'delivered'
        ),
        pressed AS (
            SELECT t.alarm_id, p.button_id, max(p.received_at) AS received_at
            FROM (SELECT alarm_id, max(created_at) AS created_at FROM taken GROUP BY alarm_id) AS last
            JOIN timeline t ON t.alarm_id = last.alarm_id
            JOIN presses p ON p.id = t.press AND p.received_at <= last.created_at AND p.source <> 'practice'
            GROUP BY t.alarm_id, p.button_id
        ),
        reached AS (
            SELECT p.button_id, min(t.delivered_at) AS at
            FROM pressed p
            JOIN taken t ON t.alarm_id = p.alarm_id AND t.created_at >= p.received_at
            GROUP BY p.alarm_id, p.button_id
        )
        INSERT INTO button_proofs AS b (button_id, proven_at)
        SELECT button_id, max(at)
        FROM reached
        GROUP BY button_id
        ON CONFLICT (button_id) DO UPDATE
        SET proven_at = greatest(b.proven_at, excluded.proven_at)
        """,
        alarm_ids,
    )


async def _set_position(connection: Connection, last: Row) -> None:
    await connection.execute(
        "UPDATE reading_positions SET xid = $1::text::xid8, id = $2 WHERE reader = 'proofs'", last["xid"], last["id"]
    )
