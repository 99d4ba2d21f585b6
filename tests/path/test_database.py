"""Trouble with the database of every kind: nothing is acknowledged, nothing lost, nothing needs a restart."""

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from alarmd.db.pool import open_pool
from alarmd.embedded.child import free_port
from alarmd.embedded.postgres import EmbeddedPostgres
from simulators.buttons import Button
from simulators.police import Police
from tests.chaos.proxy import Proxy
from tests.chaos.servers import Database
from tests.conftest import named
from tests.service import ADMIN_KEY, Service, furnish, until
from tests.tap import Tap

IN_ORDER = "SELECT p.press_id FROM timeline t JOIN presses p ON p.id = t.press ORDER BY t.id"


class Scene:
    """alarmd between a tapped broker and a database; one button that presses and never presses again."""

    def __init__(self, tap: Tap, service: Service, button: Button, police: Police) -> None:
        self.tap = tap
        self.service = service
        self.button = button
        self.police = police
        self.press_ids: list[str] = []

    async def press(self, times: int) -> None:
        for _ in range(times):
            self.press_ids.append(await self.button.press())

    async def recorded(self, within: float = 20) -> None:
        """Every press is recorded, and acknowledged in the order in which it came."""
        for press_id in self.press_ids:
            await self.button.receipt(press_id, "recorded", within)
        async with asyncio.timeout(10):
            while self.tap.pubacks != self.tap.published:
                await asyncio.sleep(0.02)

    async def nothing_is_acknowledged(self, for_s: float = 0.5) -> None:
        """What was pressed has come to alarmd, and neither the broker nor the button hears that it was taken."""
        acknowledged, receipts = len(self.tap.pubacks), len(self.button.receipts)
        async with asyncio.timeout(10):
            while len(self.tap.published) < len(self.press_ids):
                await asyncio.sleep(0.02)
        await asyncio.sleep(for_s)
        assert (len(self.tap.pubacks), len(self.button.receipts)) == (acknowledged, receipts)

    async def all_is_well(self, within: float = 20) -> None:
        """Every press is recorded, one after the other, in one alarm; and the police have it under one id."""
        await self.recorded(within)
        await self.button.receipt(self.press_ids[0], "delivered", within)
        connection = await asyncpg.connect(self.service.settings["database_url"])
        assert [row["press_id"] for row in await connection.fetch(IN_ORDER)] == self.press_ids
        assert await connection.fetchval("SELECT count(*) FROM timeline WHERE press IS NOT NULL") == len(self.press_ids)
        assert await connection.fetchval("SELECT array_agg(press_count) FROM alarms") == [len(self.press_ids)]
        await connection.close()
        opened = [alert for alert in self.police.received if alert.type == "alarm.opened"]
        assert len({alert.webhook_id for alert in opened}) == 1


@asynccontextmanager
async def enact(database_url: str, broker: str, police: Police, secret: str) -> AsyncIterator[Scene]:
    tap, button = Tap(broker), Button("button-1", broker)
    service = Service(database_url, await tap.start(), police.url, secret)
    await service.start()
    await button.start()
    try:
        yield Scene(tap, service, button, police)
    finally:
        await button.stop()
        await service.stop()
        await tap.stop()


@pytest.fixture(scope="module")
async def own_server(state: Path) -> AsyncIterator[Database]:
    """A Postgres that a test may do anything to."""
    server = Database(state / "troubled")
    await server.start()
    yield server
    await server.end()


@pytest.fixture
async def own(own_server: Database) -> AsyncIterator[str]:
    """The URL of a furnished database on that server."""
    name = f"test_{secrets.token_hex(6)}"
    await own_server.execute(f"CREATE DATABASE {name}")
    url = named(own_server.url, name)
    await prepare(url)
    yield url
    await own_server.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def prepare(url: str) -> None:
    from alarmd.db.migrate import migrate

    pool = await open_pool(url, size=1)
    await migrate(pool)
    await furnish(pool, 1)
    await pool.close()


@pytest.fixture
async def scene(own: str, broker: str, police: Police, secret: str) -> AsyncIterator[Scene]:
    async with enact(own, broker, police, secret) as scene:
        yield scene


@pytest.fixture
async def link(own_server: Database) -> AsyncIterator[Proxy]:
    """The link between alarmd and the database."""
    link = Proxy("127.0.0.1", own_server.port)
    await link.start()
    yield link
    await link.stop()


@pytest.fixture
async def linked(
    own: str, link: Proxy, own_server: Database, broker: str, police: Police, secret: str
) -> AsyncIterator[Scene]:
    async with enact(own.replace(f":{own_server.port}/", f":{link.port}/"), broker, police, secret) as scene:
        yield scene


async def test_a_database_that_crashed_and_recovers(scene: Scene, own_server: Database) -> None:
    await scene.press(2)
    await scene.recorded()
    await own_server.crash()
    await scene.press(3)
    await scene.nothing_is_acknowledged()
    async with httpx.AsyncClient(base_url=scene.service.url, trust_env=False) as client:
        assert (await client.get("/readyz")).status_code == 503
        assert (await client.get("/livez")).status_code == 200
    await own_server.restart()
    await scene.all_is_well()


async def configure(url: str, *statements: str) -> None:
    """Change settings of a server, which may be read-only."""
    connection = await asyncpg.connect(url, server_settings={"default_transaction_read_only": "off"})
    for statement in (*statements, "SELECT pg_reload_conf()", "SELECT pg_sleep(0.1)"):
        await connection.execute(statement)
    await connection.close()


