"""The stand on which every system is measured: one Postgres, one kind of broker, one receiver."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from uuid import uuid4

import asyncpg

from alarmd.db.migrate import migrate
from alarmd.db.pool import open_pool
from alarmd.embedded.broker import EmbeddedBroker
from alarmd.embedded.postgres import EmbeddedPostgres
from benchmarks.processes import Police

_MEMORY = "2GB"  # what the Postgres of a nation's history is given; the 64 MB of a demo would not hold its indexes
STORES = 30_000  # so many that no load presses the same one twice
TABLE_OF_PEERS = """
CREATE TABLE peer_presses (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    button_id  text NOT NULL,
    press_id   text NOT NULL,
    pressed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
)
"""


class Stand:
    """Postgres and the police, for the whole run; brokers and databases are made for each system.

    A broker is fresh each time: a session that an earlier system left behind would be kept filled by the next load.
    """

    def __init__(self, directory: Path, postgres: str, police: Police) -> None:
        self.police = police
        self._directory = directory
        self._postgres = urlsplit(postgres)
        self._button = 0

    @asynccontextmanager
    async def broker(self) -> AsyncIterator[SplitResult]:
        """A mosquitto of its own; gives its URL."""
        server = EmbeddedBroker(self._directory / f"broker-{uuid4().hex[:8]}", program="mosquitto")
        url = await server.start()
        try:
            yield urlsplit(url)
        finally:
            await server.stop()

    async def database(self, stores: int = STORES) -> str:
        """A fresh database with so many stores, each with a button `button-1` and so on; gives its URL."""
        name = f"bench_{uuid4().hex[:8]}"
        server = await asyncpg.connect(self._postgres.geturl())
        await server.execute(f"CREATE DATABASE {name}")
        await server.close()
        url = self._postgres._replace(path=f"/{name}").geturl()
        pool = await open_pool(url, size=1)
        await migrate(pool)
        await pool.close()
        await _furnish(url, stores)
        return url

    def buttons(self, count: int) -> list[str]:
        """The next buttons in turn, so that no load meets the alarms of the one before."""
        first, self._button = self._button, (self._button + count) % STORES
        return [f"button-{1 + (first + number) % STORES}" for number in range(count)]


async def _furnish(url: str, stores: int) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(TABLE_OF_PEERS)
    await connection.execute(
        """
        INSERT INTO stores (code, name, chain, phone, province, district, district_code, road_address, postal_code,
                            police_station, lat, lon)
        SELECT store_code(nextval('store_codes')), 'CU 노원 ' || n || '호점', 'CU', '+8227160302', '서울특별시',
               '노원구', '11350', '서울특별시 노원구 동일로 ' || n, '01695', '노원경찰서', 37.65 + n * 1e-6, 127.06
        FROM generate_series(1, $1::integer) AS n
        """,
        stores,
    )
    await connection.execute(
        "INSERT INTO buttons (id, store_id) SELECT 'button-' || substring(code, 3)::integer, id FROM stores"
    )
    await connection.execute("VACUUM ANALYZE stores")
    await connection.execute("VACUUM ANALYZE buttons")
    await connection.close()


@asynccontextmanager
async def stand(directory: Path) -> AsyncIterator[Stand]:
    """Set it up below a directory, and take it down again."""
    postgres = EmbeddedPostgres(directory / "postgres", memory=_MEMORY)
    url = await postgres.start()
    police = await Police.start()
    try:
        yield Stand(directory, url, police)
    finally:
        await asyncio.gather(police.stop(), postgres.stop())
