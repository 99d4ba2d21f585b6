"""Absence is noticed: silent buttons, gateways that went, districts that are dark, and batteries that end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product
from urllib.parse import urlsplit

import httpx
import pytest

from alarmd.db import supervision
from alarmd.db.pool import Pool
from simulators import mqtt_packets
from simulators.buttons import Button, Gateway
from simulators.police import Police
from tests.path.conftest import a_button, ids
from tests.service import Service, furnish, until

ONCE = "(SELECT count(*) FROM timeline WHERE fault_id IS NOT NULL AND what = '{}')"


async def fault(pool: Pool, kind: str, subject: str) -> str:
    """Wait until a fault is open; what it says."""
    await until(pool, f"EXISTS (SELECT 1 FROM faults WHERE {_is(kind, subject)} AND cleared_at IS NULL)")
    detail: str = await pool.fetchval(f"SELECT detail FROM faults WHERE {_is(kind, subject)} AND cleared_at IS NULL")
    return detail


async def well(pool: Pool, kind: str, subject: str) -> None:
    """Wait until a fault was raised and is cleared."""
    await until(
        pool,
        f"NOT EXISTS (SELECT 1 FROM faults WHERE {_is(kind, subject)} AND cleared_at IS NULL)"
        f" AND EXISTS (SELECT 1 FROM faults WHERE {_is(kind, subject)})",
    )


async def open_faults(pool: Pool) -> set[tuple[str, str]]:
    rows = await pool.fetch("SELECT kind, subject FROM faults WHERE cleared_at IS NULL")
    return {(row["kind"], row["subject"]) for row in rows}


def _is(kind: str, subject: str) -> str:
    return f"kind = '{kind}' AND subject = '{subject}'"


async def figure(operator: httpx.AsyncClient, name: str) -> float:
    lines = (await operator.get("/metrics")).text.splitlines()
    return float(next(line.rpartition(" ")[2] for line in lines if line.startswith(name + " ")))


async def silence(pool: Pool, condition: str) -> None:
    """Let buttons have been unheard for an hour, where one minute is too long."""
    await pool.execute(
        f"UPDATE buttons SET supervised_from = now() - interval '1 hour', silent_after_s = 60 WHERE {condition}"
    )


async def test_a_button_that_is_not_heard_is_silent_until_it_is_heard_again(
    button: Button, operator: httpx.AsyncClient, pool: Pool
) -> None:
    assert (await operator.get("/v1/buttons/button-1")).json()["supervision"] == "ok"
    changed = await operator.patch("/v1/buttons/button-1", json={"silent_after_s": 1})
    assert (changed.status_code, changed.json()["silent_after_s"]) == (200, 1)
    detail = await fault(pool, "button_silent", "button-1")
    assert detail.startswith("nothing was ever heard of button button-1 at 가게 1")
    assert await ids(operator, "supervision=silent") == ["button-1"]
    assert len(await ids(operator, "supervision=ok")) == 9
    assert await figure(operator, "alarmd_buttons_silent") == 1
    assert await figure(operator, 'alarmd_faults_open{kind="button_silent"}') == 1
    (shown,) = (await operator.get("/v1/faults")).json()["items"]
    assert (shown["kind"], shown["subject"], shown["detail"]) == ("button_silent", "button-1", detail)

    async def beat() -> None:
        while True:
            button.heartbeat(battery_pct=80)
            await asyncio.sleep(0.1)

    beating = asyncio.create_task(beat())
    await until(pool, "EXISTS (SELECT 1 FROM faults WHERE cleared_by = 'alarmd')")
    beating.cancel()
    await operator.patch("/v1/buttons/button-1", json={"silent_after_s": None})
    await until(pool, "NOT EXISTS (SELECT 1 FROM faults WHERE cleared_at IS NULL)")
    assert (await operator.get("/v1/buttons/button-1")).json()["supervision"] == "ok"
    assert await figure(operator, "alarmd_buttons_silent") == 0
    assert await figure(operator, 'alarmd_faults_open{kind="button_silent"}') == 0


async def test_who_is_in_no_store_or_revoked_is_not_supervised(
    service: Service, operator: httpx.AsyncClient, pool: Pool
) -> None:
    await operator.post("/v1/buttons", json={"id": "spare", "silent_after_s": 1})
    await pool.execute("UPDATE buttons SET revoked_at = now() WHERE id = 'button-2'")
    await pool.execute("UPDATE buttons SET store_id = NULL WHERE id = 'button-3'")
    await silence(pool, "id IN ('spare', 'button-1', 'button-2', 'button-3')")
    await fault(pool, "button_silent", "button-1")
    assert await open_faults(pool) == {("button_silent", "button-1")}
    for button_id in ("spare", "button-2", "button-3"):
        assert (await operator.get(f"/v1/buttons/{button_id}")).json()["supervision"] is None
    assert (await operator.patch("/v1/buttons/button-1", json={"store_id": None})).status_code == 200
    await well(pool, "button_silent", "button-1")


async def test_a_button_that_gets_a_store_has_its_interval_from_then_on(
    operator: httpx.AsyncClient, pool: Pool
) -> None:
    store_id = (await operator.get("/v1/buttons/button-1")).json()["store_id"]
    await operator.post("/v1/buttons", json={"id": "spare"})
    await silence(pool, "id = 'spare'")
    given = await operator.patch("/v1/buttons/spare", json={"store_id": store_id})
    assert (given.json()["supervision"], given.json()["silent_after_s"]) == ("ok", 60)
    await silence(pool, "id = 'spare'")
    assert await ids(operator, "supervision=silent") == ["spare"]
    await pool.execute("UPDATE buttons SET revoked_at = now(), store_id = NULL WHERE id = 'spare'")
    again = await operator.post("/v1/buttons", json={"id": "spare", "store_id": store_id, "silent_after_s": 30})
    assert (again.json()["supervision"], again.json()["silent_after_s"]) == ("ok", 30)


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "soon", 31_536_001])
async def test_an_interval_is_a_number_of_seconds(operator: httpx.AsyncClient, pool: Pool, wrong: object) -> None:
    await pool.execute("INSERT INTO gateways (id, state) VALUES ('gw', 'online')")
    for place in ("/v1/buttons/button-1", "/v1/gateways/gw"):
        refused = await operator.patch(place, json={"silent_after_s": wrong})
        assert refused.status_code == 422, refused.text
        assert [each["where"] for each in refused.json()["errors"]] == ["body.silent_after_s"]


@asynccontextmanager
async def a_gateway_with_a_will(service: Service, gateway_id: str) -> AsyncIterator[None]:
    """A gateway's own line to the broker, which says that the gateway is gone when the line is cut."""
    broker = urlsplit(str(service.settings["mqtt_urls"]))
    topic = f"alarmd/v1/gateways/{gateway_id}/status"
    words = (gateway_id, topic, '{"state": "offline"}', broker.username or "", broker.password or "")
    head = mqtt_packets._text("MQTT") + b"\x04\xee\x00\x3c"  # a retained will of QoS 1, user, password, clean
    reader, writer = await asyncio.open_connection(broker.hostname, broker.port)
    writer.write(mqtt_packets._packet(0x10, head + b"".join(mqtt_packets._text(word) for word in words)))
    writer.write(mqtt_packets.publish(topic, b'{"state": "online"}', 1, retain=True))
    assert await reader.readexactly(8) == b"\x20\x02\x00\x00" + mqtt_packets.puback(1)
    yield
    writer.transport.abort()


