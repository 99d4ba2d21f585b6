"""alarmd presses a button of its own, and tells a watcher outside while that arrives and alarms get through."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from alarmd.app import Role
from alarmd.core import canary as names
from alarmd.core.dialects import decode
from alarmd.core.signal import Message, Press, Rejected
from alarmd.db import canary as canary_db
from alarmd.db.pool import Pool
from alarmd.edge.canary import CanaryReceiver
from simulators.buttons import Button
from simulators.police import Behaviour, Police
from tests.service import ADMIN_KEY, Service, until

SETTLED = "(SELECT count(*) FROM alarms WHERE kind = 'canary' AND state = 'closed')"
HANGING_ON_AN_ALARM = ("attempts", "deliveries", "alerts", "timeline", "joinable_alarms", "alarms", "presses")


@pytest.fixture
async def canaries(registry: Pool, database: str, broker: str, police: Police, secret: str) -> AsyncIterator[Service]:
    """alarmd, with a canary each 0.3 s; it may not send to receivers on this machine."""
    service = Service(database, broker, police.url, secret, canary_interval_s=0.3, webhook_allow_private=False)
    await service.start()
    yield service
    await service.stop()


@pytest.fixture
async def admin(canaries: Service) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    async with httpx.AsyncClient(base_url=canaries.url, headers=headers, trust_env=False, timeout=20) as client:
        yield client


class Watcher:
    """What a dead-man's switch is at the other end: counts its calls, and answers them with `status`."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.status = 200
        self._server: asyncio.Server | None = None

    async def start(self) -> str:
        self._server = await asyncio.start_server(self._called, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/ping/a-secret"

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def called(self, times: int) -> None:
        """Wait until it was called so many times more."""
        expected = len(self.calls) + times
        async with asyncio.timeout(20):
            while len(self.calls) < expected:
                await asyncio.sleep(0.05)

    async def _called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls.append((await reader.readline()).decode().strip())
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {self.status} Whatever\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@pytest.fixture
async def watcher() -> AsyncIterator[Watcher]:
    watcher = Watcher()
    yield watcher
    await watcher.stop()


async def metric(client: httpx.AsyncClient, name: str) -> float:
    text = (await client.get("/metrics")).text
    return next(family.samples[0].value for family in text_string_to_metric_families(text) if family.name == name)


async def test_a_canary_travels_the_whole_way_and_then_its_alarm_is_closed(
    canaries: Service, admin: httpx.AsyncClient, police: Police, pool: Pool
) -> None:
    await until(pool, f"{SETTLED} >= 2")
    rows = await pool.fetch(
        """
        SELECT a.button_id, a.press_count, a.closed_by, a.disposition, a.store, p.kind, p.source, p.topic,
               d.state, t.status, e.audience
        FROM alarms a
        JOIN timeline l ON l.alarm_id = a.id AND l.what = 'opened'
        JOIN presses p ON p.id = l.press
        JOIN deliveries d ON d.alarm_id = a.id
        JOIN attempts t ON t.delivery_id = d.id
        JOIN endpoints e ON e.id = d.endpoint_id
        WHERE a.state = 'closed'
        """
    )
    topic = "alarmd/v1/buttons/alarmd.canary.alarmd/press"
    expected = ("alarmd.canary.alarmd", 1, "alarmd", "test", None, "canary", "mqtt", topic, "delivered", 204, "canary")
    assert {tuple(row.values()) for row in rows} == {expected}
    assert await pool.fetchval("SELECT count(*) FROM alerts WHERE type <> 'alarm.opened'") == 0
    ready = (await admin.get("/readyz")).json()
    assert ready["parts"]["canary"]["ok"] is True
    assert "the last that arrived was sent" in ready["parts"]["canary"]["detail"]
    assert 0 <= await metric(admin, "alarmd_canary_age_seconds") < 12
    assert police.received == []


async def test_nobody_sees_a_canary_who_does_not_ask_for_it(
    canaries: Service, admin: httpx.AsyncClient, pool: Pool
) -> None:
    async with admin.stream("GET", "/v1/events") as events:
        await until(pool, f"{SETTLED} >= 2")
        assert (await admin.get("/v1/alarms")).json()["items"] == []
        shown = (await admin.get("/v1/alarms", params={"kind": "canary"})).json()["items"]
        assert {alarm["kind"] for alarm in shown} == {"canary"}
        assert [endpoint["name"] for endpoint in (await admin.get("/v1/endpoints")).json()["items"]] == ["police"]
        hidden = await pool.fetchval("SELECT id FROM endpoints WHERE audience = 'canary'")
        for method, path in (("PATCH", ""), ("DELETE", ""), ("POST", "/rotate-secret"), ("POST", "/test")):
            assert (await admin.request(method, f"/v1/endpoints/{hidden}{path}", json={})).status_code == 404
        assert await metric(admin, "alarmd_alarms_open") == 0
        assert await pool.fetchval("SELECT count(*) FROM button_health") == 0
        button = Button("button-1", str(canaries.settings["mqtt_urls"]))
        await button.start()
        await button.receipt(await button.press(), "recorded")
        await button.stop()
        async for line in events.aiter_lines():
            if line.startswith("data:"):
                assert '"kind": "panic"' in line
                break


async def test_every_press_of_a_reserved_id_is_a_canary_and_no_other_press_is(
    canaries: Service, police: Police, pool: Pool, broker: str
) -> None:
    button = Button("ALARMD.canary.somebody", broker)
    await button.start()
    for kind in ("panic", "test", "cancel"):
        await button.receipt(await button.press(kind=kind), "recorded")
    await until(pool, "(SELECT count(*) FROM deliveries WHERE state = 'delivered') >= 3")
    rows = await pool.fetch("SELECT kind, press_count FROM alarms WHERE button_id = 'alarmd.canary.somebody'")
    assert [tuple(row.values()) for row in rows] == [("canary", 1)] * 3
    assert await pool.fetchval("SELECT count(*) FROM timeline WHERE what = 'escalated'") == 0
    assert police.received == []
    other = Button("button-1", broker)
    await other.start()
    await other.receipt(await other.press(kind="canary"), "quarantined")
    await button.stop()
    await other.stop()


def test_what_makes_a_press_a_canary_is_its_topic() -> None:
    def kind(button_id: str, payload: bytes) -> str:
        match decode(Message(f"alarmd/v1/buttons/{button_id}/press", payload)):
            case Press(kind=kind):
                return kind
            case Rejected(reason=reason):
                return reason
        return ""

    assert kind("alarmd.canary.a", b'{"kind": "panic"}') == "canary"
    assert kind("Alarmd.Canary.a", b"") == "canary"
    assert kind("alarmd.canary", b"") == "panic"
    assert kind("button-1", b'{"kind": "canary"}') == "bad_kind"
    assert names.button_id("alarmd") == "alarmd.canary.alarmd"
    long = [f"{'replica' * 8}-{number}" for number in range(2)]
    assert len({names.button_id(client_id) for client_id in long}) == 2
    assert {len(names.button_id(client_id)) for client_id in long} == {64}


async def test_no_button_can_be_enrolled_under_a_reserved_id(pool: Pool) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="buttons_id_not_reserved"):
        await pool.execute("INSERT INTO buttons (id) VALUES ('alarmd.canary.alarmd')")


