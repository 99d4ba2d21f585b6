"""What came into quarantine and was a press after all: an operator says so, and the police have it."""

import asyncio
from typing import Any

import httpx
import pytest

from alarmd.db.pool import Pool
from simulators.buttons import Button
from simulators.police import Police
from tests.service import Service, until
from tests.web.conftest import As, Press, slug

NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
async def operator(as_role: As) -> httpx.AsyncClient:
    return await as_role("operator", name="상황실")


async def put_aside(client: httpx.AsyncClient, payload: bytes = b"[]") -> dict[str, Any]:
    """Send something odd over HTTP; its entry."""
    assert (await client.post("/v1/presses", content=payload)).status_code == 422
    found: dict[str, Any] = (await client.get("/v1/quarantine")).json()["items"][0]
    return found


async def store(client: httpx.AsyncClient, number: int) -> str:
    found: str = (await client.get("/v1/stores", params={"q": f"S-{number:06}"})).json()["items"][0]["id"]
    return found


async def test_an_odd_press_becomes_an_alarm_and_the_police_have_it_under_one_id(
    service: Service, operator: httpx.AsyncClient, admin: httpx.AsyncClient, police: Police, pool: Pool
) -> None:
    button = Button("button-3", str(service.settings["mqtt_urls"]))
    await button.start()
    await button.send_raw("press", b'{"press_id": "help", "kind": "shout"}')
    await until(pool, "EXISTS (SELECT 1 FROM quarantine)")
    await pool.execute("UPDATE quarantine SET last_at = last_at - interval '7 minutes'")
    (entry,) = (await operator.get("/v1/quarantine")).json()["items"]
    assert (entry["reason"], entry["button_id"], entry["alarm_id"]) == ("bad_kind", "button-3", None)

    body = {"store_id": await store(operator, 3), "button_id": "BUTTON-3", "note": "점주가 눌렀다고 함"}
    answer = await operator.post(f"/v1/quarantine/{entry['id']}/alarm", json=body)
    assert answer.status_code == 200, answer.text
    alarm = answer.json()
    assert (alarm["kind"], alarm["state"], alarm["press_count"]) == ("panic", "open", 1)
    assert alarm["button"]["id"] == "button-3"
    assert 420 <= alarm["late_by_s"] < 440

    alert = await police.expects("alarm.opened", store="S-000003")
    assert alert.alarm["id"] == alarm["id"]
    assert alert.alarm["late_by_s"] == alarm["late_by_s"]
    await button.receipt(f"quarantine:{entry['id']}:1", "delivered")
    shown = (await operator.get(f"/v1/alarms/{alarm['id']}")).json()
    opened = shown["timeline"][0]
    assert (opened["what"], opened["who"]) == ("opened", "상황실")
    assert opened["detail"] == {"quarantine_id": entry["id"], "note": "점주가 눌렀다고 함"}
    assert [press["button_id"] for press in shown["presses"]] == ["button-3"]
    assert (await operator.get("/v1/quarantine")).json()["items"] == []
    (settled,) = (await operator.get("/v1/quarantine?dismissed=true")).json()["items"]
    assert (settled["alarm_id"], settled["dismissed_by"]) == (alarm["id"], "상황실")
    (written,) = (await admin.get("/v1/audit", params={"what": "quarantine.alarmed"})).json()["items"]
    assert (written["who"], written["subject"]) == ("상황실", f"quarantine/{entry['id']}")
    assert written["after"]["alarm_id"] == alarm["id"]
    assert "note" not in written["after"]
    await button.stop()


