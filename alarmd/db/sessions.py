"""The sessions that brokers hold for replicas, remembered over restarts."""

from collections.abc import Sequence

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


async def listening(connection: Connection, client_id: str, brokers: Sequence[str]) -> None:
    """Say that a replica listens to these brokers now. That it said so may be lost in a crash of the database."""
    async with connection.transaction():
        await connection.execute("SET LOCAL synchronous_commit = off")
        await connection.execute(
            "UPDATE broker_sessions SET connected_at = now() WHERE client_id = $1 AND broker = ANY ($2)",
            client_id,
            brokers,
        )