async def test_the_default_endpoint_is_made_though_there_is_a_canarys(
    registry: Pool, database: str, broker: str, police: Police, secret: str
) -> None:
    service = Service(database, broker, police.url, secret, canary_interval_s=60)
    service.settings["webhook_url"] = None
    await service.start()
    await service.stop()
    assert await registry.fetchval("SELECT array_agg(audience) FROM endpoints") == ["canary"]
    service = Service(database, broker, police.url, secret, canary_interval_s=60)
    await service.start()
    button = Button("button-1", broker)
    await button.start()
    await button.press()
    await police.expects("alarm.opened", store="S-000001")
    await button.stop()
    await service.stop()


async def test_each_of_two_replicas_hears_its_own_canary_whoever_commits_and_delivers_it(
    registry: Pool, database: str, broker: str, police: Police, secret: str
) -> None:
    watchers = [Watcher(), Watcher()]
    replicas = [
        Service(
            database,
            broker,
            police.url,
            secret,
            canary_interval_s=0.3,
            mqtt_client_id=f"replica-{number}",
            deadman_url=await watcher.start(),
        )
        for number, watcher in enumerate(watchers)
    ]
    for replica in replicas:
        await replica.start()
    for watcher in watchers:
        await watcher.called(2)
    ids = await registry.fetch("SELECT DISTINCT button_id FROM alarms ORDER BY button_id")
    assert [row["button_id"] for row in ids] == ["alarmd.canary.replica-0", "alarmd.canary.replica-1"]
    assert await registry.fetchval("SELECT max(press_count) FROM alarms") == 1
    assert await registry.fetchval("SELECT count(*) FROM endpoints WHERE audience = 'canary'") == 1
    for replica, watcher in zip(replicas, watchers, strict=True):
        await replica.stop()
        await watcher.stop()


