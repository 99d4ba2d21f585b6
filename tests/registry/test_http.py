"""The registry over HTTP, as an operator uses it."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulators.buttons import Button
from simulators.police import Police
from tests.service import ADMIN_KEY, Service

SAMPLE = (Path(__file__).parents[1] / "data" / "women_safehouse_sample_2026.csv").read_bytes()
STORE: dict[str, Any] = {
    "name": "CU 새가게",
    "district": "노원구",
    "district_code": "11350",
    "lat": 37.66,
    "lon": 127.07,
    "road_address": "서울특별시 노원구 새길 1",
    "phone": "02) 716 0302",
}


@pytest.fixture
async def operator(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    async with httpx.AsyncClient(base_url=service.url, headers=headers, trust_env=False) as client:
        yield client


async def test_a_store_is_registered_read_changed_and_removed(operator: httpx.AsyncClient) -> None:
    made = await operator.post("/v1/stores", json=STORE)
    assert made.status_code == 201
    store = made.json()
    assert (store["phone"], store["phone_display"], store["chain"]) == ("+8227160302", "02-716-0302", "CU")
    place = made.headers["location"]
    changed = await operator.patch(place, json={"entrance_note": "뒷문", "phone": None}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["entrance_note"], changed.json()["phone"]) == (200, "뒷문", None)
    assert changed.headers["etag"] == '"2"'
    anew = await operator.put(place, json=STORE | {"status": "closed"})
    assert (anew.json()["status"], anew.json()["entrance_note"]) == ("closed", None)
    assert (await operator.delete(place)).status_code == 204
    assert (await operator.get(place)).status_code == 404


async def test_a_change_that_is_based_on_an_old_version_gets_412(operator: httpx.AsyncClient) -> None:
    place = (await operator.post("/v1/stores", json=STORE)).headers["location"]
    await operator.patch(place, json={"name": "CU 다른이름"})
    stale = await operator.patch(place, json={"name": "CU 또다른"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert '"2"' in stale.json()["detail"]
    assert (await operator.delete(place, headers={"If-Match": '"1"'})).status_code == 412


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"lat": "north"}, "body.lat"),
        ({"lat": 127.07, "lon": 37.66}, "body"),
        ({"road_address": None}, "body"),
        ({"phone": "000-0000-0000"}, "body.phone"),
        ({"district_code": "1135"}, "body.district_code"),
        ({"colour": "red"}, "body.colour"),
        ({"name": "nul\u0000"}, "body.name"),
    ],
)
async def test_a_wrong_store_is_refused_naming_the_member(
    operator: httpx.AsyncClient, wrong: dict[str, Any], where: str
) -> None:
    refused = await operator.post("/v1/stores", json=STORE | wrong)
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert where in [fault["where"] for fault in refused.json()["errors"]]
    place = (await operator.post("/v1/stores", json=STORE)).headers["location"]
    assert (await operator.patch(place, json=wrong)).status_code == 422


async def test_the_same_store_twice_is_a_conflict_and_one_with_history_stays(operator: httpx.AsyncClient) -> None:
    await operator.post("/v1/stores", json=STORE)
    assert (await operator.post("/v1/stores", json=STORE)).status_code == 409
    first = (await operator.get("/v1/stores?limit=1")).json()["items"][0]
    refused = await operator.delete(f"/v1/stores/{first['id']}")
    assert refused.status_code == 409
    assert "closed" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=새가게", ["CU 새가게"]),
        ("q=cu새 가게", ["CU 새가게"]),
        ("q=7160302&chain=CU", ["CU 새가게"]),
        ("q=노원구새길1", ["CU 새가게"]),
        ("chain=CU", ["CU 새가게"]),
        ("near=37.66,127.07,50", ["CU 새가게"]),
        ("bbox=127.065,37.655,127.075,37.665", ["CU 새가게"]),
        ("district=11350&chain=GS25", []),
        ("status=closed", []),
        ("q=%25", []),
    ],
)
async def test_stores_are_found(operator: httpx.AsyncClient, query: str, names: list[str]) -> None:
    await operator.post("/v1/stores", json=STORE)
    found = await operator.get(f"/v1/stores?{query}")
    assert found.status_code == 200
    assert [store["name"] for store in found.json()["items"]] == names


@pytest.mark.parametrize(
    "query", ["near=1", "near=a,b,c", "near=nan,1,1", "bbox=1,2,3", "limit=0", "limit=201", "cursor=x", "status=gone"]
)
async def test_a_wrong_filter_is_refused(operator: httpx.AsyncClient, query: str) -> None:
    refused = await operator.get(f"/v1/stores?{query}")
    assert refused.status_code == 422
    assert refused.json()["errors"]


@pytest.mark.parametrize("resource", ["stores", "buttons"])
async def test_pages_lead_through_the_whole_list_once(operator: httpx.AsyncClient, resource: str) -> None:
    seen: list[str] = []
    cursor = ""
    while True:
        answer = (await operator.get(f"/v1/{resource}?limit=3{cursor}")).json()
        seen += [item["id"] for item in answer["items"]]
        if answer["next_cursor"] is None:
            break
        cursor = f"&cursor={answer['next_cursor']}"
    assert len(seen) == len(set(seen)) == 10


async def test_a_file_is_tried_imported_and_exported(operator: httpx.AsyncClient) -> None:
    tried = await operator.post("/v1/stores/import?dry_run=true", content=SAMPLE.decode().encode("cp949"))
    assert (tried.status_code, tried.json()["new"], tried.json()["dry_run"]) == (200, 40, True)
    done = await operator.post("/v1/stores/import", content=SAMPLE)
    assert done.json()["new"] == 40
    exported = await operator.get("/v1/stores/export")
    assert exported.headers["content-type"].startswith("text/csv")
    assert len(list(csv.reader(io.StringIO(exported.content.decode("utf-8-sig"))))) == 51
    again = await operator.post("/v1/stores/import", content=exported.content)
    assert (again.json()["new"], again.json()["changed"], again.json()["unchanged"]) == (0, 0, 50)
    places = (await operator.get("/v1/stores/export?format=geojson")).json()
    assert len(places["features"]) == 50


async def test_a_refused_file_names_each_fault(operator: httpx.AsyncClient) -> None:
    refused = await operator.post("/v1/stores/import", content=SAMPLE.replace(b"37.6212056", b"x"))
    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {"where": "line 3, column 위도", "reason": "not a number of degrees", "value": "x"}
    ]


async def test_a_button_is_enrolled_changed_and_revoked(operator: httpx.AsyncClient) -> None:
    store_id = (await operator.get("/v1/stores?limit=1")).json()["items"][0]["id"]
    made = await operator.post("/v1/buttons", json={"id": "NEW-1", "store_id": store_id})
    assert (made.status_code, made.json()["id"], made.json()["store_id"]) == (201, "new-1", store_id)
    assert (await operator.post("/v1/buttons", json={"id": "new-1"})).status_code == 409
    until = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    changed = await operator.patch("/v1/buttons/NEW-1", json={"label": "문 옆", "test_mode_until": until})
    assert (changed.json()["label"], changed.json()["store_id"]) == ("문 옆", store_id)
    too_long = (datetime.now(UTC) + timedelta(hours=25)).isoformat()
    assert (await operator.patch("/v1/buttons/new-1", json={"test_mode_until": too_long})).status_code == 422
    assert (await operator.patch("/v1/buttons/new-1", json={}, headers={"If-Match": '"1"'})).status_code == 412
    nowhere = "00000000-0000-0000-0000-000000000000"
    assert (await operator.patch("/v1/buttons/new-1", json={"store_id": nowhere})).status_code == 422
    assert (await operator.delete("/v1/buttons/new-1")).status_code == 204
    assert (await operator.get("/v1/buttons/new-1")).status_code == 404
    assert (await operator.post("/v1/buttons", json={"id": "no\nlines"})).status_code == 422


async def test_a_pressed_button_is_revoked_and_keeps_its_history(
    operator: httpx.AsyncClient, service: Service, police: Police, broker: str
) -> None:
    button = Button("button-1", broker)
    await button.start()
    await button.press()
    await police.expects("alarm.opened")
    await operator.delete("/v1/buttons/button-1")
    assert (await operator.get("/v1/buttons/button-1")).json()["revoked_at"] is not None
    again = await operator.post("/v1/buttons", json={"id": "button-1", "label": "again"})
    assert (again.status_code, again.json()["revoked_at"]) == (201, None)
    await button.stop()


async def test_assigning_an_unknown_button_sends_its_alarm_to_the_police_at_once(
    operator: httpx.AsyncClient, police: Police, broker: str
) -> None:
    button = Button("stranger", broker)
    await button.start()
    receipt = await button.receipt(await button.press(), "recorded")
    store = (await operator.get("/v1/stores?limit=1")).json()["items"][0]
    await operator.post("/v1/buttons", json={"id": "stranger", "store_id": store["id"]})
    alert = await police.expects("alarm.located", store=store["code"], within=2)
    assert alert.event["data"]["alarm"]["id"] == receipt["alarm_id"]
    await button.stop()
