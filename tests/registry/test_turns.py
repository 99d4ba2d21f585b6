"""Changes of the registry take turns, and no press waits for them."""

import asyncio
from typing import Any

import httpx
import pytest

from alarmd.core.errors import ConflictError
from alarmd.db import buttons, stores
from alarmd.db.pool import Pool
from alarmd.db.registry_import import EXPORT_COLUMNS, export_rows
from alarmd.edge.tables import write_csv
from simulators.buttons import Button
from simulators.police import Police
from tests.registry.test_import import SAMPLE, brought_in, read, table
from tests.service import ADMIN_KEY, Service

HEADERS = {"Authorization": f"Bearer {ADMIN_KEY}"}


async def test_two_imports_of_one_file_at_once_add_each_store_once(pool: Pool) -> None:
    plans = await asyncio.gather(*(brought_in(pool, read(SAMPLE)) for _ in range(2)))
    assert sorted((len(plan.new), plan.unchanged) for plan in plans) == [(0, 40), (40, 0)]


async def test_a_store_registered_during_an_import_refuses_the_whole_import(pool: Pool) -> None:
    reading = read(table({}, {"점포명": "GS25 또다른점"}))
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await stores.add(connection, reading.lines[1].store)
        importing = asyncio.create_task(brought_in(pool, reading))
        while not await pool.fetchval("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)"):
            await asyncio.sleep(0.01)
        await transaction.commit()
    with pytest.raises(ConflictError, match="import the file again"):
        await importing
    assert await pool.fetchval("SELECT array_agg(name) FROM stores") == ["GS25 또다른점"]
    assert len((await brought_in(pool, reading)).new) == 1


async def test_a_press_reaches_the_police_while_its_store_and_button_are_being_changed(
    service: Service, pool: Pool, police: Police, broker: str
) -> None:
    button = Button("button-1", broker)
    await button.start()
    async with pool.acquire() as connection, connection.transaction():
        held = await buttons.hold(connection, "button-1")
        assert held.store_id is not None
        await stores.hold(connection, held.store_id)
        await button.press()
        await police.expects("alarm.opened")
    await button.stop()


@pytest.mark.parametrize("resource", ["stores", "buttons"])
async def test_changes_at_once_that_name_no_version_are_all_done(service: Service, resource: str) -> None:
    async with httpx.AsyncClient(base_url=service.url, headers=HEADERS, trust_env=False) as client:
        place = f"/v1/{resource}/{(await client.get(f'/v1/{resource}?limit=1')).json()['items'][0]['id']}"
        member = "entrance_note" if resource == "stores" else "label"
        answers = await asyncio.gather(*(client.patch(place, json={member: f"{number}"}) for number in range(8)))
        assert [answer.status_code for answer in answers] == [200] * 8
        assert sorted(answer.json()["version"] for answer in answers) == list(range(2, 10))


async def test_whatever_an_operator_registers_is_unchanged_by_its_own_export(service: Service, pool: Pool) -> None:
    odd: list[dict[str, Any]] = [
        {"name": "CU  두  칸"},
        {"name": "우리동네", "chain": "CU"},
        {"name": "긴 안내", "entrance_note": "가" * 2000},
        {"name": "줄바꿈", "entrance_note": "첫째\n둘째 \n"},
        {"name": "우편", "postal_code": "01234"},
        {"name": "지번만", "road_address": None, "jibun_address": "상계동  1"},
        {"name": "=1+1"},
    ]
    place: dict[str, Any] = {
        "district": "노원구",
        "district_code": "11350",
        "lat": 37.66,
        "lon": 127.07,
        "road_address": "새길 1",
    }
    async with httpx.AsyncClient(base_url=service.url, headers=HEADERS, trust_env=False) as client:
        for store in odd:
            assert (await client.post("/v1/stores", json=place | store)).status_code == 201
    async with pool.acquire() as connection:
        exported = write_csv(EXPORT_COLUMNS, await export_rows(connection))
    plan = await brought_in(pool, read(exported))
    assert (plan.changes, plan.unchanged, plan.vanished) == ([], 17, [])
