"""What the settings ask for at the first start: an endpoint and an admin key; the audit tells of each."""

from alarmd.core.audit import Actor
from alarmd.db import audit, audited, endpoints, keys
from alarmd.db.pool import Connection

_SETTINGS = Actor("settings", "service")
_KEY_NAME = "ALARMD_ADMIN_KEY"


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
