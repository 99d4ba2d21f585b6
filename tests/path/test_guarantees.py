"""What is promised: nothing acknowledged is lost, and nothing happens twice."""

import asyncio

import asyncpg
import pytest

from alarmd.core.alert import AlertBody
from alarmd.db.pool import Pool
from simulators.buttons import Button, Fleet
from simulators.police import Behaviour, Police
from tests.service import Process, Service, furnish, until
from tests.tap import Tap


async def test_no_puback_before_the_commit_and_then_in_the_order_of_arrival(
    registry: Pool, database: str, broker: str, police: Police, secret: str
) -> None:
    tap = Tap(broker)
    service = Service(database, await tap.start(), police.url, secret)
    await service.start()
    button = Button("button-1", broker)
    await button.start()
    await button.receipt(await button.press(), "recorded")
    assert len(tap.pubacks) == 1
    holder = await asyncpg.connect(database)
    held = holder.transaction()
    await held.start()
    await holder.execute("LOCK TABLE presses IN EXCLUSIVE MODE")
    press_ids = [await button.press() for _ in range(5)]
    await asyncio.sleep(1)
    assert len(tap.published) == 6
    assert len(tap.pubacks) == 1
    assert not [receipt for receipt in button.receipts if receipt["press_id"] in press_ids]
    await held.rollback()
    for press_id in press_ids:
        await button.receipt(press_id, "recorded")
    assert tap.pubacks == tap.published
    await holder.close()
    await button.stop()
    await service.stop()
    await tap.stop()


async def test_what_was_not_acknowledged_comes_again_on_a_new_connection_and_old_acknowledgements_do_not(
    registry: Pool, database: str, broker: str, police: Police, secret: str
) -> None:
    tap = Tap(broker)
    service = Service(database, await tap.start(), police.url, secret)
    await service.start()
    holder = await asyncpg.connect(database)
    held = holder.transaction()
    await held.start()
    await holder.execute("LOCK TABLE presses IN EXCLUSIVE MODE")
    button = Button("button-1", broker)
    await button.start()
    press_ids = [await button.press() for _ in range(3)]
    await asyncio.sleep(0.3)
    tap.cut()
    async with asyncio.timeout(20):
        while len(tap.published) < 6:
            await asyncio.sleep(0.05)
    assert tap.pubacks == []
    await held.rollback()
    for press_id in press_ids:
        await button.receipt(press_id, "recorded")
    async with asyncio.timeout(20):
        while len(tap.pubacks) < 3:
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.2)
    assert len(tap.pubacks) == 3
    assert await registry.fetchval("SELECT count(*) FROM presses") == 3
    await holder.close()
    await button.stop()
    await service.stop()
    await tap.stop()


@pytest.mark.parametrize("after", [30, 300, 600])
async def test_sigkill_in_the_middle_of_a_storm_loses_nothing(
    pool: Pool, process: Process, police: Police, broker: str, after: int
) -> None:
    await pool.execute("DELETE FROM buttons")
    await pool.execute("DELETE FROM stores")
    await furnish(pool, 656)
    await process.start()
    fleet = Fleet(broker, [f"button-{number}" for number in range(1, 657)], retry_after=1.0)
    await fleet.start()
    fleet.storm("panic")
    await until(pool, f"count(*) >= {after} FROM presses")
    await process.kill()
    await process.start()
    assert await fleet.all_recorded(within=30)
    await until(pool, "NOT EXISTS (SELECT 1 FROM deliveries WHERE state = 'pending')", 40)
    opened = [alert for alert in police.received if alert.type == "alarm.opened" and alert.valid]
    by_button = {alert.event["data"]["button"]["id"]: alert.webhook_id for alert in opened}
    assert len(by_button) == 656
    assert len({alert.webhook_id for alert in opened}) == 656
    assert await pool.fetchval("SELECT count(*) FROM alarms") == 656
    assert await process.terminate() == 0
    await fleet.stop()


