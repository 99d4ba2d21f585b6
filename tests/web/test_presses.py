"""Presses over HTTP, and what is kept of those that are none."""

import json
from typing import Any

import httpx
import pytest

from alarmd.db.pool import Pool
from simulators.police import Police
from tests.web.conftest import As, slug

ODD: dict[str, bytes] = {
    "bad_id": b'{"press_id": "p"}',
    "not_json": b"{",
    "not_utf8": b'{"button_id": "\xff"}',
    "not_an_object": b"[]",
    "too_deep": b"[" * 4000,
    "payload_too_large": b'{"button_id": "button-1", "x": "' + b"x" * 8192 + b'"}',
    "bad_kind": b'{"button_id": "button-1", "kind": "canary"}',
    "bad_press_id": b'{"button_id": "button-1", "press_id": "a b"}',
}


async def test_a_press_over_http_is_committed_and_goes_to_the_police(as_role: As, police: Police, pool: Pool) -> None:
    gateway = await as_role("press")
    answer = await gateway.post("/v1/presses", json={"button_id": "BUTTON-1", "press_id": "p1", "battery_pct": 50})
    assert answer.status_code == 202
    receipt = answer.json()
    assert (receipt["press_id"], receipt["state"]) == ("p1", "recorded")
    row = await pool.fetchrow("SELECT button_id, source, topic FROM presses")
    assert row is not None
    assert tuple(row) == ("button-1", "http", None)
    assert (await police.expects("alarm.opened", store="S-000001")).alarm["id"] == receipt["alarm_id"]
    again = await gateway.post("/v1/presses", json={"button_id": "button-1", "press_id": "p1"})
    assert again.json() == receipt
    assert await pool.fetchval("SELECT count(*) FROM presses") == 1


async def test_a_press_without_an_id_gets_one(as_role: As) -> None:
    gateway = await as_role("press")
    answer = await gateway.post("/v1/presses", content=b'{"button_id": "button-1"}')
    assert answer.status_code == 202
    assert answer.json()["press_id"].startswith("derived-")


@pytest.mark.parametrize("reason", ODD)
async def test_what_is_no_press_is_refused_and_kept_as_it_came(admin: httpx.AsyncClient, reason: str) -> None:
    answer = await admin.post("/v1/presses", content=ODD[reason])
    assert (answer.status_code, slug(answer)) == (422, "invalid")
    (kept,) = (await admin.get("/v1/quarantine")).json()["items"]
    assert (kept["reason"], kept["source"], kept["times"]) == (reason, "http", 1)
    assert kept["detail"] in answer.json()["detail"]


async def test_what_is_dismissed_is_gone_from_the_list_until_it_comes_again(
    as_role: As, admin: httpx.AsyncClient
) -> None:
    async def listed(**query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await admin.get("/v1/quarantine", params=query)).json()["items"]
        return found

    operator = await as_role("operator", name="당직")
    await admin.post("/v1/presses", content=b"\xff")
    (kept,) = await listed()
    assert (kept["payload"], kept["payload_b64"]) == (None, "/w==")
    dismissed = (await operator.post(f"/v1/quarantine/{kept['id']}/dismiss")).json()
    assert dismissed["dismissed_by"] == "당직"
    assert await listed() == []
    assert [entry["id"] for entry in await listed(dismissed=True)] == [kept["id"]]
    await admin.post("/v1/presses", content=b"\xff")
    (again,) = await listed()
    assert (again["id"], again["times"], again["dismissed_by"]) == (kept["id"], 2, None)


async def test_the_quarantine_is_listed_a_page_at_a_time(admin: httpx.AsyncClient) -> None:
    for number in range(5):
        await admin.post("/v1/presses", content=json.dumps([number]))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = (await admin.get("/v1/quarantine", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        seen += [entry["payload"] for entry in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ["[4]", "[3]", "[2]", "[1]", "[0]"]
