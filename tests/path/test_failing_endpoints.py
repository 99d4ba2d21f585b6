"""An endpoint that fails is never given up, starves nobody, and is known to fail."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from alarmd.db.pool import Pool
from simulators.buttons import Button
from simulators.police import Behaviour, Police
from tests.service import ADMIN_KEY, Service, until


@pytest.fixture
async def admin(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    async with httpx.AsyncClient(base_url=service.url, headers=headers, trust_env=False, timeout=20) as client:
        yield client


async def press(service: Service, *button_ids: str) -> None:
    for button_id in button_ids:
        button = Button(button_id, str(service.settings["mqtt_urls"]))
        await button.start()
        await button.receipt(await button.press(), "recorded")
        await button.stop()


@pytest.mark.parametrize("status", [400, 410])
async def test_a_4xx_is_a_fault_at_once_and_is_tried_again_until_it_is_taken(
    service: Service, police: Police, admin: httpx.AsyncClient, pool: Pool, status: int
) -> None:
    police.behaviour = Behaviour(fail=status, misbehave_for=2)
    await press(service, "button-1")
    await until(pool, "EXISTS (SELECT 1 FROM faults WHERE kind = 'endpoint_failing' AND cleared_at IS NULL)")
    await police.expects("alarm.opened", store="S-000001")
    assert len(police.received) == 3
    await until(pool, "NOT EXISTS (SELECT 1 FROM faults WHERE cleared_at IS NULL)")
    assert (await admin.get("/v1/faults")).json()["items"] == []
    (fault,) = (await admin.get("/v1/faults?cleared=true")).json()["items"]
    assert (fault["kind"], fault["subject"], fault["cleared_by"]) == ("endpoint_failing", "police", "alarmd")
    assert fault["detail"].startswith(f"answered {status} at attempt 1 of alarm A-")


async def test_other_failures_are_a_fault_from_the_third_on(service: Service, police: Police, pool: Pool) -> None:
    police.behaviour = Behaviour(fail=503, misbehave_for=3)
    await press(service, "button-1")
    await police.expects("alarm.opened")
    assert await pool.fetchval("SELECT detail FROM faults") == await pool.fetchval(
        "SELECT 'answered 503 at attempt 3 of alarm ' || reference FROM alarms"
    )


async def test_a_human_clears_a_fault_and_it_is_told_of(
    service: Service, police: Police, admin: httpx.AsyncClient
) -> None:
    police.behaviour = Behaviour(fail=404)
    async with admin.stream("GET", "/v1/events") as events:
        lines = events.aiter_lines()
        while not (await anext(lines)).startswith("id: "):
            """The stream's position comes first."""
        await press(service, "button-1")
        raised = [line async for line in _until_data(lines, '"raised"')]
        (fault,) = (await admin.get("/v1/faults")).json()["items"]
        assert "event: fault" in raised
        assert fault["id"] in raised[-1]
        cleared = await admin.post(f"/v1/faults/{fault['id']}/clear")
        assert cleared.json()["cleared_by"] == "ALARMD_ADMIN_KEY"
        assert [line async for line in _until_data(lines, '"cleared"')]


async def _until_data(lines: AsyncIterator[str], word: str) -> AsyncIterator[str]:
    async with asyncio.timeout(10):
        async for line in lines:
            yield line
            if line.startswith("data: ") and word in line:
                return


async def test_what_waits_for_an_endpoint_is_sent_as_soon_as_it_answers_again(
    service: Service, police: Police, pool: Pool
) -> None:
    police.behaviour = Behaviour(fail=503)
    await press(service, *(f"button-{number}" for number in range(1, 7)))
    await until(pool, "(SELECT min(attempts) FROM deliveries) >= 3")
    await until(pool, "NOT EXISTS (SELECT 1 FROM deliveries WHERE claimed_by IS NOT NULL)")
    await pool.execute(
        """
        UPDATE deliveries
        SET due_at = now() + interval '1 hour'
        WHERE id <> (SELECT min(id::text)::uuid FROM deliveries)
        """
    )
    police.behaviour = Behaviour()
    assert len({alert.alarm["id"] for alert in await police.count(6)}) == 6


async def test_an_endpoint_that_hangs_is_knocked_at_gently_and_another_does_not_wait(
    service: Service, police: Police, admin: httpx.AsyncClient, secret: str, pool: Pool
) -> None:
    hanging = Police([secret], behaviour=Behaviour(hang=True))
    await hanging.start()
    made = await admin.post("/v1/endpoints", json={"name": "elsewhere", "url": hanging.url, "districts": ["11110"]})
    assert made.status_code == 201
    await pool.execute("UPDATE endpoints SET secrets = ARRAY[$1], updated_at = now()", secret)
    await pool.execute("UPDATE stores SET district_code = '11110' WHERE code <> 'S-000001'")
    for turn in range(8):
        for number in range(2, 11):
            body = {"button_id": f"button-{number}", "press_id": f"turn-{turn}"}
            assert (await admin.post("/v1/presses", json=body)).status_code == 202
        await pool.execute("DELETE FROM joinable_alarms")
    assert await pool.fetchval("SELECT count(*) FROM alarms") == 72
    await until(pool, "(SELECT count(*) FROM attempts) >= 32")
    await until(pool, "(SELECT count(*) FROM deliveries WHERE claimed_by IS NOT NULL) BETWEEN 1 AND 4")
    await press(service, "button-1")
    await police.expects("alarm.opened", store="S-000001")
    hanging.behaviour = Behaviour()
    assert len({alert.alarm["id"] for alert in await hanging.count(72, within=30)}) == 72
    await hanging.stop()
