"""Test mode: while it is in force presses are tests, and it ends by itself."""

from datetime import UTC, datetime, timedelta

import httpx

from alarmd.db.pool import Pool
from simulators.buttons import Button
from simulators.police import Police
from tests.service import until


async def test_test_mode_is_in_force_until_it_ends_by_itself(
    button: Button, operator: httpx.AsyncClient, police: Police, pool: Pool
) -> None:
    until_ = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    changed = await operator.patch("/v1/buttons/button-1", json={"test_mode_until": until_})
    assert changed.json()["in_test_mode"] is True
    await button.press()
    assert (await police.expects("alarm.opened")).alarm["kind"] == "test"
    await until(pool, "EXISTS (SELECT 1 FROM buttons WHERE test_mode_until < now())")
    assert (await operator.get("/v1/buttons/button-1")).json()["in_test_mode"] is False
    await button.press()
    assert (await police.expects("alarm.opened")).alarm["kind"] == "panic"


async def test_a_stores_test_mode_is_its_buttons_too(
    button: Button, operator: httpx.AsyncClient, police: Police, pool: Pool
) -> None:
    store_id = (await operator.get("/v1/buttons/button-1")).json()["store_id"]
    until_ = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    changed = await operator.patch(f"/v1/stores/{store_id}", json={"test_mode_until": until_})
    assert changed.json()["in_test_mode"] is True
    assert (await operator.get("/v1/buttons/button-1")).json()["in_test_mode"] is True
    await button.press()
    assert (await police.expects("alarm.opened")).alarm["kind"] == "test"
    await until(pool, "EXISTS (SELECT 1 FROM stores WHERE test_mode_until < now())")
    assert (await operator.get(f"/v1/stores/{store_id}")).json()["in_test_mode"] is False
    assert (await operator.get("/v1/buttons/button-1")).json()["in_test_mode"] is False
    await button.press()
    assert (await police.expects("alarm.opened")).alarm["kind"] == "panic"
