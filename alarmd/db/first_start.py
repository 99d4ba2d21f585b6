"""What a start sees to: the schema, and what the settings ask for at the first one; the audit tells of that."""

import structlog

from alarmd.core.audit import Actor
from alarmd.db import audit, audited, canary, console_sessions, endpoints, keys
from alarmd.db.migrate import migrate
from alarmd.db.pool import Connection, Pool, require
from alarmd.settings import Settings

_SETTINGS = Actor("settings", "service")
_KEY_NAME = "ALARMD_ADMIN_KEY"

_log = structlog.get_logger()


async def prepare(pool: Pool, settings: Settings) -> None:
    """Bring the schema up to date, and have the endpoints and the key that the settings name.

    Whoever logged in through a provider that the settings name no more is out.

    Raises:
        UnavailableError: the database does not answer.
        ConflictError: the database is newer than this version, or a migration was changed.
    """
    await require(pool, settings.database_url.get_secret_value())
    for name in await migrate(pool):
        _log.info("migrated", migration=name)
    async with pool.acquire() as connection:
        if settings.webhook_url and settings.webhook_secret:
            secret = settings.webhook_secret.get_secret_value()
            await have_endpoint(connection, url=settings.webhook_url, secret=secret)
        if settings.admin_key:
            await have_admin_key(connection, settings.admin_key.get_secret_value())
        await console_sessions.end_foreign(connection, settings.oidc_issuer)
        if settings.canary_interval_s:
            await canary.ensure_endpoint(connection)


async def have_endpoint(connection: Connection, *, url: str, secret: str) -> None:
    """Have the default endpoint, unless there has been any before."""
    async with connection.transaction():
        made = await endpoints.ensure_default(connection, url=url, secret=secret)
        if made:
            after = audited.of_endpoint(made)
            await audit.record(connection, _SETTINGS, "endpoint.added", f"endpoints/{made.id}", after=after)


async def have_admin_key(connection: Connection, secret: str) -> None:
    """Have the admin key that somebody chose, unless it was there before, revoked or not.

    Raises:
        InvalidError: it is too short to be safe.
    """
    async with connection.transaction():
        made = await keys.ensure(connection, name=_KEY_NAME, role="admin", secret=secret)
        if made:
            await audit.record(connection, _SETTINGS, "key.made", f"keys/{made.id}", after=audited.of_key(made))
