"""How the outbox is."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from alarmd.db.pool import UNAVAILABLE, Pool

_WITHIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Condition:
    """What is still owed, and what nobody has acknowledged.

    Attributes:
        depth: deliveries still owed.
        oldest_s: age of the oldest of them, in seconds; 0 when none is owed. What waits for a paused endpoint does not
            count: a human has said so.
        unacknowledged: alarms that are open; canaries do not count.
    """

    depth: int
    oldest_s: float
    unacknowledged: int


async def outbox(pool: Pool) -> Condition | None:
    """The outbox as it is now; None when the database does not tell within a second."""
    try:
        async with asyncio.timeout(_WITHIN_S), pool.acquire() as connection:
            row = await connection.fetchrow(
                """
                SELECT count(*) AS depth,
                       coalesce(extract(epoch FROM now() - min(created_at) FILTER (
                           WHERE endpoint_id NOT IN (SELECT id FROM endpoints WHERE paused_until > now()))),
                           0)::float8 AS oldest_s,
                       (SELECT count(*)
                        FROM alarms
                        WHERE state IN ('open', 'cancel_requested')
                          AND kind <> 'canary') AS unacknowledged
                FROM deliveries
                WHERE state = 'pending'
                """
            )
    except (*UNAVAILABLE, asyncpg.PostgresError):
        return None
    return Condition(row["depth"], row["oldest_s"], row["unacknowledged"]) if row else None


async def database_time(pool: Pool) -> datetime:
    """The database's clock."""
    moment: datetime = await pool.fetchval("SELECT clock_timestamp()")
    return moment