async def test_the_last_will_of_a_gateway_is_one_fault_and_its_600_buttons_are_unknown(
    service: Service, operator: httpx.AsyncClient, pool: Pool
) -> None:
    await pool.execute("DELETE FROM buttons")
    await pool.execute("DELETE FROM stores")
    await furnish(pool, 600)
    radio = Gateway(str(service.settings["mqtt_urls"]), "radio")
    buttons = [Button(f"button-{number}", radio) for number in range(1, 601)]
    await radio.start()
    async with a_gateway_with_a_will(service, "gw-1"):
        for each in buttons:
            each.heartbeat(gateway_id="GW-1", battery_pct=90)
        await until(pool, "(SELECT count(*) FROM button_health) = 600")
        (gateway,) = (await operator.get("/v1/gateways")).json()["items"]
        assert (gateway["id"], gateway["state"], gateway["buttons"]) == ("gw-1", "online", 600)
        assert gateway["away_since"] is None
    detail = await fault(pool, "gateway_away", "gw-1")
    assert detail.startswith("gateway gw-1 is offline since ")
    assert "the 600 buttons behind it" in detail
    assert await pool.fetchval(f"SELECT {ONCE.format('raised')}") == 1
    assert await pool.fetchval("SELECT count(*) FROM button_supervision WHERE supervision = 'unknown'") == 600
    assert len(await ids(operator, "supervision=unknown")) == 200
    assert await figure(operator, "alarmd_buttons_silent") == 0
    (gateway,) = (await operator.get("/v1/gateways")).json()["items"]
    assert (gateway["state"], gateway["away_since"]) == ("offline", gateway["changed_at"])
    async with a_gateway_with_a_will(service, "gw-1"):
        await well(pool, "gateway_away", "gw-1")
        assert await open_faults(pool) == set()
        assert await pool.fetchval("SELECT count(*) FROM button_supervision WHERE supervision = 'ok'") == 600
    await radio.stop()


