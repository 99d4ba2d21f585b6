"""Brings the schema up to date: numbered plain SQL files, each applied once, in order."""

import hashlib
import re
from dataclasses import dataclass
from importlib import resources

import asyncpg

from alarmd.core.errors import ConflictError
from alarmd.db.pool import Connection, Pool

_FILE_NAME = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")
_TRIES = 5
_LOCK = 0x616C61726D64  # "alarmd" in ASCII: the advisory lock that replicas starting together take in turn


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of `migrations/`."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file's text, as hex."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def shipped() -> list[Migration]:
    """The migrations that come with this version, in order."""
    found = [
        Migration(int(match.group(1)), file.name, file.read_text(encoding="utf-8"))
        for file in resources.files("migrations").iterdir()
        if (match := _FILE_NAME.match(file.name))
    ]
    return sorted(found, key=lambda migration: migration.number)


async def migrate(pool: Pool) -> list[str]:
    """Apply what is missing and return the names of what was applied.

    Safe to run from many replicas at once. Each file is one transaction with a `lock_timeout`, so that a migration
    that cannot get its lock fails clearly and does not queue the service behind it.

    Raises:
        ConflictError: an applied file has changed since, the database is newer than this version, or a lock is held.
    """
    async with pool.acquire() as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK, timeout=120)
        try:
            return await _apply_missing(connection)
        finally:
            await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)


async def pending(pool: Pool) -> list[str]:
    """The names of the shipped migrations that the database lacks; refuses as `migrate` does."""
    async with pool.acquire() as connection:
        applied = await _applied(connection)
    return [migration.name for migration in _missing(applied)]


async def apply(connection: Connection, migration: Migration) -> None:
    """Apply one migration, whole or not at all.

    It needs tables for itself that presses take in another order: where that ends in a deadlock it is tried again.

    Raises:
        ConflictError: a lock is held by somebody who does not let go of it.
    """
    for tries_left in reversed(range(_TRIES)):
        try:
            async with connection.transaction():
                await connection.execute("SET LOCAL lock_timeout = '5s'")
                await connection.execute(migration.sql, timeout=600)
                await _record(connection, migration)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as error:
            if not tries_left or isinstance(error, asyncpg.LockNotAvailableError):
                raise ConflictError(
                    f"migration {migration.name}: another session holds a lock it needs; run it again"
                ) from error
        else:
            return


async def _apply_missing(connection: Connection) -> list[str]:
    await _create_ledger(connection)
    missing = _missing(await _applied(connection))
    for migration in missing:
        await apply(connection, migration)
    return [migration.name for migration in missing]


def _missing(applied: dict[int, tuple[str, str]]) -> list[Migration]:
    known = {migration.number: migration for migration in shipped()}
    for number, (name, checksum) in sorted(applied.items()):
        if number not in known:
            raise ConflictError(
                f"the database has migration {name}, which this version of alarmd does not know: update alarmd"
            )
        if known[number].checksum != checksum:
            raise ConflictError(
                f"migration {name} has changed since it was applied: restore the file and put the change into a new one"
            )
    return [migration for number, migration in sorted(known.items()) if number not in applied]


async def _create_ledger(connection: Connection) -> None:
    await connection.execute(
        """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            number     integer PRIMARY KEY,
            name       text NOT NULL,
            checksum   text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )


async def _applied(connection: Connection) -> dict[int, tuple[str, str]]:
    if not await connection.fetchval("SELECT to_regclass('schema_migrations') IS NOT NULL"):
        return {}
    rows = await connection.fetch("SELECT number, name, checksum FROM schema_migrations")
    return {row["number"]: (row["name"], row["checksum"]) for row in rows}


async def _record(connection: Connection, migration: Migration) -> None:
    await connection.execute(
        "INSERT INTO schema_migrations (number, name, checksum) VALUES ($1, $2, $3)",
        migration.number,
        migration.name,
        migration.checksum,
    )
