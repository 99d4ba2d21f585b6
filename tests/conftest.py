"""Real servers, started once; a database, a broker and a police station of its own for each test."""

import secrets
import shutil
import tempfile
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from alarmd.db.migrate import migrate
from alarmd.db.pool import Pool, open_pool
from alarmd.embedded.broker import EmbeddedBroker
from alarmd.embedded.postgres import EmbeddedPostgres
from simulators.police import Police
from tests.service import Process, Service, furnish

TEMPLATE = "template_alarmd"


@pytest.fixture(scope="session")
def state() -> Iterator[Path]:
    """A directory that every user may enter, for servers."""
    directory = Path(tempfile.mkdtemp(prefix="alarmd-tests-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
async def postgres(state: Path) -> AsyncIterator[str]:
    """A Postgres server with a migrated template; the URL of its first database."""
    server = EmbeddedPostgres(state / "postgres")
    url = await server.start()
    await _execute(url, f"CREATE DATABASE {TEMPLATE}")
    pool = await open_pool(named(url, TEMPLATE), size=1)
    await migrate(pool)
    await pool.close()
    yield url
    await server.stop()


@pytest.fixture
async def database(postgres: str) -> AsyncIterator[str]:
    """The URL of a fresh, migrated database."""
    name = f"test_{secrets.token_hex(6)}"
    await _execute(postgres, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield named(postgres, name)
    await _execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    """Connections to the test's database."""
    pool = await open_pool(database, size=4)
    yield pool
    pool.terminate()


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a mosquitto of the test's own."""
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    assert found, "These tests need the broker mosquitto; on Debian: apt install mosquitto"
    server = EmbeddedBroker(tmp_path / "broker", program="mosquitto")
    yield await server.start()
    await server.stop()


@pytest.fixture
def secret() -> str:
    """A webhook secret."""
    return "whsec_" + b64encode(secrets.token_bytes(24)).decode()


@pytest.fixture
async def police(secret: str) -> AsyncIterator[Police]:
    """A police station that verifies signatures; `police.url` is where it listens."""
    station = Police([secret])
    await station.start()
    yield station
    await station.stop()


@pytest.fixture
async def registry(pool: Pool) -> Pool:
    """The database with ten stores, each with its button `button-1` to `button-10`."""
    await furnish(pool, 10)
    return pool


@pytest.fixture
async def service(registry: Pool, database: str, broker: str, police: Police, secret: str) -> AsyncIterator[Service]:
    """alarmd, whole, in this process, with a broker, a registry and the police."""
    service = Service(database, broker, police.url, secret)
    await service.start()
    yield service
    await service.stop()


@pytest.fixture
async def process(registry: Pool, database: str, broker: str, police: Police, secret: str) -> AsyncIterator[Process]:
    """`alarmd serve` as a process, not started yet, with a broker, a registry and the police."""
    process = Process(database, broker, police.url, secret)
    yield process
    await process.kill()


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


def named(url: str, database: str) -> str:
    """The same server, another database."""
    return urlsplit(url)._replace(path=f"/{database}").geturl()
