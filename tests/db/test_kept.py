"""A connection that is kept: the same one from one operation to the next, for as long as it is good."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from alarmd.db.pool import Connection, Kept, Pool
from alarmd.db.retry import until_done


@pytest.fixture
async def kept(pool: Pool) -> AsyncIterator[Kept]:
    """One connection of the pool."""
    kept = Kept(pool)
    yield kept
    await kept.release()


async def _pid(connection: Connection) -> int:
    return int(await connection.fetchval("SELECT pg_backend_pid()"))


def _all_given_back(pool: Pool) -> bool:
    return pool.get_idle_size() == pool.get_size() > 0


async def test_it_stays_the_same_until_it_is_released(kept: Kept, pool: Pool) -> None:
    pids = [(await until_done(kept, _pid, "ask"))[0] for _ in range(3)]
    assert len(set(pids)) == 1
    assert not _all_given_back(pool)
    await kept.release()
    assert _all_given_back(pool)


async def test_one_that_the_server_ended_is_replaced_before_it_is_used(kept: Kept, pool: Pool) -> None:
    ended = asyncio.Event()
    async with kept.acquire() as connection:
        connection.add_termination_listener(lambda _: ended.set())
        pid = await _pid(connection)
    await pool.execute("SELECT pg_terminate_backend($1)", pid)
    await asyncio.wait_for(ended.wait(), 5)
    other, failures = await until_done(kept, _pid, "ask")
    assert other != pid
    assert failures == 0


async def test_one_that_an_operation_failed_on_is_given_back(kept: Kept, pool: Pool) -> None:
    with pytest.raises(asyncpg.DivisionByZeroError):
        async with kept.acquire() as connection:
            await connection.execute("SELECT 1 / 0")
    assert _all_given_back(pool)


async def test_one_whose_server_became_read_only_is_let_go_of(kept: Kept) -> None:
    async with kept.acquire() as connection:
        pid = await _pid(connection)
        await connection.execute("SET default_transaction_read_only = on")
    other, _ = await until_done(kept, _pid, "ask")
    assert other != pid


async def test_it_is_given_back_after_a_while(kept: Kept, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    await until_done(kept, _pid, "ask")
    monkeypatch.setattr("alarmd.db.pool._KEPT_S", 0.0)
    await until_done(kept, _pid, "ask")
    assert _all_given_back(pool)
