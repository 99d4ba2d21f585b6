"""An alarm that the first in the chain does not take, acknowledge or close goes on, whoever restarts."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TypeAlias

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


@pytest.fixture
async def hurried(service: Service, pool: Pool) -> None:
    """The first in the chain has little time."""
    await pool.execute("UPDATE endpoints SET escalate_after_s = 0.5, acknowledge_within_s = 2, updated_at = now()")


Station: TypeAlias = Callable[..., Awaitable[Police]]


@pytest.fixture
async def station(admin: httpx.AsyncClient, secret: str, pool: Pool) -> AsyncIterator[Station]:
    """Makes a station of its own, registered as an endpoint."""
    async with AsyncExitStack() as stack:

        async def station(**members: object) -> Police:
            police = Police([secret])
            await police.start()
            stack.push_async_callback(police.stop)
            answer = await admin.post("/v1/endpoints", json={"name": police.url, "url": police.url, **members})
            assert answer.status_code == 201, answer.text
            await pool.execute("UPDATE endpoints SET secrets = ARRAY[$1], updated_at = now()", secret)
            return police

        yield station


@pytest.fixture
async def second(station: Station) -> Police:
    return await station(position=1, escalate_after_s=30, acknowledge_within_s=2)


@pytest.fixture
async def third(station: Station) -> Police:
    return await station(position=2, escalate_after_s=60)


@pytest.fixture
async def operators(station: Station) -> Police:
    return await station(audience="operators")


@pytest.fixture
async def button(service: Service) -> AsyncIterator[Button]:
    button = Button("button-1", str(service.settings["mqtt_urls"]))
    await button.start()
    yield button
    await button.stop()


async def reasons(pool: Pool) -> list[str]:
    rows = await pool.fetch("SELECT detail ->> 'reason' AS reason FROM timeline WHERE what = 'escalated' ORDER BY id")
    return [row["reason"] for row in rows]


async def test_an_alert_that_is_not_taken_goes_to_the_next_under_the_same_id_and_the_first_goes_on_being_asked(
    button: Button, police: Police, second: Police, third: Police, hurried: None, pool: Pool
) -> None:
    police.behaviour = Behaviour(fail=503)
    await button.press()
    alert = await second.expects("alarm.opened", store="S-000001")
    assert {tried.webhook_id for tried in police.received} == {alert.webhook_id}
    assert {tried.body for tried in police.received} == {alert.body}
    police.behaviour = Behaviour()
    assert (await police.expects("alarm.opened", store="S-000001")).webhook_id == alert.webhook_id
    assert await reasons(pool) == ["not_taken"]
    assert third.received == []


async def test_an_alert_that_nobody_acknowledges_goes_down_the_chain_and_operators_are_alerted(
    button: Button, police: Police, second: Police, third: Police, operators: Police, hurried: None, pool: Pool
) -> None:
    await button.press()
    first = await police.expects("alarm.opened")
    assert (await second.expects("alarm.opened")).webhook_id == first.webhook_id
    assert (await third.expects("alarm.opened")).webhook_id == first.webhook_id
    escalated = await operators.expects("alarm.escalated")
    assert escalated.event["data"]["reason"] == "not_acknowledged"
    assert escalated.event["data"]["alarm"]["id"] == first.alarm["id"]
    assert escalated.event["data"]["store"]["code"] == "S-000001"
    assert (await reasons(pool))[:2] == ["not_acknowledged", "not_acknowledged"]
    assert [alert.type for alert in police.received] == ["alarm.opened"]


async def test_an_acknowledged_alarm_goes_no_further(
    button: Button, police: Police, second: Police, operators: Police, hurried: None, pool: Pool
) -> None:
    police.behaviour = Behaviour(acknowledge_in_response=True)
    await button.press()
    await until(pool, "EXISTS (SELECT 1 FROM alarms WHERE state = 'acknowledged' AND escalate_at > now() + '29 min')")
    assert await reasons(pool) == []
    assert second.received == []


async def test_the_next_is_told_at_once_when_the_police_refuse(
    button: Button, police: Police, second: Police, third: Police, operators: Police, pool: Pool
) -> None:
    police.behaviour = Behaviour(reject="no car")
    await button.press()
    await second.expects("alarm.opened")
    escalated = await operators.expects("alarm.escalated")
    assert escalated.event["data"]["reason"] == "rejected"
    assert await reasons(pool) == ["rejected"]
    assert third.received == []


async def test_a_refusal_over_http_goes_on_too_but_only_from_who_was_asked_last(
    button: Button, police: Police, second: Police, admin: httpx.AsyncClient, pool: Pool
) -> None:
    await button.press()
    alarm_id = (await police.expects("alarm.opened")).alarm["id"]
    first_id = await pool.fetchval("SELECT id FROM endpoints WHERE name = 'police'")
    made = await admin.post("/v1/keys", json={"name": "first", "role": "police", "endpoint_id": str(first_id)})
    for _ in range(2):
        answer = await admin.post(
            f"/v1/alarms/{alarm_id}/reject",
            json={"reason": "not ours"},
            headers={"Authorization": f"Bearer {made.json()['key']}"},
        )
        assert answer.status_code == 200, answer.text
    await second.expects("alarm.opened")
    assert await reasons(pool) == ["rejected"]


async def test_when_the_chain_ends_the_operators_are_alerted(
    button: Button, police: Police, operators: Police, hurried: None, pool: Pool
) -> None:
    police.behaviour = Behaviour(hang=True)
    await button.press()
    assert (await operators.expects("alarm.escalated")).event["data"]["reason"] == "not_taken"
    assert (await operators.expects("alarm.escalated")).event["data"]["reason"] == "not_acknowledged"


async def test_an_alarm_that_no_endpoint_serves_is_the_operators(
    service: Service, admin: httpx.AsyncClient, operators: Police, button: Button, pool: Pool
) -> None:
    police_id = await pool.fetchval("SELECT id FROM endpoints WHERE name = 'police'")
    assert (await admin.delete(f"/v1/endpoints/{police_id}")).status_code == 204
    await button.press()
    assert (await operators.expects("alarm.escalated")).event["data"]["reason"] == "no_endpoint"


async def test_an_alarm_that_was_acknowledged_and_not_closed_is_brought_to_the_operators_again(
    button: Button, police: Police, operators: Police, admin: httpx.AsyncClient, pool: Pool
) -> None:
    await pool.execute("UPDATE endpoints SET reopen_after_s = 1, updated_at = now()")
    police.behaviour = Behaviour(acknowledge_in_response=True)
    await button.press()
    for _ in range(2):
        escalated = await operators.expects("alarm.escalated")
        assert escalated.event["data"]["reason"] == "not_closed"
        assert escalated.alarm["state"] == "acknowledged"
    alarm_id = escalated.alarm["id"]
    assert (await admin.post(f"/v1/alarms/{alarm_id}/close", json={"disposition": "false"})).status_code == 200
    await until(pool, "EXISTS (SELECT 1 FROM alarms WHERE escalate_at IS NULL)")
    await operators.expects("alarm.closed")


async def test_what_is_due_is_remembered_over_a_restart(
    service: Service, button: Button, police: Police, second: Police, hurried: None, pool: Pool
) -> None:
    await button.press()
    await police.expects("alarm.opened")
    await service.stop()
    await until(pool, "EXISTS (SELECT 1 FROM alarms WHERE escalate_at < now())")
    assert second.received == []
    await service.restart()
    await second.expects("alarm.opened")


async def test_two_supervisors_tell_the_next_once(
    database: str, broker: str, secret: str, button: Button, police: Police, second: Police, hurried: None, pool: Pool
) -> None:
    other = Service(database, broker, police.url, secret, mqtt_client_id="alarmd-twin")
    await other.start()
    police.behaviour = Behaviour(fail=500)
    await button.press()
    await second.expects("alarm.opened")
    assert await reasons(pool) == ["not_taken"]
    await other.stop()


async def test_a_districts_own_endpoints_are_its_chain(button: Button, police: Police, station: Station) -> None:
    first = await station(districts=["11350"], escalate_after_s=0.5)
    stand_in = await station(districts=["11350"], position=3)
    first.behaviour = Behaviour(fail=503)
    await button.press()
    await stand_in.expects("alarm.opened")
    assert police.received == []


async def test_three_panic_presses_within_twenty_seconds_of_test_mode_alert_the_operators_once(
    button: Button, police: Police, operators: Police, admin: httpx.AsyncClient, pool: Pool
) -> None:
    await pool.execute("UPDATE buttons SET test_mode_until = now() + interval '1 hour' WHERE id = 'button-1'")
    for _ in range(2):
        await button.receipt(await button.press(), "recorded")
    await until(pool, "EXISTS (SELECT 1 FROM alarms WHERE kind = 'test' AND escalate_at IS NULL)")
    assert await reasons(pool) == []
    await button.receipt(await button.press(), "recorded")
    escalated = await operators.expects("alarm.escalated")
    assert escalated.event["data"]["reason"] == "pressed_in_test"
    assert escalated.alarm["kind"] == "test"
    await button.receipt(await button.press(), "recorded")
    await until(pool, "EXISTS (SELECT 1 FROM alarms WHERE kind = 'test' AND escalate_at IS NULL AND press_count = 4)")
    assert await reasons(pool) == ["pressed_in_test"]


async def test_the_clerk_is_not_told_that_the_police_have_it_when_only_the_operators_do(
    service: Service, operators: Police, police: Police, admin: httpx.AsyncClient, pool: Pool
) -> None:
    button = Button("stranger", str(service.settings["mqtt_urls"]))
    await button.start()
    press_id = await button.press()
    assert (await operators.expects("alarm.opened")).store is None
    await until(pool, "EXISTS (SELECT 1 FROM timeline WHERE what = 'delivered')")
    store_id = await pool.fetchval("SELECT id FROM stores LIMIT 1")
    assert (await admin.post("/v1/buttons", json={"id": "stranger", "store_id": str(store_id)})).status_code == 201
    await police.expects("alarm.located")
    await button.receipt(press_id, "delivered")
    assert [receipt["state"] for receipt in button.receipts] == ["recorded", "delivered"]
    await button.stop()
