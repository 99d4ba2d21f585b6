"""What the console's board shows beside the alarms themselves."""

from collections.abc import Sequence
from uuid import UUID

from alarmd.db.pool import Connection, Row


async def deliveries(connection: Connection, alarm_ids: Sequence[UUID]) -> list[Row]:
    """For each of the alarms and each endpoint that was told of it: how its deliveries stand, first told first."""
    return await connection.fetch(
        """
        SELECT d.alarm_id,
               e.name AS endpoint,
               count(*) FILTER (WHERE d.state = 'pending') AS pending,
               count(*) FILTER (WHERE d.state = 'delivered') AS delivered,
               count(*) FILTER (WHERE d.state = 'cancelled') AS cancelled,
               coalesce(max(d.attempts) FILTER (WHERE d.state = 'pending'), 0) AS attempts,
               min(d.delivered_at) AS first_delivered_at
        FROM deliveries d
        JOIN endpoints e ON e.id = d.endpoint_id
        WHERE d.alarm_id = ANY ($1)
        GROUP BY d.alarm_id, e.id, e.name
        ORDER BY min(d.created_at), e.id
        """,
        alarm_ids,
    )


async def points(connection: Connection) -> str:
    """Where the open stores are, as the text of a JSON array: latitude and longitude in turn, in 0.00001 degrees.

    Postgres makes the text, since presses are taken in this event loop, and 55,000 rows would hold them up.
    """
    text: str = await connection.fetchval(
        """
        SELECT '[' || coalesce(string_agg(round(lat * 1e5)::integer::text || ',' || round(lon * 1e5)::integer, ','), '')
               || ']'
        FROM stores
        WHERE status = 'open'
        """
    )
    return text