async def test_a_database_that_is_read_only_for_a_while(scene: Scene, own: str) -> None:
    await scene.press(2)
    await scene.recorded()
    await configure(own, "ALTER SYSTEM SET default_transaction_read_only = on")
    try:
        await scene.press(3)
        await scene.nothing_is_acknowledged(1)
    finally:
        await configure(own, "ALTER SYSTEM RESET default_transaction_read_only")
    await scene.all_is_well()


@pytest.fixture
async def pair(state: Path, broker: str, police: Police, secret: str) -> AsyncIterator[tuple[str, str]]:
    """The URLs of two servers with the same data; the second is read-only."""
    first = EmbeddedPostgres(state / "first", port=free_port("127.0.0.1"))
    url = await first.start()
    await prepare(url)
    async with enact(url, broker, police, secret):
        pass  # it has its endpoint and its key
    await first.stop()
    shutil.copytree(state / "first", state / "second")
    second = EmbeddedPostgres(state / "second", port=free_port("127.0.0.1"))
    here, there = await first.start(), await second.start()
    await configure(there, "ALTER SYSTEM SET default_transaction_read_only = on")
    yield here, there
    await first.stop()
    await second.stop()


async def test_after_a_failover_the_server_that_can_be_written_to_is_found(
    pair: tuple[str, str], broker: str, police: Police, secret: str
) -> None:
    """The first is demoted while it lives on, with connections to it still open; the second is promoted."""
    here, there = pair
    both = here.replace(f":{urlsplit(here).port}/", f":{urlsplit(here).port},127.0.0.1:{urlsplit(there).port}/")
    async with enact(both, broker, police, secret) as scene:
        await scene.press(1)
        await scene.recorded()
        await configure(here, "ALTER SYSTEM SET default_transaction_read_only = on")
        await scene.press(1)
        await scene.nothing_is_acknowledged(1)
        await configure(there, "ALTER SYSTEM RESET default_transaction_read_only")
        receipt = await scene.button.receipt(scene.press_ids[1], "recorded", within=20)
        promoted = await open_pool(there, size=1)
        await until(promoted, "EXISTS (SELECT 1 FROM deliveries WHERE state = 'delivered')")
        assert [row["press_id"] for row in await promoted.fetch(IN_ORDER)] == scene.press_ids[1:]
        await promoted.close()
        headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
        async with httpx.AsyncClient(base_url=scene.service.url, headers=headers, trust_env=False) as client:
            shown = (await client.get("/v1/alarms")).json()["items"]
        assert [alarm["id"] for alarm in shown] == [receipt["alarm_id"]]


async def test_statements_that_the_server_ends_after_a_while(
    own: str, broker: str, police: Police, secret: str
) -> None:
    holder = await asyncpg.connect(own)
    await holder.execute(f"ALTER DATABASE {urlsplit(own).path[1:]} SET statement_timeout = '200 ms'")
    async with enact(own, broker, police, secret) as scene:
        held = holder.transaction()
        await held.start()
        await holder.execute("LOCK TABLE presses IN EXCLUSIVE MODE")
        await scene.press(3)
        await scene.nothing_is_acknowledged(1)
        await held.rollback()
        await scene.all_is_well()
    await holder.close()


async def test_a_commit_whose_outcome_is_unknown_is_asked_for_by_its_key(linked: Scene, link: Proxy, own: str) -> None:
    await linked.press(1)
    await linked.recorded()
    link.deafen()
    await linked.press(1)
    direct = await open_pool(own, size=1)
    await until(direct, "(SELECT count(*) FROM presses) = 2")
    await linked.nothing_is_acknowledged()
    link.heal()
    await linked.all_is_well()
    assert await direct.fetchval("SELECT count(*) FROM deliveries") == 2
    await direct.close()


async def test_connections_to_a_server_that_vanished_without_a_word_do_not_use_up_the_pools(
    own: str, own_server: Database, broker: str, police: Police, secret: str
) -> None:
    """Every connection that there is leads nowhere from now on, for ever; new ones lead to the server's successor."""
    wire = Vanishing(own_server.port)
    port = await wire.start()
    async with enact(own.replace(f":{own_server.port}/", f":{port}/"), broker, police, secret) as scene:
        await scene.press(1)
        await scene.recorded()
        async with httpx.AsyncClient(base_url=scene.service.url, trust_env=False, timeout=20) as client:
            await asyncio.gather(*(client.get("/readyz") for _ in range(20)))  # so that every pool is full
            wire.vanish()
            await asyncio.gather(*(client.get("/readyz") for _ in range(20)))
            await scene.press(2)
            await scene.nothing_is_acknowledged()
            await scene.all_is_well(within=40)
            async with asyncio.timeout(20):
                while (await client.get("/readyz")).status_code != 200:
                    await asyncio.sleep(0.2)
    await wire.stop()


class Vanishing:
    """A link to a server. At a word every connection is over for the server, and who is connected does not learn it."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._pairs: list[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = []
        self._vanished: set[asyncio.StreamWriter] = set()

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for pair in self._pairs:
            for writer in pair:
                writer.transport.abort()
        await self._server.wait_closed()

    def vanish(self) -> None:
        for client, server in self._pairs:
            self._vanished.add(client)
            server.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        there, server = await asyncio.open_connection("127.0.0.1", self._target)
        self._pairs.append((client, server))
        await asyncio.gather(self._forward(reader, server), self._forward(there, client))

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                if not writer.is_closing():
                    writer.write(data)
        if writer not in self._vanished:
            writer.close()
