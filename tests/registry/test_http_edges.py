"""The registry over HTTP, where it is asked odd things."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from alarmd.db.pool import Pool
from tests.registry.test_http import STORE
from tests.registry.test_import import SAMPLE
from tests.registry.workbooks import of_rows, workbook
from tests.service import ADMIN_KEY, Service

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
async def operator(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    async with httpx.AsyncClient(base_url=service.url, headers=headers, trust_env=False) as client:
        yield client


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"district_code": "1135\uff10"}, "body.district_code"),
        ({"postal_code": "0160\uff10"}, "body.postal_code"),
        ({"test_mode_until": "2026-04-14T18:00:00"}, "body.test_mode_until"),
    ],
)
async def test_a_value_that_the_registry_cannot_hold_is_refused_by_its_name(
    operator: httpx.AsyncClient, wrong: dict[str, Any], where: str
) -> None:
    refused = await operator.post("/v1/stores", json=STORE | wrong)
    assert refused.status_code == 422
    assert [fault["where"] for fault in refused.json()["errors"]] == [where]
    place = (await operator.post("/v1/stores", json=STORE)).headers["location"]
    assert (await operator.patch(place, json=wrong)).status_code == 422


@pytest.mark.parametrize("query", ["near=37.6,127,-5", "bbox=128,37,127,38", "bbox=127,38,128,37", "near=1,1,1,1"])
async def test_a_place_that_is_none_is_refused_and_told_how_it_goes(operator: httpx.AsyncClient, query: str) -> None:
    refused = await operator.get(f"/v1/stores?{query}")
    assert refused.status_code == 422
    assert "such as" in refused.json()["errors"][0]["reason"]


@pytest.mark.parametrize("q", ["+82 2-555-0199", "02 555", "5550199", "두칸", "cu두"])
async def test_a_store_is_found_by_its_number_and_name_in_any_writing(operator: httpx.AsyncClient, q: str) -> None:
    await operator.post("/v1/stores", json=STORE | {"name": "CU 두 칸", "phone": "02-555-0199"})
    found = await operator.get("/v1/stores", params={"q": q})
    assert [store["name"] for store in found.json()["items"]] == ["CU 두 칸"]


async def test_a_button_is_shown_with_what_was_last_heard_of_it(operator: httpx.AsyncClient, pool: Pool) -> None:
    await pool.execute(
        """
        INSERT INTO button_health (button_id, last_seen_at, battery_pct, rssi_dbm, tamper, firmware, gateway_id)
        VALUES ('button-2', now(), 17, -81, true, '1.4', 'gw-1')
        """
    )
    button = (await operator.get("/v1/buttons/BUTTON-2")).json()
    heard = {name: button[name] for name in ("battery_pct", "rssi_dbm", "tamper", "firmware", "gateway_id")}
    assert heard == {"battery_pct": 17, "rssi_dbm": -81, "tamper": True, "firmware": "1.4", "gateway_id": "gw-1"}
    assert button["last_seen_at"] is not None


async def test_buttons_are_found_by_store_and_by_whether_they_have_one(operator: httpx.AsyncClient) -> None:
    await operator.post("/v1/buttons", json={"id": "spare", "label": "예비 단추"})
    store_id = (await operator.get("/v1/buttons/button-5")).json()["store_id"]
    for query, ids in (
        (f"store_id={store_id}", ["button-5"]),
        ("assigned=false", ["spare"]),
        ("q=예비", ["spare"]),
        ("q=SPARE", ["spare"]),
        ("assigned=true&q=spare", []),
    ):
        found = await operator.get(f"/v1/buttons?{query}")
        assert [button["id"] for button in found.json()["items"]] == ids


async def test_a_revoked_button_gets_no_store_until_it_is_enrolled_anew(
    operator: httpx.AsyncClient, pool: Pool
) -> None:
    await pool.execute("UPDATE buttons SET revoked_at = now(), store_id = NULL WHERE id = 'button-3'")
    store_id = (await operator.get("/v1/stores?limit=1")).json()["items"][0]["id"]
    refused = await operator.patch("/v1/buttons/button-3", json={"store_id": store_id})
    assert refused.status_code == 409
    assert "enrol it anew" in refused.json()["detail"]
    again = await operator.post("/v1/buttons", json={"id": "button-3", "store_id": store_id})
    assert (again.status_code, again.json()["store_id"]) == (201, store_id)


async def test_a_workbook_imports_over_http(operator: httpx.AsyncClient) -> None:
    rows = [line.split(",") for line in SAMPLE.decode().splitlines()[:2]]
    done = await operator.post("/v1/stores/import", content=of_rows(rows), headers={"Content-Type": XLSX})
    assert (done.status_code, done.json()["new"]) == (200, 1)


async def test_a_workbook_of_a_vast_sheet_is_refused_and_the_service_lives_on(operator: httpx.AsyncClient) -> None:
    content = workbook([("A1", "점포명"), ("XFD1048576", "x")])
    refused = await operator.post("/v1/stores/import", content=content, headers={"Content-Type": XLSX})
    assert refused.status_code == 422
    assert (await operator.get("/readyz")).status_code == 200


async def test_a_form_is_no_file(operator: httpx.AsyncClient) -> None:
    refused = await operator.post("/v1/stores/import", files={"file": ("stores.csv", SAMPLE)})
    assert refused.status_code == 415
    assert "text/csv" in refused.json()["detail"]
