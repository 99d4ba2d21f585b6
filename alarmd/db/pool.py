"""Connections to Postgres."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

import asyncpg
from asyncpg.pool import PoolAcquireContext, PoolConnectionProxy
from pydantic_core import from_json

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

_INTAKE_CONNECTIONS = 2
_HEAR_CONNECTIONS = 2
_DISPATCH_CONNECTIONS = 3
_FOLLOW_CONNECTIONS = 2
_OTHER_CONNECTIONS = 8
_CONNECT_WITHIN_S = 5.0
_CLOSE_WITHIN_S = 2.0
_STATEMENT_WITHIN_S = 10.0
_GIVE_WITHIN_S = 5.0
_MAX_QUERIES = 50_000  # of one connection, before it is made anew
_KEPT_S = 60.0

_SESSION = {
    "application_name": "alarmd",
    "timezone": "UTC",
    "synchronous_commit": "on",
    "jit": "off",
    # A transaction keeps its locks, and holds back the change feed, until the server notices that nobody is there to
    # end it: a process that was stopped, or a machine that is gone without a word (11 s; by the system's default 2 h).
    "idle_in_transaction_session_timeout": "10000",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}

# Planned anew each time: the plan of a list depends on which of its filters are asked for.
_BY_FILTER = {"plan_cache_mode": "force_custom_plan"}
# Each statement is planned once for each connection, whatever its parameters: for the press statement planning anew
# costs twice its execution. And it looks rows up by their keys: while the tables have grown since they were last
# analysed (on the first day, in a storm) the planner takes them for small, and would read them whole. Not for lists
# with optional filters and for reports, whose plans must differ.
BY_KEY = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
# The press statement joins its own intermediate results, which have no keys; its tables it only looks up.
BY_KEY_AND_HASH = BY_KEY | {"enable_hashjoin": "on"}


@dataclass(frozen=True, slots=True)
class Pools:
    """Connections to the database, apart from each other: whoever uses one up leaves the others theirs."""

    intake: Pool
    hear: Pool
    dispatch: Pool
    follow: Pool
    other: Pool


@asynccontextmanager
async def make_pools(url: str) -> AsyncIterator[Pools]:
    """The pools of one process.

    Raises:
        UnavailableError: the URL is wrong.
    """
    pools = Pools(
        intake=await make_pool(url, size=_INTAKE_CONNECTIONS, planner=BY_KEY_AND_HASH),
        hear=await make_pool(url, size=_HEAR_CONNECTIONS, planner=BY_KEY_AND_HASH),
        dispatch=await make_pool(url, size=_DISPATCH_CONNECTIONS, planner=BY_KEY),
        follow=await make_pool(url, size=_FOLLOW_CONNECTIONS, planner=BY_KEY),
        other=await make_pool(url, size=_OTHER_CONNECTIONS),
    )
    try:
        yield pools
    finally:
        for pool in (pools.other, pools.follow, pools.dispatch, pools.hear, pools.intake):
            with suppress(TimeoutError):
                await asyncio.wait_for(pool.close(), _CLOSE_WITHIN_S)
            pool.terminate()


async def make_pool(url: str, *, size: int, planner: Mapping[str, str] = _BY_FILTER) -> Pool:
    """A pool of up to `size` connections that are made when first needed, and kept; jsonb travels as Python values.

    Of several hosts in the URL it takes the one that can be written to, and so finds its way after a failover.

    `planner` has settings of Postgres' planner for these connections.

    Raises:
        UnavailableError: the URL is wrong.
    """
    try:
        return await _Pool(
            url,
            min_size=0,
            max_size=size,
            max_queries=_MAX_QUERIES,
            max_inactive_connection_lifetime=0,
            loop=None,
            connection_class=asyncpg.Connection,
            record_class=asyncpg.Record,
            timeout=_CONNECT_WITHIN_S,
            command_timeout=_STATEMENT_WITHIN_S,
            target_session_attrs="read-write",
            server_settings=_SESSION | dict(planner),
            init=_prepare,
            setup=_require_writable,
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


class _Pool(asyncpg.Pool):
    """A pool that does not wait for long, neither for a connection that is free nor for one that is given back.

    asyncpg takes a connection back when its server has confirmed that what ran too long is cancelled. A server that is
    gone without a word confirms nothing, and would keep it for as long again as the statement was given.
    """

    def acquire(self, *, timeout: float | None = _GIVE_WITHIN_S) -> "PoolAcquireContext[asyncpg.Record]":
        """Give a connection, or take it back, within `timeout` seconds; one that cannot be is ended."""
        return super().acquire(timeout=timeout)


class Kept:
    """One connection of a pool, kept from one operation to the next by the only one who uses it.

    To get a connection and to give it back takes some turns of the loop, and a press waits for both. It is given back
    when an operation fails on it, and after a minute: the pool has to make those anew that are old.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._connection: PoolConnectionProxy[asyncpg.Record] | None = None
        self._since = 0.0

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        """Give the connection for one operation."""
        if self._connection is None or not _is_open(self._connection) or not _is_writable(self._connection):
            await self.release()
            self._connection = await self._pool.acquire()
            self._since = time.monotonic()
        try:
            yield self._connection
        except BaseException:
            await self.release()
            raise
        if time.monotonic() - self._since > _KEPT_S:
            await self.release()

    async def expire_connections(self) -> None:
        """Have all connections of the pool made anew, this one as well once an operation failed on it."""
        await self._pool.expire_connections()

    async def release(self) -> None:
        """Give the connection back."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await self._pool.release(connection)


async def _prepare(connection: Connection) -> None:
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=_dumps, decoder=_loads)


async def _require_writable(connection: Connection) -> None:
    """Let go of a server that became read-only, as after a failover: even what it shows would be out of date.

    It has said so along with its last answer, so this costs nothing.
    """
    if not _is_writable(connection):
        raise asyncpg.TargetServerAttributeNotMatched("the server is read-only by now")


def _is_writable(connection: Connection) -> bool:
    return getattr(connection.get_settings(), "default_transaction_read_only", "off") != "on"


def _is_open(connection: Connection) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:  # it ended by itself, and the pool has it back
        return False


async def _keep(_: Connection) -> None:
    """No reset on release: nothing here leaves state in a session, and a reset costs a round trip."""


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _loads(text: str) -> object:
    return from_json(text, cache_strings="keys")  # what a store is called is not worth memory for ever


def _place(url: str) -> str:
    """Hosts and database of a URL, without its password."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2] or 'localhost'}{parts.path}"
