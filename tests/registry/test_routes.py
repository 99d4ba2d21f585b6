"""Whom an alarm goes to: by precinct, station, district, or whoever takes the rest; and the look at it beforehand."""

from typing import Any

import httpx
import pytest

from alarmd.db.accept import _ACCEPT
from alarmd.db.pool import Pool
from simulators.buttons import Button
from simulators.police import Police
from tests.registry.test_stations import import_both, operator
from tests.service import until

__all__ = ["operator"]

SADANG = "서울동작경찰서 사당지구대"


async def endpoint(client: httpx.AsyncClient, url: str, name: str, **members: Any) -> dict[str, Any]:
    made = await client.post("/v1/endpoints", json={"name": name, "url": url, **members})
    assert made.status_code == 201, made.text
    answer: dict[str, Any] = made.json()
    return answer


async def belongs_to(client: httpx.AsyncClient, code: str, police_station: str) -> str:
    """Let the store of this code say that it belongs to these police, in Dongjak; its id."""
    stores = (await client.get("/v1/stores")).json()["items"]
    store_id: str = next(store["id"] for store in stores if store["code"] == code)
    change = {"police_station": police_station, "district": "동작구", "district_code": "11590"}
    assert (await client.patch(f"/v1/stores/{store_id}", json=change)).status_code == 200
    return store_id


async def told_of(pool: Pool, alarm_id: str) -> list[str]:
    return [str(row[0]) for row in await pool.fetch("SELECT endpoint_id FROM deliveries WHERE alarm_id = $1", alarm_id)]


async def route(client: httpx.AsyncClient, store_id: str) -> tuple[str | None, list[tuple[int, str]]]:
    [found] = (await client.get("/v1/routes/check", params={"store_id": store_id})).json()["items"]
    return found["rule"], [(each["position"], each["name"]) for each in found["endpoints"]]


async def test_the_most_specific_route_wins_and_the_check_says_so(
    operator: httpx.AsyncClient, police: Police, broker: str, pool: Pool
) -> None:
    await import_both(operator)
    store_id = await belongs_to(operator, "S-000001", "사당지구대")
    assert await route(operator, store_id) == ("default", [(0, "police")])
    await endpoint(operator, "http://127.0.0.1:9/", "동작구", districts=["11590"])
    assert await route(operator, store_id) == ("district", [(0, "동작구")])
    await endpoint(operator, "http://127.0.0.1:9/", "동작서", stations=["동작경찰서"])
    assert await route(operator, store_id) == ("station", [(0, "동작서")])
    made = await endpoint(operator, police.url, "사당", stations=["사당지구대"], position=1)
    assert made["stations"] == [SADANG]
    await endpoint(operator, police.url, "사당 뒤", stations=[SADANG], position=4)
    assert await route(operator, store_id) == ("precinct", [(1, "사당"), (4, "사당 뒤")])
    button = Button("button-1", broker)
    await button.start()
    alarm_id = (await button.receipt(await button.press(), "recorded"))["alarm_id"]
    assert await told_of(pool, alarm_id) == [made["id"]]
    await button.stop()


async def test_presses_of_one_district_go_each_to_its_own_station(
    operator: httpx.AsyncClient, broker: str, pool: Pool
) -> None:
    await import_both(operator)
    places = {"button-1": "사당지구대", "button-2": "동작경찰서", "button-3": "흑석지구대"}
    for number, written in enumerate(places.values(), 1):
        await belongs_to(operator, f"S-{number:06}", written)
    ids = {
        "button-1": (await endpoint(operator, "http://127.0.0.1:9/", "사당", stations=["사당지구대"]))["id"],
        "button-2": (await endpoint(operator, "http://127.0.0.1:9/", "동작", stations=["동작경찰서"]))["id"],
    }
    ids["button-3"] = ids["button-2"]
    for button_id in places:
        button = Button(button_id, broker)
        await button.start()
        alarm_id = (await button.receipt(await button.press(), "recorded"))["alarm_id"]
        assert await told_of(pool, alarm_id) == [ids[button_id]]
        await button.stop()


