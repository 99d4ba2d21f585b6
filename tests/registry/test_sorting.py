"""Stores in any order, page by page: each is there once, and where it belongs."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from alarmd.db.pool import Pool
from tests.registry.test_stations import operator

__all__ = ["operator"]

ORDERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "code": lambda store: store["code"],
    "name": lambda store: store["name"],
    "district": lambda store: store["district"],
    "verified_on": lambda store: store["verified_on"] or "",
}


@pytest.fixture(autouse=True)
async def various(pool: Pool, operator: httpx.AsyncClient) -> None:
    """Stores that are alike in some, and different in others."""
    await pool.execute(
        """
        UPDATE stores
        SET name = CASE WHEN code < 'S-000006' THEN '같은 이름' ELSE name END,
            district = CASE WHEN code IN ('S-000002', 'S-000009') THEN '강남구' ELSE district END,
            verified_on = CASE WHEN code > 'S-000003' THEN '2026-11-01'::date - right(code, 1)::integer / 2 END
        """
    )


async def _walk(operator: httpx.AsyncClient, limit: int, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        params: dict[str, Any] = {"limit": limit, **query} | ({"cursor": cursor} if cursor else {})
        page = (await operator.get("/v1/stores", params=params)).json()
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("limit", [1, 3, 200])
async def test_every_order_is_walked_in_pages_both_ways(operator: httpx.AsyncClient, name: str, limit: int) -> None:
    up = await _walk(operator, limit, sort=name)
    assert len({store["id"] for store in up}) == len(up) == 10
    assert up == sorted(up, key=lambda store: (ORDERS[name](store), store["id"]))
    down = await _walk(operator, limit, sort=f"-{name}")
    assert down == up[::-1]


async def test_an_order_holds_among_those_that_fit(operator: httpx.AsyncClient) -> None:
    found = await _walk(operator, 2, sort="-name", q="가게", district="노원구")
    assert [store["name"] for store in found] == ["가게 8", "가게 7", "가게 6", "가게 10"]


async def test_an_order_takes_the_place_of_the_distance(operator: httpx.AsyncClient, pool: Pool) -> None:
    await pool.execute("UPDATE stores SET lat = 37.6585, lon = 127.0705 WHERE code = 'S-000008'")  # 1.3 km
    found = await _walk(operator, 3, sort="-code", near="37.65,127.06,1000")
    assert [store["code"] for store in found] == [f"S-{number:06}" for number in (10, 9, 7, 6, 5, 4, 3, 2, 1)]
    assert all(store["distance_m"] == 0 for store in found)


async def test_what_changes_between_two_pages_hides_no_other_store(operator: httpx.AsyncClient, pool: Pool) -> None:
    first = (await operator.get("/v1/stores?sort=name&limit=5")).json()
    last = first["items"][-1]
    await operator.patch(f"/v1/stores/{last['id']}", json={"name": "0"})
    rest = (await operator.get("/v1/stores", params={"sort": "name", "cursor": first["next_cursor"]})).json()["items"]
    assert len(rest) == 5
    assert not {store["id"] for store in rest} & {store["id"] for store in first["items"]}


async def test_a_cursor_of_another_order_is_refused(operator: httpx.AsyncClient) -> None:
    cursor = (await operator.get("/v1/stores?sort=name&limit=5")).json()["next_cursor"]
    for other in ("", "-name", "code"):
        params = {"cursor": cursor} | ({"sort": other} if other else {})
        refused = await operator.get("/v1/stores", params=params)
        assert (refused.status_code, refused.json()["errors"][0]["where"]) == (422, "query.cursor")
    unknown = await operator.get("/v1/stores?sort=phone")
    assert (unknown.status_code, unknown.json()["errors"][0]["where"]) == (422, "query.sort")


async def test_the_choices_are_the_districts_and_chains_that_there_are(operator: httpx.AsyncClient, pool: Pool) -> None:
    await pool.execute("UPDATE stores SET chain = 'GS25' WHERE code IN ('S-000001', 'S-000002')")
    await pool.execute(
        "UPDATE stores SET chain = 'CU', district_code = '26110', district = '중구' WHERE code = 'S-000003'"
    )
    choices = (await operator.get("/v1/stores/choices")).json()
    assert [(each["code"], each["name"]) for each in choices["districts"]] == [("11350", "노원구"), ("26110", "중구")]
    assert choices["chains"] == ["CU", "GS25"]
    await pool.execute("DELETE FROM buttons; DELETE FROM stores")
    assert (await operator.get("/v1/stores/choices")).json() == {"districts": [], "chains": []}


async def test_stores_in_test_mode_are_found(operator: httpx.AsyncClient, pool: Pool) -> None:
    await pool.execute("UPDATE stores SET test_mode_until = now() + interval '1 h' WHERE code = 'S-000004'")
    await pool.execute("UPDATE stores SET test_mode_until = now() - interval '1 h' WHERE code = 'S-000005'")
    assert [store["code"] for store in await _walk(operator, 5, in_test_mode="true")] == ["S-000004"]
    assert len(await _walk(operator, 5, in_test_mode="false")) == 9