async def test_what_canaries_leave_behind_is_removed_after_a_day(canaries: Service, pool: Pool) -> None:
    await until(pool, f"{SETTLED} >= 3")
    await canaries.stop()
    kept = await pool.fetchval("SELECT id FROM alarms WHERE kind = 'canary' ORDER BY id LIMIT 1")
    await pool.execute(
        "UPDATE alarms SET opened_at = opened_at - interval '25 h' WHERE id <> $1 AND state = 'closed'", kept
    )
    await pool.execute("UPDATE alarms SET opened_at = opened_at - interval '23 h' WHERE id = $1", kept)
    await pool.execute("UPDATE alarms SET opened_at = opened_at - interval '25 h' WHERE state <> 'closed'")
    for _ in range(2):
        async with pool.acquire() as connection:
            await canary_db.tidy(connection)
    left = {table: await pool.fetchval(f"SELECT count(*) FROM {table}") for table in HANGING_ON_AN_ALARM}
    once = dict.fromkeys(HANGING_ON_AN_ALARM, 1)
    assert left == once | {"timeline": 3, "joinable_alarms": 0}  # opened, delivered, closed


async def test_a_canary_that_nobody_delivers_is_given_up_and_does_not_age_the_outbox(
    registry: Pool, database: str, broker: str, police: Police, secret: str
) -> None:
    service = Service(database, broker, police.url, secret, canary_interval_s=0.3)
    await service.start(Role.API, Role.LISTENER, Role.SUPERVISOR)
    await until(registry, "(SELECT count(*) FROM alarms WHERE kind = 'canary') >= 2")
    await service.stop()
    await registry.execute("UPDATE alarms SET opened_at = opened_at - interval '11 min'")
    async with registry.acquire() as connection:
        await canary_db.tidy(connection)
    assert await registry.fetchval("SELECT array_agg(DISTINCT disposition) FROM alarms") == ["cancelled"]
    assert await registry.fetchval("SELECT array_agg(DISTINCT cancelled_by) FROM deliveries") == ["alarmd"]
    assert await registry.fetchval("SELECT count(*) FROM deliveries WHERE state = 'pending'") == 0
    assert await registry.fetchval("SELECT count(*) FROM joinable_alarms") == 0


