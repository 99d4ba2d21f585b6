"""Whom a receipt is owed to."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from alarmd.core.dialects.native import PREFIX
from alarmd.db.pool import Connection

CALLS_FOR_HELP = ("alarm.opened", "alarm.located", "alarm.repeated")


@dataclass(frozen=True, slots=True)
class News:
    """What is told of an alarm: that something `at` this place of its timeline counts for the presses before it.

    `of_all` is whether it counts for all of them, or for those alone that have come since the last time that the
    police took a call for help: those before it were told then. A button may press two hundred times a second.
    """

    alarm_id: UUID
    at: int
    of_all: bool


async def owed_receipts(connection: Connection, news: Sequence[News]) -> list[list[tuple[str, str]]]:
    """For each news the presses of native buttons that are to hear it: the id as the button spells it, and press_id.

    They came from a broker; a button that was bought has no topic for receipts.
    """
    rows = await connection.fetch(
        """
        SELECT n.place, p.wire_id, p.press_id
        FROM unnest($1::uuid[], $2::bigint[], $3::boolean[]) WITH ORDINALITY AS n (alarm_id, at, of_all, place)
        CROSS JOIN LATERAL (
            SELECT CASE WHEN n.of_all THEN 0 ELSE coalesce(max(t.id), 0) END AS id
            FROM timeline t
            WHERE t.alarm_id = n.alarm_id
              AND t.id < n.at
              AND t.what = 'delivered'
              AND t.detail ->> 'audience' = 'police'
              AND t.detail ->> 'alert' = ANY ($4)
        ) told
        JOIN timeline t ON t.alarm_id = n.alarm_id AND t.id > told.id AND t.id < n.at
        JOIN presses p ON p.id = t.press
        WHERE p.source = 'mqtt'
          AND starts_with(p.topic, $5)
        ORDER BY n.place, t.id
        """,
        [each.alarm_id for each in news],
        [each.at for each in news],
        [each.of_all for each in news],
        CALLS_FOR_HELP,
        f"{PREFIX}/",
    )
    found: list[list[tuple[str, str]]] = [[] for _ in news]
    for row in rows:
        found[row["place"] - 1].append((row["wire_id"], row["press_id"]))
    return found
