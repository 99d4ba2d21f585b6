"""Proof of the chain: each button remembers when a press of it last reached the police."""

import asyncio
from datetime import datetime

import httpx

from alarmd.db.pool import Pool
from simulators.buttons import Button
from simulators.police import Behaviour, Police
from tests.path.conftest import a_button, ids
from tests.service import Service, until


async def test_a_press_that_the_police_took_proves_its_button_and_those_that_joined(
    button: Button, service: Service, police: Police, operator: httpx.AsyncClient, pool: Pool
) -> None:
    await pool.execute(
        "INSERT INTO buttons (id, store_id) SELECT 'second', store_id FROM buttons WHERE id = 'button-1'"
    )
    assert len(await ids(operator, "unproven_days=30")) == 11
    police.behaviour = Behaviour(fail=503)
    press_id = await button.press()
    await until(pool, "EXISTS (SELECT 1 FROM attempts)")
    async with a_button(service, "second") as second:
        await second.receipt(await second.press(), "recorded")
        police.behaviour = Behaviour()
        await button.receipt(press_id, "delivered")
        await until(pool, "(SELECT count(*) FROM button_proofs) = 2")
    taken_at = await pool.fetchval("SELECT min(delivered_at) FROM deliveries")
    assert await pool.fetchval("SELECT proven_at FROM button_proofs WHERE button_id = 'button-1'") == taken_at
    shown = (await operator.get("/v1/buttons/button-1")).json()
    assert datetime.fromisoformat(shown["proven_at"]) == taken_at
    unproven = await ids(operator, "unproven_days=30")
    assert unproven == sorted(f"button-{number}" for number in range(2, 11))
    await pool.execute("UPDATE button_proofs SET proven_at = now() - interval '30 days' WHERE button_id = 'second'")
    assert set(await ids(operator, "unproven_days=30")) == {*unproven, "second"}
    assert await ids(operator, "unproven_days=31") == unproven
    await pool.execute("UPDATE buttons SET store_id = NULL WHERE id = 'button-9'")
    assert set(await ids(operator, "unproven_days=31")) == {*unproven} - {"button-9"}


async def test_a_test_press_proves_and_what_only_the_operators_took_does_not(
    service: Service, police: Police, operator: httpx.AsyncClient, secret: str, pool: Pool
) -> None:
    operators = Police([secret])
    await operators.start()
    made = await operator.post(
        "/v1/endpoints", json={"name": "operators", "url": operators.url, "audience": "operators"}
    )
    assert made.status_code == 201, made.text
    await pool.execute("UPDATE endpoints SET secrets = ARRAY[$1], updated_at = now()", secret)
    async with a_button(service, "stranger") as stranger, a_button(service, "button-2") as button:
        await stranger.press()
        await operators.count(1)
        await button.press(kind="test")
        await until(pool, "EXISTS (SELECT 1 FROM button_proofs)")
        assert [row["button_id"] for row in await pool.fetch("SELECT button_id FROM button_proofs")] == ["button-2"]
        store_id = (await operator.get("/v1/buttons/button-3")).json()["store_id"]
        await operator.post("/v1/buttons", json={"id": "stranger", "store_id": store_id})
        await until(pool, "(SELECT count(*) FROM button_proofs) = 2")
    await operators.stop()


async def test_a_press_after_the_alert_is_proven_by_the_next_alert_only(
    button: Button, service: Service, police: Police, operator: httpx.AsyncClient, pool: Pool
) -> None:
    await pool.execute(
        "INSERT INTO buttons (id, store_id) SELECT 'second', store_id FROM buttons WHERE id = 'button-1'"
    )
    await button.receipt(await button.press(), "delivered")
    await button.receipt(await button.press(), "delivered")  # the police are told of repeats every ten seconds at most
    await police.expects("alarm.repeated")
    async with a_button(service, "second") as second:
        await second.receipt(await second.press(), "recorded")
        await until(pool, "(SELECT count(*) FROM button_proofs) = 1")
        alarm_id = await pool.fetchval("SELECT id FROM alarms")
        await pool.execute("UPDATE reading_positions SET xid = '0', id = 0")  # whatever it has read
        await asyncio.sleep(1.5)
        assert await pool.fetchval("SELECT array_agg(button_id) FROM button_proofs") == ["button-1"]
        await operator.post(f"/v1/alarms/{alarm_id}/acknowledge", json={"by": "desk 3"})
        await until(pool, "(SELECT count(*) FROM button_proofs) = 2")


async def test_proofs_go_on_in_a_database_that_was_restored_on_another_server(
    button: Button, police: Police, pool: Pool
) -> None:
    await pool.execute("UPDATE reading_positions SET xid = '4000000000000', id = 4000000000")
    await button.press()
    await until(pool, "EXISTS (SELECT 1 FROM button_proofs WHERE button_id = 'button-1')")