async def test_a_gateway_is_away_when_it_is_unheard_and_a_signal_through_it_brings_it_back(
    button: Button, operator: httpx.AsyncClient, pool: Pool
) -> None:
    button.heartbeat(gateway_id="gw-2")
    await until(pool, "EXISTS (SELECT 1 FROM gateways WHERE id = 'gw-2' AND last_seen_at IS NOT NULL)")
    await pool.execute("UPDATE button_health SET last_seen_at = now() - interval '1 hour'")
    await pool.execute("UPDATE gateways SET last_seen_at = now() - interval '1 hour'")
    changed = await operator.patch("/v1/gateways/GW-2", json={"silent_after_s": 60})
    assert changed.json()["away_since"] == changed.json()["last_seen_at"]
    detail = await fault(pool, "gateway_away", "gw-2")
    assert detail.endswith("nothing can be said of the 1 button behind it, at 가게 1")
    assert await ids(operator, "supervision=unknown") == ["button-1"]
    button.heartbeat()  # names no gateway: it is the one that it was last heard through
    await well(pool, "gateway_away", "gw-2")
    assert await ids(operator, "supervision=unknown") == []


async def test_a_gateway_that_was_taken_away_is_forgotten_and_its_fault_ends(
    service: Service, operator: httpx.AsyncClient, pool: Pool
) -> None:
    await pool.execute("INSERT INTO gateways (id, state) VALUES ('gw-3', 'offline')")
    assert (await fault(pool, "gateway_away", "gw-3")).endswith("no button depends on it")
    assert (await operator.delete("/v1/gateways/GW-3")).status_code == 204
    await well(pool, "gateway_away", "gw-3")
    assert (await operator.delete("/v1/gateways/gw-3")).status_code == 404
    assert (await operator.patch("/v1/gateways/gw-3", json={"silent_after_s": 1})).status_code == 404


async def test_a_district_that_goes_silent_at_once_is_one_fault(
    service: Service, operator: httpx.AsyncClient, pool: Pool
) -> None:
    await pool.execute(
        """
        UPDATE stores
        SET district = '강남구',
            district_code = '11680'
        WHERE code > 'S-000006'
        """
    )
    await pool.execute(
        """
        INSERT INTO buttons (id, store_id)
        SELECT 'second-' || n, s.id
        FROM generate_series(1, 4) n
        CROSS JOIN stores s
        WHERE s.code = 'S-000010'
        """
    )
    await silence(pool, "id IN ('button-1', 'button-2', 'button-3', 'button-4', 'button-5', 'button-9')")
    detail = await fault(pool, "region_silent", "11350")
    assert detail.startswith("nothing is heard of 5 buttons of 6 in 노원구 (11350)")
    assert await open_faults(pool) == {("region_silent", "11350"), ("button_silent", "button-9")}
    assert await figure(operator, "alarmd_buttons_silent") == 6
    await silence(pool, "true")
    await fault(pool, "region_silent", "all")
    assert await open_faults(pool) == {("region_silent", "all")}
    await pool.execute("UPDATE buttons SET silent_after_s = 86400")
    await well(pool, "region_silent", "all")
    assert await open_faults(pool) == set()