async def test_two_redundant_listeners_make_one_alarm_and_one_webhook_id(
    pool: Pool, service: Service, police: Police, database: str, broker: str, secret: str
) -> None:
    twin = Service(database, broker, police.url, secret, mqtt_client_id="alarmd-twin")
    await twin.start()
    fleet = Fleet(broker, [f"button-{number}" for number in range(1, 11)], retry_after=1.0)
    await fleet.start()
    fleet.storm("panic")
    assert await fleet.all_recorded(within=20)
    await until(pool, "count(*) = 10 FROM deliveries WHERE state = 'delivered'")
    assert await pool.fetchval("SELECT count(*) FROM alarms") == 10
    assert await pool.fetchval("SELECT sum(press_count) FROM alarms") == 10
    assert len({alert.webhook_id for alert in police.received}) == 10
    assert len(police.received) == 10
    await fleet.stop()
    await twin.stop()


async def test_two_replicas_that_take_different_presses_of_one_store_open_one_alarm(
    pool: Pool, service: Service, police: Police, database: str, secret: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each replica has a broker of its own, and the store's two buttons press at once, again and again."""
    from alarmd.embedded.broker import EmbeddedBroker

    await pool.execute("UPDATE buttons SET store_id = (SELECT store_id FROM buttons WHERE id = 'button-1')")
    second = EmbeddedBroker(tmp_path_factory.mktemp("broker"), program="mosquitto")
    other_url = await second.start()
    twin = Service(database, other_url, police.url, secret, mqtt_client_id="alarmd-twin")
    await twin.start()
    here, there = Button("button-1", str(service.settings["mqtt_urls"])), Button("button-2", other_url)
    await here.start()
    await there.start()
    alarm_ids = set()
    for _ in range(20):
        press_ids = await asyncio.gather(here.press(), there.press())
        for button, press_id in zip((here, there), press_ids, strict=True):
            alarm_ids.add((await button.receipt(press_id, "recorded"))["alarm_id"])
    assert len(alarm_ids) == 1
    assert await pool.fetchval("SELECT press_count FROM alarms") == 40
    await here.stop()
    await there.stop()
    await twin.stop()
    await second.stop()


async def test_a_dead_endpoint_does_not_hold_up_a_live_one(
    pool: Pool, service: Service, police: Police, secret: str, broker: str
) -> None:
    hung = Police([secret], behaviour=Behaviour(hang=True))
    await pool.execute(
        "INSERT INTO endpoints (name, url, secrets) VALUES ('hung', $1, ARRAY[$2])", await hung.start(), secret
    )
    fleet = Fleet(broker, [f"button-{number}" for number in range(1, 11)])
    await fleet.start()
    fleet.storm("panic")
    assert await fleet.all_recorded(within=10)
    assert len(await police.count(10, within=4)) == 10
    await fleet.stop()
    await hung.stop()


async def test_the_database_restarting_under_presses_loses_none(
    pool: Pool, service: Service, police: Police, broker: str
) -> None:
    """Every session of the database is ended again and again while buttons press."""
    fleet = Fleet(broker, [f"button-{number}" for number in range(1, 11)], retry_after=2.0)
    await fleet.start()
    pressing = asyncio.create_task(fleet.press(50, 100))
    for _ in range(8):
        await asyncio.sleep(0.25)
        await pool.fetch(
            """
            SELECT pg_terminate_backend(pid)
            FROM pg_stat_activity
            WHERE datname = current_database()
              AND pid <> pg_backend_pid()
            """
        )
    await pressing
    assert await fleet.all_recorded(within=20)
    await until(pool, "NOT EXISTS (SELECT 1 FROM deliveries WHERE state = 'pending')")
    assert await pool.fetchval("SELECT count(*) FROM presses") == 100
    assert await pool.fetchval("SELECT count(*) FROM timeline WHERE press IS NOT NULL") == 100
    opened = {alert.event["data"]["alarm"]["id"] for alert in police.received if alert.type == "alarm.opened"}
    assert {str(row["id"]) for row in await pool.fetch("SELECT id FROM alarms")} == opened
    await fleet.stop()


async def test_every_alert_is_as_the_published_schema_says(service: Service, police: Police, broker: str) -> None:
    button = Button("button-1", broker)
    await button.start()
    for kind in ("panic", "panic", "cancel"):
        await button.receipt(await button.press(kind=kind), "recorded")
    for alert in await police.count(3):
        AlertBody.model_validate(alert.event)
    await button.stop()
