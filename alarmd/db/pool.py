"""Connections to Postgres."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias
from urllib.parse import urlsplit

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from alarmd.core.errors import UnavailableError

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Row: TypeAlias = asyncpg.Record

# What an unreachable or ailing server raises, while it may come back.
UNAVAILABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a session that was ended while a statement was being sent
)

_SESSION = {
    "application_name": "alarmd",
    "timezone": "UTC",
    "synchronous_commit": "on",
    "jit": "off",
    "idle_in_transaction_session_timeout": "60000",
}


async def make_pool(url: str, *, size: int, few_statements: bool = False) -> Pool:
    """A pool of up to `size` connections that are made when first needed, and kept; jsonb travels as Python values.

    With `few_statements` each statement is planned once for each connection, whatever its parameters: for the press
    statement planning anew costs twice its execution. Not for lists with optional filters, whose plans must differ.

    Raises:
        UnavailableError: the URL is wrong.
    """
    try:
        return await asyncpg.create_pool(
            url,
            min_size=0,
            max_size=size,
            max_inactive_connection_lifetime=0,
            timeout=5,
            command_timeout=10,
            server_settings=_SESSION | ({"plan_cache_mode": "force_generic_plan"} if few_statements else {}),
            init=_prepare,
            reset=_keep,
        )
    except (asyncpg.ClientConfigurationError, ValueError) as error:
        raise UnavailableError(f"database {_place(url)}: {error}; is ALARMD_DATABASE_URL right?") from error


async def open_pool(url: str, *, size: int) -> Pool:
    """A pool that has a connection.

    Raises:
        UnavailableError: the server does not answer or does not let us in.
    """
    pool = await make_pool(url, size=size)
    await require(pool, url)
    return pool


async def require(pool: Pool, url: str) -> None:
    """See whether the server answers.

    Raises:
        UnavailableError: it does not, or does not let us in.
    """
    try:
        async with pool.acquire() as connection:
            await connection.execute("SELECT 1")
    except (*UNAVAILABLE, asyncpg.PostgresError) as error:
        raise UnavailableError(
            f"database {_place(url)}: {str(error) or type(error).__name__}; "
            "is it running, and is ALARMD_DATABASE_URL right?"
        ) from error


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Pool]:
    """A small pool for one command.

    Raises:
        UnavailableError: the server does not answer, or the schema is not there yet.
    """
    pool = await open_pool(url, size=2)
    try:
        yield pool
    except asyncpg.UndefinedTableError as error:
        raise UnavailableError(f"database {_place(url)}: {error}; run alarmd migrate first") from error
    finally:
        await pool.close()


async def _prepare(connection: Connection) -> None:
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=_dumps, decoder=json.loads)


async def _keep(_: Connection) -> None:
    """No reset on release: nothing here leaves state in a session, and a reset costs a round trip."""


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _place(url: str) -> str:
    """Host, port and database of a URL, without its password."""
    parts = urlsplit(url)
    return f"{parts.hostname or 'localhost'}:{parts.port or 5432}{parts.path}"