async def test_a_low_battery_and_a_tampered_case_are_faults_while_they_last(
    button: Button, operator: httpx.AsyncClient, pool: Pool
) -> None:
    button.heartbeat(battery_pct=19, tamper=True)
    assert await fault(pool, "battery_low", "button-1") == "the battery of button button-1 at 가게 1 is at 19 %"
    assert "tampers with it" in await fault(pool, "button_tampered", "button-1")
    assert await ids(operator, "low_battery=true") == ["button-1"]
    assert len(await ids(operator, "low_battery=false")) == 9
    button.heartbeat(battery_pct=24, tamper=False)
    await well(pool, "button_tampered", "button-1")
    assert await open_faults(pool) == {("battery_low", "button-1")}
    assert await ids(operator, "low_battery=true") == []
    button.heartbeat(battery_pct=25)
    await well(pool, "battery_low", "button-1")
    button.heartbeat(battery_pct=24)
    await until(pool, "EXISTS (SELECT 1 FROM button_health WHERE battery_pct = 24)")
    assert await open_faults(pool) == set()


async def test_replicas_raise_a_fault_once_and_take_none_back(
    service: Service, police: Police, database: str, broker: str, secret: str, pool: Pool
) -> None:
    twin = Service(database, broker, police.url, secret, mqtt_client_id="alarmd-twin")
    await twin.start()
    await silence(pool, "id IN ('button-1', 'button-2', 'button-3', 'button-4')")
    async with a_button(service, "button-5") as button:
        button.heartbeat(battery_pct=3, gateway_id="gw")
        await fault(pool, "battery_low", "button-5")
        await button.press()
        await until(pool, "EXISTS (SELECT 1 FROM button_proofs WHERE button_id = 'button-5')")
    await until(pool, f"{ONCE.format('raised')} = 5")
    await asyncio.sleep(3)
    assert await pool.fetchval(f"SELECT {ONCE.format('raised')}") == 5
    assert await pool.fetchval(f"SELECT {ONCE.format('cleared')}") == 0
    await twin.stop()


async def test_the_database_and_the_core_say_the_same_of_every_button(registry: Pool) -> None:
    """Heard when, through what, since when and how often: each with each."""
    gateways = {
        "fresh": ("online", 5, 5),
        "stale": ("online", 300, 300),
        "gone": ("offline", 50, 300),
        "late": ("online", 80, 80),
    }
    for name, (state, changed, seen) in gateways.items():
        await registry.execute(
            """
            INSERT INTO gateways (id, state, changed_at, last_seen_at, silent_after_s)
            VALUES ($1, $2, now() - make_interval(secs => $3), now() - make_interval(secs => $4), 60)
            """,
            name,
            state,
            changed,
            seen,
        )
    heards, offlines = (None, 1, 49, 51, 79, 81, 1000), (None, 50)
    cases = product(heards, (None, *gateways, "unheard-of"), (10, 70), (None, 60, 300), offlines)
    await registry.execute("UPDATE buttons SET store_id = NULL")
    for number, (heard, gateway_id, since, interval, offline) in enumerate(cases):
        await registry.execute(
            """
            INSERT INTO buttons (id, store_id, supervised_from, silent_after_s)
            SELECT $1, id, now() - make_interval(secs => $2), $3 FROM stores WHERE code = 'S-000001'
            """,
            f"case-{number}",
            since,
            interval,
        )
        if heard is not None:
            await registry.execute(
                "INSERT INTO button_health (button_id, last_seen_at, gateway_id, offline_at) "
                "VALUES ($1, now() - make_interval(secs => $2), $3, now() - make_interval(secs => $4))",
                f"case-{number}",
                heard,
                gateway_id,
                offline,
            )
    async with registry.acquire() as connection, connection.transaction():
        now = await connection.fetchval("SELECT now()")
        away = {each.id: each for each in await supervision.gateways_away(connection)}
        said = {
            row["button_id"]: row["supervision"] for row in await connection.fetch("SELECT * FROM button_supervision")
        }
        found = list(await supervision.unheard(connection))
    assert away.keys() == {"stale", "gone", "late"}
    assert all(each.away_since(now) for each in away.values())
    assert {each.id: each.state(away.get(each.gateway_id or ""), now) for each in found} == {
        button_id: state for button_id, state in said.items() if state != "ok"
    }
    assert set(said.values()) == {"ok", "silent", "unknown"}
