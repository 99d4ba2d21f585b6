"""Whom a receipt is owed to."""

from collections.abc import Sequence
from uuid import UUID

from alarmd.db.pool import Connection


async def owed_receipts(connection: Connection, alarm_ids: Sequence[UUID]) -> dict[UUID, list[tuple[str, str]]]:
    """For each alarm, the presses in it that came from a broker: the button's id as it spells it, and the press id."""
    rows = await connection.fetch(
        """
        SELECT t.alarm_id, p.wire_id, p.press_id
        FROM timeline t
        JOIN presses p ON p.id = t.press
        WHERE t.alarm_id = ANY ($1)
          AND p.source = 'mqtt'
        ORDER BY t.id
        """,
        alarm_ids,
    )
    found: dict[UUID, list[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row["alarm_id"], []).append((row["wire_id"], row["press_id"]))
    return found
