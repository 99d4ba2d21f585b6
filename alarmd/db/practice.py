"""Practice: who would be told of a test at a store."""

from uuid import UUID

from alarmd.db.pool import Connection


async def told(connection: Connection, store_id: UUID) -> list[str]:
    """The names of the endpoints that a test at this store goes to first, by the rule that presses go by."""
    rows = await connection.fetch(
        """
        SELECT e.name
        FROM stores s
        CROSS JOIN LATERAL first_endpoints_of('test', s.district_code, s.station, s.precinct) f
        JOIN endpoints e ON e.id = f.endpoint_id
        WHERE s.id = $1
        ORDER BY e.name
        """,
        store_id,
    )
    return [row["name"] for row in rows]
