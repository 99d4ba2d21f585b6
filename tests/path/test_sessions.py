"""What a broker holds for us: sessions lost, brokers away, links that are dead, and too much at once."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import aiomqtt
import asyncpg
import httpx
import pytest

from alarmd.db.pool import Pool
from alarmd.edge import mqtt
from alarmd.embedded.broker import EmbeddedBroker
from alarmd.embedded.child import free_port
from alarmd.flow import accept
from simulators.buttons import Button
from simulators.police import Police
from tests.chaos.proxy import Proxy
from tests.service import ADMIN_KEY, Service, until
from tests.tap import Tap

OPEN = "EXISTS (SELECT 1 FROM faults WHERE kind = '{}' AND subject = '{}' AND cleared_at IS NULL)"


class Linked:
    """alarmd, and the link between it and its broker."""

    def __init__(self, service: Service, link: Proxy, broker: str) -> None:
        self.service = service
        self.link = link
        self.broker = broker
        self.subject = f"127.0.0.1:{link.port} alarmd"

    async def connected(self) -> bool:
        async with httpx.AsyncClient(base_url=self.service.url, trust_env=False) as client:
            parts = (await client.get("/readyz")).json()["parts"]
        ok: bool = parts[f"broker 127.0.0.1:{self.link.port}"]["ok"]
        return ok

    async def lose(self) -> None:
        """Let the broker forget the session, as it does when its disk is replaced."""
        parts = urlsplit(self.broker)
        assert parts.hostname
        assert parts.port
        async with aiomqtt.Client(
            parts.hostname, parts.port, username=parts.username, password=parts.password, identifier="alarmd"
        ):
            pass


@pytest.fixture
async def linked(registry: Pool, database: str, broker: str, police: Police, secret: str) -> AsyncIterator[Linked]:
    parts = urlsplit(broker)
    assert parts.hostname
    assert parts.port
    link = Proxy(parts.hostname, parts.port)
    url = broker.replace(f":{parts.port}", f":{await link.start()}")
    service = Service(database, url, police.url, secret)
    await service.start()
    yield Linked(service, link, broker)
    await service.stop()
    await link.stop()


async def test_a_session_that_the_broker_forgot_is_a_fault_until_one_is_found_again(linked: Linked, pool: Pool) -> None:
    lost = OPEN.format("session_lost", linked.subject)
    await until(pool, "EXISTS (SELECT 1 FROM broker_sessions)")
    assert await pool.fetchval("SELECT count(*) FROM faults") == 0
    await linked.lose()
    await until(pool, lost)
    linked.link.cut()
    await until(pool, f"NOT {lost}")
    assert await pool.fetchval("SELECT cleared_by FROM faults") == "alarmd"


async def test_a_session_that_was_forgotten_while_we_were_away_is_noticed_and_a_human_may_clear_it(
    linked: Linked, pool: Pool
) -> None:
    lost = OPEN.format("session_lost", linked.subject)
    await until(pool, "EXISTS (SELECT 1 FROM broker_sessions)")
    await linked.service.stop()
    await linked.lose()
    await linked.service.restart()
    await until(pool, lost)
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    async with httpx.AsyncClient(base_url=linked.service.url, headers=headers, trust_env=False) as client:
        [fault] = (await client.get("/v1/faults")).json()["items"]
        assert (fault["kind"], fault["subject"]) == ("session_lost", linked.subject)
        assert (await client.post(f"/v1/faults/{fault['id']}/clear")).status_code == 200
    assert await pool.fetchval("SELECT cleared_by FROM faults") == "ALARMD_ADMIN_KEY"


async def test_another_replicas_first_session_is_no_loss(
    linked: Linked, database: str, police: Police, secret: str, pool: Pool
) -> None:
    twin = Service(database, linked.broker, police.url, secret, mqtt_client_id="alarmd-twin")
    await twin.start()
    await until(pool, "(SELECT count(*) FROM broker_sessions) = 2")
    assert await pool.fetchval("SELECT count(*) FROM faults") == 0
    await twin.stop()


async def test_a_broker_that_is_away_is_a_fault_and_so_is_the_canary_that_does_not_arrive(
    registry: Pool, database: str, police: Police, secret: str, tmp_path: Path
) -> None:
    server = EmbeddedBroker(tmp_path / "broker", port=free_port("127.0.0.1"), program="mosquitto")
    url = await server.start()
    service = Service(database, url, police.url, secret, canary_interval_s=0.5)
    await service.start()
    await until(registry, "EXISTS (SELECT 1 FROM alarms WHERE state = 'closed')")
    assert await registry.fetchval("SELECT count(*) FROM faults") == 0
    await server.stop()
    away = OPEN.format("broker_away", f"127.0.0.1:{urlsplit(url).port} alarmd")
    late = OPEN.format("canary_late", "alarmd")
    await until(registry, f"{away} AND {late}", 30)
    async with httpx.AsyncClient(base_url=service.url, trust_env=False) as client:
        assert (await client.get("/readyz")).json()["parts"]["canary"]["ok"] is False
    await server.start()
    await until(registry, f"NOT {away} AND NOT {late}", 30)
    await service.stop()
    await server.stop()


async def test_a_link_that_is_dead_without_a_word_is_noticed_and_made_anew(
    linked: Linked, pool: Pool, police: Police
) -> None:
    linked.link.freeze()
    button = Button("button-1", linked.broker)
    await button.start()
    press_id = await button.press()
    async with asyncio.timeout(17):  # 15 s, and a little for a busy machine
        while await linked.connected():
            await asyncio.sleep(0.2)
    assert await pool.fetchval("SELECT count(*) FROM presses") == 0
    linked.link.heal()
    await button.receipt(press_id, "recorded", within=20)
    await police.expects("alarm.opened")
    await button.stop()


async def test_what_the_broker_held_for_us_is_told_recorded_before_it_is_acknowledged(
    registry: Pool, database: str, broker: str, police: Police, secret: str
) -> None:
    tap, button = Tap(broker), Button("button-1", broker)
    service = Service(database, await tap.start(), police.url, secret)
    await service.start()
    await button.start()
    for _ in range(3):
        await service.stop()
        already, press_ids = len(tap.pubacks), [button.emit() for _ in range(50)]
        await service.restart()
        for press_id in press_ids:
            await button.receipt(press_id, "recorded", within=20)
        async with asyncio.timeout(10):
            while len(tap.pubacks) < already + len(press_ids):
                await asyncio.sleep(0.02)
    assert all(receipts > acknowledged for acknowledged, receipts in enumerate(tap.receipts))
    await service.stop()
    await button.stop()
    await tap.stop()


async def test_a_broker_that_takes_nothing_for_a_while_gets_every_receipt_once_it_does(
    registry: Pool, database: str, broker: str, police: Police, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt, "_SOCKET_OPTIONS", [*mqtt._SOCKET_OPTIONS, (socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)])
    tap, button = Tap(broker), Button("b" * 64, broker)
    service = Service(database, await tap.start(), police.url, secret)
    await service.start()
    await button.start()
    tap.hold()
    press_ids = [button.emit() for _ in range(1000)]  # their receipts are more than fits between alarmd and the tap
    await until(registry, "(SELECT count(*) FROM presses) = 1000", 30)
    tap.go_on()
    for press_id in press_ids:
        await button.receipt(press_id, "recorded", within=20)
    async with asyncio.timeout(10):
        while len(tap.pubacks) < len(press_ids):
            await asyncio.sleep(0.02)
    assert tap.pubacks == tap.published
    assert all(receipts > acknowledged for acknowledged, receipts in enumerate(tap.receipts))
    await service.stop()
    await button.stop()
    await tap.stop()


async def test_what_is_too_much_stays_with_the_broker_and_is_taken_when_there_is_room(
    linked: Linked, database: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accept, "MAX_WAITING", 20)
    holder = await asyncpg.connect(database)
    held = holder.transaction()
    await held.start()
    await holder.execute("LOCK TABLE presses IN EXCLUSIVE MODE")
    button = Button("button-1", linked.broker)
    await button.start()
    press_ids = [button.emit() for _ in range(100)]
    async with asyncio.timeout(10):
        while await linked.connected():
            await asyncio.sleep(0.05)
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    press = {"button_id": "button-2", "press_id": "over-http"}
    async with httpx.AsyncClient(base_url=linked.service.url, headers=headers, trust_env=False) as client:
        refused = await client.post("/v1/presses", json=press, timeout=5)  # what may wait is answered after 10 s
        assert refused.status_code == 503
        assert refused.headers["content-type"] == "application/problem+json"
        assert "20 presses wait for the database" in refused.json()["detail"]
        await asyncio.sleep(1)
        assert await linked.connected() is False
        await held.rollback()
        for press_id in press_ids:
            await button.receipt(press_id, "recorded", within=20)
        async with asyncio.timeout(10):
            while not await linked.connected():
                await asyncio.sleep(0.05)
        assert (await client.post("/v1/presses", json=press)).status_code == 202
    recorded = await pool.fetch(
        """
        SELECT p.press_id
        FROM timeline t
        JOIN presses p ON p.id = t.press
        WHERE p.button_id = 'button-1'
        ORDER BY t.id
        """
    )
    assert [row["press_id"] for row in recorded] == press_ids
    await holder.close()
    await button.stop()
