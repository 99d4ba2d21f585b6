"""Receivers of alerts."""

from alarmd.db.pool import Connection


async def ensure_default(connection: Connection, *, url: str, secret: str) -> None:
    """Have the default endpoint, which the settings gave, unless there has been any endpoint before."""
    await connection.execute(
        """
        INSERT INTO endpoints (name, url, secrets)
        SELECT 'police', $1, ARRAY[$2]
        WHERE NOT EXISTS (SELECT 1 FROM endpoints)
        """,
        url,
        secret,
    )


async def point(connection: Connection, *, name: str, url: str, secret: str) -> None:
    """Have the endpoint of this name at this URL, with this secret alone."""
    await connection.execute(
        """
        INSERT INTO endpoints (name, url, secrets)
        VALUES ($1, $2, ARRAY[$3])
        ON CONFLICT (name) DO UPDATE
        SET url = excluded.url,
            secrets = excluded.secrets,
            updated_at = now()
        """,
        name,
        url,
        secret,
    )