async def test_an_alarm_that_its_station_does_not_take_goes_to_the_stations_stand_in(
    operator: httpx.AsyncClient, broker: str, pool: Pool
) -> None:
    await import_both(operator)
    await belongs_to(operator, "S-000001", "사당지구대")
    await pool.execute("UPDATE endpoints SET districts = '{11590}', updated_at = now()")
    await endpoint(operator, "http://127.0.0.1:9/", "동작", stations=["동작경찰서"], escalate_after_s=0.3)
    stand_in = await endpoint(operator, "http://127.0.0.1:9/", "동작 2", stations=["동작경찰서"], position=1)
    button = Button("button-1", broker)
    await button.start()
    alarm_id = (await button.receipt(await button.press(), "recorded"))["alarm_id"]
    owed = f"SELECT FROM deliveries WHERE alarm_id = '{alarm_id}' AND endpoint_id = '{stand_in['id']}'"
    await until(pool, f"EXISTS ({owed})")
    assert await pool.fetchval("SELECT count(*) FROM deliveries") == 2, "the district's endpoint is of another route"
    await button.stop()


async def test_an_alarm_that_nobody_served_goes_to_a_station_as_soon_as_there_is_one(
    operator: httpx.AsyncClient, broker: str, pool: Pool
) -> None:
    await import_both(operator)
    await belongs_to(operator, "S-000001", "사당지구대")
    await pool.execute("UPDATE endpoints SET districts = '{11680}', updated_at = now()")
    button = Button("button-1", broker)
    await button.start()
    alarm_id = (await button.receipt(await button.press(), "recorded"))["alarm_id"]
    made = await endpoint(operator, "http://127.0.0.1:9/", "사당", stations=["사당지구대"])
    assert await told_of(pool, alarm_id) == [made["id"]]
    await button.stop()


async def test_stores_without_anybody_to_tell_are_listed(operator: httpx.AsyncClient, pool: Pool) -> None:
    await import_both(operator)
    assert (await operator.get("/v1/routes/check?problem=none")).json()["items"] == []
    served = await belongs_to(operator, "S-000003", "사당지구대")
    await pool.execute("UPDATE endpoints SET stations = $1, updated_at = now()", ["서울동작경찰서"])
    unserved: list[str] = []
    cursor = ""
    while True:
        answer = (await operator.get(f"/v1/routes/check?problem=none&limit=4{cursor}")).json()
        assert all(item["rule"] is None and item["endpoints"] == [] for item in answer["items"])
        unserved += [item["store"]["code"] for item in answer["items"]]
        if answer["next_cursor"] is None:
            break
        cursor = f"&cursor={answer['next_cursor']}"
    assert sorted(unserved) == [f"S-{number:06}" for number in range(1, 11) if number != 3]
    assert await route(operator, served) == ("station", [(0, "police")])
    one = await operator.get("/v1/routes/check", params={"store_id": served, "problem": "none"})
    assert one.json()["items"] == []
    assert len((await operator.get("/v1/routes/check")).json()["items"]) == 10


async def test_a_store_that_is_not_there_has_no_route(operator: httpx.AsyncClient) -> None:
    nowhere = {"store_id": "00000000-0000-0000-0000-000000000000"}
    assert (await operator.get("/v1/routes/check", params=nowhere)).status_code == 404


@pytest.mark.parametrize(("written", "reason"), [("없는경찰서", "no such station"), ("신사지구대", " or ")])
async def test_a_route_by_a_station_that_there_is_not_or_that_is_not_one_is_refused(
    operator: httpx.AsyncClient, written: str, reason: str
) -> None:
    await import_both(operator)
    wrong = {"name": "x", "url": "http://127.0.0.1:9/", "stations": ["노원경찰서", written]}
    refused = await operator.post("/v1/endpoints", json=wrong)
    assert (refused.status_code, refused.json()["errors"][0]["where"]) == (422, "body.stations.1")
    assert reason in refused.json()["errors"][0]["reason"]


async def test_routes_are_found_within_the_press_statement_and_not_by_a_function_of_its_own(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        await connection.execute(f"PREPARE press AS {_ACCEPT}")
        arguments = ", ".join(["NULL"] * 18)
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN (VERBOSE) EXECUTE press ({arguments})"))
    assert "rank() OVER" in plan, "of the function, whose body is part of the statement"
    assert "first_endpoints_of" not in plan
    assert "route_rank" not in plan
