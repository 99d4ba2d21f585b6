"""Keeps at it while the database is away: nothing that was taken in hand is given up."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg
import structlog

from alarmd.db.pool import UNAVAILABLE, Connection, Kept, Pool

Result = TypeVar("Result")

# The data itself is refused: trying again cannot help.
REFUSED = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)

# The connection may lead to a server that is not the one to talk to any more.
_STRANDED = (TimeoutError, asyncpg.ReadOnlySQLTransactionError)

_FIRST_WAIT_S = 0.02
_LONGEST_WAIT_S = 1.0
_ATTEMPT_S = 25.0  # to get a connection, to run, and to give it back: each has its own bound in the pool

_log = structlog.get_logger()


async def until_done(
    pool: "Pool | Kept", operation: Callable[[Connection], Awaitable[Result]], what: str
) -> tuple[Result, int]:
    """Run an idempotent operation until it succeeds; returns its result and how often it had failed before.

    Whatever the database's trouble is (down, restarting, read-only, full, a serialization failure, an answer that
    never came), the operation is run again, since a commit whose outcome is unknown must be asked for by its key.
    Where the trouble may be the server's at the other end (it answers no more, or became a standby) all connections of
    the pool are made anew.

    Raises:
        DataError, IntegrityConstraintViolationError: the data is refused (`REFUSED`).
    """
    failures = 0
    while True:
        try:
            async with asyncio.timeout(_ATTEMPT_S), pool.acquire() as connection:
                return await operation(connection), failures
        except REFUSED:
            raise
        except (*UNAVAILABLE, asyncpg.PostgresError) as error:
            failures += 1
            if isinstance(error, _STRANDED):
                await pool.expire_connections()
            if failures > 1 or not isinstance(error, asyncpg.SerializationError | asyncpg.DeadlockDetectedError):
                _log.warning("database_trouble", what=what, error=str(error) or type(error).__name__, failures=failures)
            await asyncio.sleep(min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** min(failures - 1, 8)))