async def test_doing_it_twice_is_one_alarm(operator: httpx.AsyncClient, police: Police, pool: Pool) -> None:
    entry = await put_aside(operator)
    body = {"store_id": await store(operator, 1)}
    place = f"/v1/quarantine/{entry['id']}/alarm"
    answers = await asyncio.gather(*(operator.post(place, json=body) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await pool.fetchval("SELECT count(*) FROM alarms WHERE press_count = 1") == 1
    assert await pool.fetchval("SELECT count(*) FROM presses") == 1
    assert await pool.fetchval("SELECT count(*) FROM audit WHERE what = 'quarantine.alarmed'") == 1
    await police.expects("alarm.opened", store="S-000001")


async def test_a_button_that_nobody_knows_is_of_the_store_and_in_no_registry(
    operator: httpx.AsyncClient, police: Police, pool: Pool
) -> None:
    entry = await put_aside(operator)
    alarm = (
        await operator.post(f"/v1/quarantine/{entry['id']}/alarm", json={"store_id": await store(operator, 2)})
    ).json()
    assert (alarm["store"]["code"], alarm["button"]["id"]) == ("S-000002", f"quarantine:{entry['id']}")
    assert (await police.expects("alarm.opened")).store == alarm["store"]
    assert await pool.fetchval("SELECT count(*) FROM buttons WHERE id LIKE 'quarantine:%'") == 0


async def test_it_joins_the_alarm_that_a_press_at_the_store_would_join(
    operator: httpx.AsyncClient, press: Press, pool: Pool
) -> None:
    first = await press("button-4")
    entry = await put_aside(operator)
    body = {"store_id": await store(operator, 4)}
    joined = (await operator.post(f"/v1/quarantine/{entry['id']}/alarm", json=body)).json()
    assert (joined["id"], joined["press_count"]) == (first["id"], 2)
    assert await pool.fetchval("SELECT count(*) FROM alarms") == 1


async def test_who_comes_second_is_told_who_was_first(
    operator: httpx.AsyncClient, as_role: As, admin: httpx.AsyncClient
) -> None:
    other = await as_role("operator", name="야간 근무")
    entry = await put_aside(operator)
    place = f"/v1/quarantine/{entry['id']}"
    alarm = (await operator.post(f"{place}/alarm", json={"store_id": await store(operator, 5)})).json()
    for refused in (
        await other.post(f"{place}/dismiss"),
        await other.post(f"{place}/alarm", json={"store_id": await store(operator, 6)}),
    ):
        assert (refused.status_code, slug(refused)) == (409, "conflict")
        assert "상황실" in refused.json()["detail"]
        assert alarm["reference"] in refused.json()["detail"]
    assert len((await admin.get("/v1/alarms")).json()["items"]) == 1


async def test_a_dismissal_does_not_stand_in_the_way_of_help(operator: httpx.AsyncClient, police: Police) -> None:
    entry = await put_aside(operator)
    place = f"/v1/quarantine/{entry['id']}"
    dismissed = (await operator.post(f"{place}/dismiss", json={"reason": "시험"})).json()
    assert (dismissed["dismissed_by"], dismissed["dismiss_reason"]) == ("상황실", "시험")
    again = (await operator.post(f"{place}/dismiss", json={"reason": "또"})).json()
    assert again == dismissed
    answer = await operator.post(f"{place}/alarm", json={"store_id": await store(operator, 7)})
    assert answer.status_code == 200
    await police.expects("alarm.opened", store="S-000007")
    (settled,) = (await operator.get("/v1/quarantine?dismissed=true")).json()["items"]
    assert (settled["alarm_id"], settled["dismiss_reason"]) == (answer.json()["id"], None)


async def test_a_dismissal_and_an_alarm_at_once_are_an_alarm(operator: httpx.AsyncClient, pool: Pool) -> None:
    body = {"store_id": await store(operator, 8)}
    for number in range(8):
        entry = await put_aside(operator, b"[%d]" % number)
        place = f"/v1/quarantine/{entry['id']}"
        dismissed, alarmed = await asyncio.gather(
            operator.post(f"{place}/dismiss"), operator.post(f"{place}/alarm", json=body)
        )
        assert alarmed.status_code == 200
        assert dismissed.status_code in {200, 409}
    assert await pool.fetchval("SELECT count(*) FROM quarantine WHERE alarm_id IS NOT NULL") == 8
    assert await pool.fetchval("SELECT count(*) FROM presses") == 8


async def test_the_same_once_more_is_shown_again_and_may_be_another_alarm(
    operator: httpx.AsyncClient, pool: Pool
) -> None:
    body = {"store_id": await store(operator, 9)}
    entry = await put_aside(operator)
    first = (await operator.post(f"/v1/quarantine/{entry['id']}/alarm", json=body)).json()
    await operator.post(f"/v1/alarms/{first['id']}/close", json={"disposition": "actual"})
    again = await put_aside(operator)
    assert (again["id"], again["times"], again["alarm_id"], again["dismissed_at"]) == (entry["id"], 2, None, None)
    second = (await operator.post(f"/v1/quarantine/{entry['id']}/alarm", json=body)).json()
    assert second["id"] != first["id"]
    assert await pool.fetchval("SELECT count(*) FROM presses") == 2


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"store_id": NOBODY}, "body.store_id"),
        ({"button_id": "button-2"}, "body.button_id"),
        ({"button_id": "never-seen"}, "body.button_id"),
        ({"note": ""}, "body.note"),
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(
    operator: httpx.AsyncClient, pool: Pool, body: dict[str, Any], where: str
) -> None:
    entry = await put_aside(operator)
    wanted = {"store_id": await store(operator, 1)} | body
    refused = await operator.post(f"/v1/quarantine/{entry['id']}/alarm", json=wanted)
    assert slug(refused) == "invalid"
    assert [fault["where"] for fault in refused.json()["errors"]] == [where]
    assert await pool.fetchval("SELECT count(*) FROM presses") == 0
    assert (await operator.get("/v1/quarantine")).json()["items"] == [entry]


async def test_what_is_not_there_cannot_be_an_alarm(operator: httpx.AsyncClient) -> None:
    body = {"store_id": await store(operator, 1)}
    assert slug(await operator.post(f"/v1/quarantine/{NOBODY}/alarm", json=body)) == "not-found"
