"""The embedded Postgres keeps what it was given, and ends with us."""

import os
import re
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from alarmd.embedded.errors import EmbeddedError
from alarmd.embedded.postgres import EmbeddedPostgres
from tests.embedded.holding import Holder


@pytest.fixture
async def postgres(directory: Path) -> AsyncIterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(directory)
    yield server
    await server.stop()


async def _ask(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def _permissions(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def _write(url: str) -> None:
    await _ask(url, "CREATE TABLE press AS SELECT 1 AS id")


async def test_the_first_start_makes_a_durable_database(postgres: EmbeddedPostgres, directory: Path) -> None:
    url = await postgres.start()
    assert re.fullmatch(r"postgresql://alarmd:[\w-]{32}@127\.0\.0\.1:\d+/alarmd", url)
    assert await _ask(url, "SELECT current_setting('fsync')") == "on"
    assert await _ask(url, "SELECT current_setting('synchronous_commit')") == "on"
    assert await _ask(url, "SELECT current_setting('listen_addresses')") == "127.0.0.1"
    assert await _ask(url, "SELECT current_setting('server_encoding')") == "UTF8"
    assert await _ask(url, "SELECT lower('ÀÉ')") == "àé"
    assert _permissions(directory) == 0o700
    assert _permissions(directory / "password") == 0o600


async def test_nobody_enters_without_the_password(postgres: EmbeddedPostgres) -> None:
    url = await postgres.start()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(re.sub(":[^:@]+@", ":wrong@", url))


async def test_a_restart_keeps_the_data_and_the_password(postgres: EmbeddedPostgres) -> None:
    first = await postgres.start()
    await _write(first)
    await postgres.stop()
    second = await postgres.start()
    assert await _ask(second, "SELECT id FROM press") == 1
    assert urlsplit(first).password == urlsplit(second).password


async def test_a_second_start_on_the_same_directory_is_refused_in_one_line(
    postgres: EmbeddedPostgres, directory: Path
) -> None:
    await postgres.start()
    with pytest.raises(EmbeddedError, match=f"^{directory} is in use by process {os.getpid()}: [^\n]+$"):
        await EmbeddedPostgres(directory).start()


async def test_data_of_another_major_version_is_named(postgres: EmbeddedPostgres, directory: Path) -> None:
    await postgres.start()
    await postgres.stop()
    (directory / "data" / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedError, match=r"was made by Postgres 15, but the embedded one is \d+: [^\n]+$"):
        await postgres.start()


async def test_a_server_that_cannot_start_shows_the_end_of_its_log(directory: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = EmbeddedPostgres(directory, port=taken.getsockname()[1])
        with pytest.raises(EmbeddedError, match=r"Postgres did not start:\n(.*\n)*.*Address already in use"):
            await server.start()


async def test_a_directory_that_cannot_be_made_is_named() -> None:
    below_a_file = Path(__file__) / "server"
    with pytest.raises(EmbeddedError, match=f"^{below_a_file} cannot be used \\(Not a directory\\)"):
        await EmbeddedPostgres(below_a_file).start()


async def test_it_recovers_when_its_old_process_number_belongs_to_somebody_else(
    postgres: EmbeddedPostgres, directory: Path
) -> None:
    await _write(await postgres.start())
    mark = directory / "data" / "postmaster.pid"
    left = mark.read_text().splitlines()
    os.kill(int(left[0]), signal.SIGKILL)
    await postgres.stop()
    mark.write_text("\n".join([str(os.getppid()), *left[1:]]))
    assert await _ask(await postgres.start(), "SELECT id FROM press") == 1


async def test_a_killed_parent_leaves_no_server_and_no_damage(holder: Holder) -> None:
    await _write(await holder.start("postgres"))
    assert holder.server_processes()
    await holder.kill()
    await holder.server_gone()
    assert await _ask(await holder.start("postgres"), "SELECT id FROM press") == 1


async def test_a_start_right_after_the_kill_waits_for_the_old_server(holder: Holder) -> None:
    await _write(await holder.start("postgres"))
    await holder.kill()
    assert await _ask(await holder.start("postgres"), "SELECT id FROM press") == 1
