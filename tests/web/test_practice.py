"""Practice: a press that nobody made at a button travels as every press does, and calls nobody who takes no tests."""

from uuid import UUID

import asyncpg
import httpx
import pytest

from alarmd.db.pool import Pool
from simulators.police import Police
from tests.service import until
from tests.web.conftest import As, Press, slug


@pytest.fixture
async def place(pool: Pool) -> str:
    """The first store's practice; its button is `button-1`."""
    store_id = await pool.fetchval("SELECT store_id FROM buttons WHERE id = 'button-1'")
    return f"/v1/stores/{store_id}/practice"


async def test_it_goes_to_the_police_as_a_test_and_the_audit_names_who_practised(
    admin: httpx.AsyncClient, place: str, police: Police
) -> None:
    assert (await admin.get(place)).json() == {"endpoints": ["police"]}
    answer = await admin.post(place, json={"button_id": "BUTTON-1"})
    assert answer.status_code == 202, answer.text
    receipt = answer.json()
    assert receipt["state"] == "recorded"
    assert receipt["took_ms"] > 0
    alert = await police.expects("alarm.opened", store="S-000001")
    assert (alert.alarm["id"], alert.alarm["kind"]) == (receipt["alarm_id"], "test")
    alarm = (await admin.get(f"/v1/alarms/{receipt['alarm_id']}")).json()
    (press,) = alarm["presses"]
    assert (press["press_id"], press["kind"], press["source"]) == (receipt["press_id"], "test", "practice")
    (entry,) = (await admin.get("/v1/audit", params={"what": "store.practised"})).json()["items"]
    assert (entry["who"], f"/v1/{entry['subject']}/practice") == ("ALARMD_ADMIN_KEY", place)
    assert entry["after"] == {"button_id": "button-1", "press_id": receipt["press_id"]}


async def test_who_takes_no_tests_never_hears_of_it_and_a_real_press_meanwhile_is_real(
    admin: httpx.AsyncClient, place: str, police: Police, press: Press, pool: Pool
) -> None:
    await pool.execute("UPDATE endpoints SET accepts_tests = false")
    assert (await admin.get(place)).json() == {"endpoints": []}
    await pool.execute("UPDATE stores SET test_mode_until = now() + interval '1 h'")
    await pool.execute("UPDATE stores SET test_mode_until = now()")  # it ends just before the press
    practised = (await admin.post(place, json={"button_id": "button-1"})).json()
    real = await press("button-1")
    assert real["id"] != practised["alarm_id"]
    alert = await police.expects("alarm.opened")
    assert (alert.alarm["id"], alert.alarm["kind"]) == (real["id"], "panic")
    await until(pool, "NOT EXISTS (SELECT 1 FROM alarms WHERE escalate_at <= now())")
    told = await pool.fetch("SELECT DISTINCT alarm_id FROM deliveries")
    assert [str(row["alarm_id"]) for row in told] == [real["id"]]


async def test_it_tells_nothing_of_the_button_neither_that_it_lives_nor_that_it_is_proven(
    admin: httpx.AsyncClient, place: str, press: Press, police: Police, pool: Pool
) -> None:
    await admin.post(place, json={"button_id": "button-1"})
    await police.expects("alarm.opened", store="S-000001")
    await until(pool, "EXISTS (SELECT 1 FROM deliveries WHERE state = 'delivered')")
    await press("button-2")
    await until(pool, "EXISTS (SELECT 1 FROM button_proofs WHERE button_id = 'button-2')")
    await until(pool, "EXISTS (SELECT 1 FROM button_health WHERE button_id = 'button-2')")
    shown = (await admin.get("/v1/buttons/button-1")).json()
    assert (shown["last_seen_at"], shown["proven_at"]) == (None, None)


async def test_only_a_button_of_the_store_is_pressed(
    admin: httpx.AsyncClient, place: str, pool: Pool, press: Press
) -> None:
    await press("button-3")
    await admin.delete("/v1/buttons/button-3")  # revoked, since it was pressed
    store_id = await pool.fetchval("SELECT id FROM stores WHERE code = 'S-000003'")
    own = f"/v1/stores/{store_id}/practice"
    nowhere = f"/v1/stores/{UUID(int=0)}/practice"
    for path, button, problem in (
        (place, "button-2", "conflict"),
        (own, "button-3", "conflict"),
        (place, "nobody", "not-found"),
        (nowhere, "button-1", "not-found"),
    ):
        assert slug(await admin.post(path, json={"button_id": button})) == problem, path
    assert slug(await admin.get(nowhere)) == "not-found"
    assert await pool.fetchval("SELECT count(*) FROM presses") == 1
    assert (await admin.get("/v1/audit", params={"what": "store.practised"})).json()["items"] == []


async def test_one_that_is_asked_for_again_is_pressed_once(admin: httpx.AsyncClient, place: str, pool: Pool) -> None:
    once = {"Idempotency-Key": "once"}
    first, second = [await admin.post(place, json={"button_id": "button-1"}, headers=once) for _ in range(2)]
    assert first.json() == second.json()
    assert await pool.fetchval("SELECT count(*) FROM presses") == 1


async def test_only_administrators_practise(as_role: As, place: str, pool: Pool) -> None:
    operator = await as_role("operator")
    assert slug(await operator.post(place, json={"button_id": "button-1"})) == "forbidden"
    assert await pool.fetchval("SELECT count(*) FROM presses") == 0


async def test_the_database_takes_no_practice_for_a_call_for_help(pool: Pool) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.execute(
            """
            INSERT INTO presses (button_id, press_id, wire_id, kind, received_at, source, payload)
            VALUES ('button-1', 'p', 'button-1', 'panic', now(), 'practice', '')
            """
        )
