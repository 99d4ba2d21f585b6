"""The sessions that brokers hold for replicas, remembered over restarts."""

from alarmd.db.pool import Connection


async def known(connection: Connection, client_id: str) -> set[str]:
    """The brokers, by host and port, that a replica has had a session with."""
    rows = await connection.fetch("SELECT broker FROM broker_sessions WHERE client_id = $1", client_id)
    return {row["broker"] for row in rows}


async def remember(connection: Connection, client_id: str, broker: str, *, anew: bool) -> None:
    """Remember that a broker holds a session for a replica; `anew`: from now on."""
    await connection.execute(
        """
        INSERT INTO broker_sessions (client_id, broker)
        VALUES ($1, $2)
        ON CONFLICT (client_id, broker) DO UPDATE
        SET since = CASE WHEN $3 THEN excluded.since ELSE broker_sessions.since END
        """,
        client_id,
        broker,
        anew,
    )