async def test_the_canarys_receiver_takes_only_what_is_signed_with_its_secret(secret: str) -> None:
    from datetime import UTC, datetime

    from standardwebhooks import Webhook

    receiver = CanaryReceiver(secret)
    await receiver.start()
    now = datetime.now(UTC)
    body = '{"hello": "canary"}'
    signed = {
        "webhook-id": str(uuid4()),
        "webhook-timestamp": str(int(now.timestamp())),
    }
    async with httpx.AsyncClient(trust_env=False) as client:
        for signer, status in ((secret, 204), ("whsec_" + "A" * 32, 401)):
            signature = Webhook(signer).sign(signed["webhook-id"], now, body)
            answer = await client.post(receiver.url, content=body, headers={**signed, "webhook-signature": signature})
            assert answer.status_code == status
        assert (await client.post(receiver.url, content=body)).status_code == 401
    await receiver.stop()


@asynccontextmanager
async def watched(
    database: str, broker: str, police: Police, secret: str, url: str, interval_s: float
) -> AsyncIterator[Service]:
    service = Service(database, broker, police.url, secret, canary_interval_s=interval_s, deadman_url=url)
    await service.start()
    yield service
    await service.stop()


async def test_the_watcher_is_called_while_canaries_arrive_but_not_while_an_alarm_does_not_get_through(
    registry: Pool, database: str, broker: str, police: Police, secret: str, watcher: Watcher
) -> None:
    async with watched(database, broker, police, secret, await watcher.start(), 0.3):
        await watcher.called(2)
        assert set(watcher.calls) == {"GET /ping/a-secret HTTP/1.1"}
        police.behaviour = Behaviour(fail=503)
        button = Button("button-1", broker)
        await button.start()
        await button.receipt(await button.press(), "recorded")
        await watcher.called(1)
        await registry.execute("UPDATE deliveries SET created_at = now() - interval '61 s' WHERE state = 'pending'")
        await asyncio.sleep(1)
        calls, settled = len(watcher.calls), await registry.fetchval(f"SELECT {SETTLED}")
        await until(registry, f"{SETTLED} >= {settled + 3}")
        assert len(watcher.calls) == calls
        police.behaviour = Behaviour()
        await police.expects("alarm.opened")
        await watcher.called(2)
        await button.stop()


async def test_what_a_failing_endpoint_is_owed_does_not_count_while_its_stand_in_has_the_alarm(
    registry: Pool, database: str, broker: str, police: Police, secret: str, watcher: Watcher
) -> None:
    stand_in = Police([secret])
    await registry.execute(
        "INSERT INTO endpoints (name, url, secrets, position) VALUES ('stand-in', $1, ARRAY[$2], 1)",
        await stand_in.start(),
        secret,
    )
    await registry.execute(
        """
        INSERT INTO endpoints (name, url, secrets, escalate_after_s) VALUES ('first', $1, ARRAY[$2], 0.5)
        """,
        police.url,
        secret,
    )
    police.behaviour = Behaviour(fail=503)
    async with watched(database, broker, police, secret, await watcher.start(), 0.3):
        button = Button("button-1", broker)
        await button.start()
        await button.press()
        await stand_in.expects("alarm.opened")
        await registry.execute("UPDATE deliveries SET created_at = now() - interval '61 s' WHERE state = 'pending'")
        await watcher.called(3)
        await button.stop()
    await stand_in.stop()


async def test_without_a_canary_the_watcher_is_called_by_the_clock_and_its_failures_are_its_own(
    registry: Pool, database: str, broker: str, police: Police, secret: str, watcher: Watcher
) -> None:
    watcher.status = 500
    async with watched(database, broker, police, secret, await watcher.start(), 0):
        async with asyncio.timeout(10):
            while not watcher.calls:
                await asyncio.sleep(0.05)
        assert await registry.fetchval("SELECT count(*) FROM presses") == 0
        assert await registry.fetchval("SELECT count(*) FROM endpoints WHERE audience = 'canary'") == 0
        button = Button("button-1", broker)
        await button.start()
        await button.press()
        await police.expects("alarm.opened")
        await button.stop()
