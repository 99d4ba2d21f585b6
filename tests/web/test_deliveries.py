"""What is owed: seen, tried again, given up; and the endpoints it is owed to."""

import asyncio
from typing import Any
from uuid import UUID

import httpx

from alarmd.db.pool import Pool
from simulators.police import Behaviour, Police
from tests.web.conftest import Press, slug


async def owed(admin: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await admin.get("/v1/deliveries", params=query)).json()["items"]
    return found


async def until(admin: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    """Wait for a delivery that fits."""
    async with asyncio.timeout(10):
        while not (found := await owed(admin, **query)):
            await asyncio.sleep(0.02)
    return found[0]


async def test_what_could_not_be_delivered_shows_its_attempts_and_why(
    press: Press, admin: httpx.AsyncClient, police: Police
) -> None:
    police.behaviour = Behaviour(fail=500)
    alarm = await press("button-1")
    async with asyncio.timeout(10):
        while not (await owed(admin, state="pending", alarm_id=alarm["id"]))[0]["attempt_list"]:
            await asyncio.sleep(0.02)
    delivery = (await owed(admin, alarm_id=alarm["id"]))[0]
    assert delivery["endpoint"] == "police"
    assert delivery["attempt_list"][0]["status"] == 500
    assert await owed(admin, state="delivered") == []
    assert await owed(admin, endpoint_id=alarm["id"]) == []


async def test_a_cancelled_delivery_is_given_up_and_may_be_taken_up_again(
    press: Press, admin: httpx.AsyncClient, police: Police
) -> None:
    police.behaviour = Behaviour(fail=500)
    await press("button-1")
    delivery = await until(admin, state="pending")
    place = f"/v1/deliveries/{delivery['id']}"
    assert slug(await admin.post(f"{place}/cancel", json={"why": "x"})) == "invalid"
    cancelled = (await admin.post(f"{place}/cancel", json={"reason": "전화로 알림"})).json()
    assert (cancelled["state"], cancelled["cancelled_by"]) == ("cancelled", "ALARMD_ADMIN_KEY")
    assert cancelled["cancel_reason"] == "전화로 알림"
    again = (await admin.post(f"{place}/cancel", json={"reason": "doppelt"})).json()
    assert again["cancel_reason"] == "전화로 알림"
    police.behaviour = Behaviour()
    again = (await admin.post(f"/v1/deliveries/{delivery['id']}/retry")).json()
    assert (again["state"], again["cancelled_by"], again["cancel_reason"]) == ("pending", None, None)
    assert (await until(admin, state="delivered"))["id"] == delivery["id"]
    shown = (await admin.get(f"/v1/alarms/{delivery['alarm_id']}")).json()
    about = {"delivery_id": delivery["id"], "alert": "alarm.opened", "endpoint": "police"}
    assert [step for step in shown["timeline"] if step["what"].startswith("delivery_")] == [
        {"at": at, "what": what, "who": "ALARMD_ADMIN_KEY", "detail": detail}
        for (at, what, detail) in zip(
            [step["at"] for step in shown["timeline"] if step["what"].startswith("delivery_")],
            ["delivery_cancelled", "delivery_retried"],
            [about | {"reason": "전화로 알림"}, about],
            strict=True,
        )
    ]


async def test_one_delivery_shows_each_attempt_with_what_came_back(
    press: Press, admin: httpx.AsyncClient, police: Police
) -> None:
    police.behaviour = Behaviour(fail=503, misbehave_for=1)
    await press("button-1")
    delivery = await until(admin, state="delivered")
    shown = (await admin.get(f"/v1/deliveries/{delivery['id']}")).json()
    assert shown == delivery
    first, second = shown["attempt_list"]
    assert (first["number"], first["status"], first["error"]) == (1, 503, "answered 503")
    assert "told to fail" in first["answer"]
    assert (second["number"], second["status"], second["error"], second["answer"]) == (2, 204, None, "")
    assert 0 < second["duration_ms"] < 60_000
    assert delivery["created_at"] < first["ended_at"] < second["ended_at"]
    assert slug(await admin.get(f"/v1/deliveries/{UUID(int=0)}")) == "not-found"


async def test_a_delivered_alert_cannot_be_cancelled_but_sent_again_under_the_same_id(
    press: Press, admin: httpx.AsyncClient, police: Police
) -> None:
    await press("button-1")
    first = await police.expects("alarm.opened")
    delivery = await until(admin, state="delivered")
    assert slug(await admin.post(f"/v1/deliveries/{delivery['id']}/cancel")) == "conflict"
    await admin.post(f"/v1/deliveries/{delivery['id']}/retry")
    async with asyncio.timeout(10):
        while len(police.received) < 2:
            await asyncio.sleep(0.02)
    assert [alert.webhook_id for alert in police.received] == [first.webhook_id] * 2


async def test_deliveries_are_listed_a_page_at_a_time(press: Press, admin: httpx.AsyncClient) -> None:
    for number in range(1, 6):
        await press(f"button-{number}")
    first = (await admin.get("/v1/deliveries", params={"limit": 3})).json()
    rest = (await admin.get("/v1/deliveries", params={"limit": 3, "cursor": first["next_cursor"]})).json()
    ids = [delivery["id"] for delivery in first["items"] + rest["items"]]
    assert (len(set(ids)), len(ids), rest["next_cursor"]) == (5, 5, None)


async def test_a_new_endpoint_gets_the_alarms_that_nobody_served(
    press: Press, admin: httpx.AsyncClient, police: Police, pool: Pool, secret: str
) -> None:
    await pool.execute("UPDATE endpoints SET districts = '{11680}', updated_at = now()")
    alarm = await press("button-1")
    assert await owed(admin) == []
    made = await admin.post("/v1/endpoints", json={"name": "노원", "url": police.url, "districts": ["11350"]})
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    assert (await until(admin, alarm_id=alarm["id"]))["endpoint"] == "노원"


async def test_an_endpoint_is_changed_rotated_and_removed(
    press: Press, admin: httpx.AsyncClient, police: Police, pool: Pool
) -> None:
    (endpoint,) = (await admin.get("/v1/endpoints")).json()["items"]
    place = f"/v1/endpoints/{endpoint['id']}"
    changed = await admin.patch(place, json={"name": "경찰"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["name"], changed.json()["url"]) == (200, "경찰", endpoint["url"])
    assert slug(await admin.patch(place, json={"name": "x"}, headers={"If-Match": '"1"'})) == "stale"
    rotated = (await admin.post(f"{place}/rotate-secret")).json()
    kept = await pool.fetchval("SELECT secrets FROM endpoints")
    assert (kept[0], len(kept)) == (rotated["secret"], 2)
    await press("button-1")
    # Signed with the new secret and the old one: the station, which knows the old one alone, takes it.
    assert (await police.expects("alarm.opened")).valid
    assert "secret" not in (await admin.get("/v1/endpoints")).text
    assert slug(await admin.delete(place, headers={"If-Match": '"1"'})) == "stale"
    assert (await admin.delete(place)).status_code == 204
    assert slug(await admin.patch(place, json={"name": "x"})) == "not-found"
    assert slug(await admin.post("/v1/endpoints", json={"name": "경찰", "url": police.url})) == "conflict"


async def test_what_a_removed_endpoint_was_owed_goes_to_the_one_that_takes_its_place(
    press: Press, admin: httpx.AsyncClient, police: Police
) -> None:
    police.behaviour = Behaviour(fail=500)
    alarm = await press("button-1")
    delivery = await until(admin, state="pending")
    await admin.delete(f"/v1/endpoints/{delivery['endpoint_id']}")
    assert [gone["id"] for gone in await owed(admin, state="cancelled")] == [delivery["id"]]
    assert slug(await admin.post(f"/v1/deliveries/{delivery['id']}/retry")) == "conflict"
    await admin.post("/v1/endpoints", json={"name": "새 서버", "url": police.url})
    assert (await until(admin, state="pending"))["alarm_id"] == alarm["id"]


async def test_a_url_that_no_alert_should_go_to_is_refused(admin: httpx.AsyncClient) -> None:
    for url in (
        "ftp://x/",
        "https://",
        "x",
        "https://u:p@x/",
        "https://x/#y",
        "https://x:y/",
        "https://[x/",
        "https://x y/",
    ):
        answer = await admin.post("/v1/endpoints", json={"name": "x", "url": url})
        assert slug(answer) == "invalid", url
        assert answer.json()["errors"][0]["where"] == "body.url"


async def test_an_endpoint_is_tried_with_a_signed_test_alert_and_what_came_back_is_told(
    admin: httpx.AsyncClient, police: Police
) -> None:
    (endpoint,) = (await admin.get("/v1/endpoints")).json()["items"]
    report = (await admin.post(f"/v1/endpoints/{endpoint['id']}/test")).json()
    assert (report["delivered"], report["status"], report["error"]) == (True, 204, None)
    (received,) = police.received
    assert received.valid
    assert (received.alarm["kind"], received.store) == ("test", None)
    police.behaviour = Behaviour(fail=401)
    report = (await admin.post(f"/v1/endpoints/{endpoint['id']}/test")).json()
    assert (report["delivered"], report["status"], report["error"]) == (False, 401, "answered 401")
    assert "told to fail" in report["answer"]
    assert slug(await admin.post(f"/v1/endpoints/{UUID(int=0)}/test")) == "not-found"
