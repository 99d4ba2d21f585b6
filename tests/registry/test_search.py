"""Stores are found by what people remember of them."""

from typing import Any

import httpx
import pytest

from alarmd.db.pool import Pool
from tests.registry.test_http import STORE
from tests.registry.test_stations import import_both, operator

__all__ = ["operator"]

SEVEN: dict[str, Any] = STORE | {
    "name": "세븐일레븐 신림 점",
    "road_address": "서울특별시 관악구 신림로 12-3, 1층",
    "jibun_address": "서울특별시 관악구 신림동 100",
    "phone": "02-934-9102",
    "lat": 37.484,
    "lon": 126.929,
    "district": "관악구",
    "district_code": "11620",
}
CU: dict[str, Any] = STORE | {"name": "CU노원상계중앙", "phone": "1577-0711", "lat": 37.6741, "lon": 127.0569}


async def names(client: httpx.AsyncClient, **query: str) -> list[str]:
    found = await client.get("/v1/stores", params=query)
    assert found.status_code == 200, found.text
    return [store["name"] for store in found.json()["items"]]


@pytest.mark.parametrize(
    "q",
    [
        *("세븐일레븐신림점", "세븐 일레븐 신림", "신림 세븐", "신림로12-3", "신림로 12-3", "관악구 신림동", "븐신"),
        *("02-934-9102", "+82 2 934 9102", "9349102", "9102", "(02)934-9102", "934 9102"),
        *(
            "ㅅㅂㅇㄹㅂ",
            "ㅅㅂㅇㄹㅂㅅㄹㅈ",
            "ㅅㅇ",
            "ㅅㅇㅅ",
            "ㅅ븐",
            "세ㅂ일",
            "세ㅂ ㅅ림",
            "ㅅㄹㅈ",
            "세일신",
            "관악 ㅅㅂ",
        ),
    ],
)
async def test_a_store_is_found_by_any_part_of_it(operator: httpx.AsyncClient, q: str) -> None:
    for store in (SEVEN, CU):
        assert (await operator.post("/v1/stores", json=store)).status_code == 201
    assert await names(operator, q=q, status="open") == ["세븐일레븐 신림 점"]


@pytest.mark.parametrize("q", ["cu노원", "CU 노원 상계", "CUㄴㅇ", "ㄴㅇㅅㄱ", "1577-0711", "15770711", "ㄴ원ㅅ계"])
async def test_and_by_no_part_of_another(operator: httpx.AsyncClient, q: str) -> None:
    for store in (SEVEN, CU):
        assert (await operator.post("/v1/stores", json=store)).status_code == 201
    assert await names(operator, q=q) == ["CU노원상계중앙"]


@pytest.mark.parametrize("q", ["븐세", "ㅈㅈㅈ", "934-9103", "신림로 13", "ㅅ계 븐", "%", "_", "\\"])
async def test_what_no_store_has_finds_none(operator: httpx.AsyncClient, q: str) -> None:
    await operator.post("/v1/stores", json=SEVEN)
    assert await names(operator, q=q) == []


async def test_a_number_is_looked_for_where_it_stands(operator: httpx.AsyncClient) -> None:
    assert await names(operator, q="동일로 7") == await names(operator, q="가게 7") == ["가게 7"]


async def test_a_store_is_found_by_its_new_name_and_no_longer_by_its_old(operator: httpx.AsyncClient) -> None:
    place = (await operator.post("/v1/stores", json=SEVEN)).headers["location"]
    await operator.patch(place, json={"name": "미니스톱 봉천"})
    assert await names(operator, q="ㅁㄴㅅㅌ") == await names(operator, q="봉천") == ["미니스톱 봉천"]
    assert await names(operator, q="세븐") == []


async def test_the_nearest_comes_first_and_pages_go_on_by_distance(operator: httpx.AsyncClient) -> None:
    for number, metres in enumerate((300, 100, 200, 400, 100)):
        place = {"lat": 37.6 + metres / 111_195, "road_address": f"새길 {number}"}
        await operator.post("/v1/stores", json=STORE | place | {"name": f"{metres} m"})
    seen: list[tuple[str, float]] = []
    cursor = ""
    while True:
        answer = (await operator.get(f"/v1/stores?near=37.6,127.07,350&limit=2{cursor}")).json()
        seen += [(store["name"], store["distance_m"]) for store in answer["items"]]
        if answer["next_cursor"] is None:
            break
        cursor = f"&cursor={answer['next_cursor']}"
    assert [name for name, _ in seen] == ["100 m", "100 m", "200 m", "300 m"]
    assert [distance for _, distance in seen] == pytest.approx([100, 100, 200, 300], rel=0.01)
    assert (await operator.get("/v1/stores?limit=1")).json()["items"][0]["distance_m"] is None


async def test_stores_are_found_by_what_is_the_matter_with_their_buttons(
    operator: httpx.AsyncClient, pool: Pool
) -> None:
    await operator.post("/v1/stores", json=SEVEN)
    await pool.execute(
        """
        INSERT INTO button_health (button_id, last_seen_at, battery_pct)
        VALUES ('button-1', now(), 3), ('button-2', now(), 97)
        """
    )
    await pool.execute(
        """
        INSERT INTO button_proofs (button_id, proven_at)
        SELECT 'button-' || n, now() - make_interval(days => n)
        FROM generate_series(1, 9) AS n
        """
    )
    for query, expected in (
        ({"without_button": "true"}, ["세븐일레븐 신림 점"]),
        ({"low_battery": "true"}, ["가게 1"]),
        ({"low_battery": "true", "without_button": "true"}, []),
        ({"unproven_days": "8"}, ["가게 10", "가게 8", "가게 9"]),
    ):
        assert sorted(await names(operator, **query)) == expected
    assert len(await names(operator, without_button="false")) == 10
    assert len(await names(operator, low_battery="false")) == 10


async def test_stores_are_found_by_their_station_and_precinct(operator: httpx.AsyncClient) -> None:
    await import_both(operator)
    dongjak = {"district": "동작구", "district_code": "11590", "police_station": "사당지구대"}
    await operator.post("/v1/stores", json=STORE | dongjak)
    for station in ("서울동작경찰서", "서울동작경찰서 사당지구대"):
        assert await names(operator, station=station) == ["CU 새가게"]


COUNTRY = """
INSERT INTO stores (code, name, chain, phone, district, district_code, road_address, jibun_address, lat, lon)
SELECT store_code(nextval('store_codes')), chain || ' ' || dong || branch || n || '점', chain, '+822' || 2000000 + n,
       gu, (11110 + n % 25 * 15)::text, '서울특별시 ' || gu || ' ' || dong || '로 ' || n,
       '서울특별시 ' || gu || ' ' || n,
       37.4 + n % 1000 / 4000.0, 126.8 + n / 55 / 4000.0
FROM generate_series(1, $1::integer) AS n,
     LATERAL (SELECT (ARRAY['CU', 'GS25', '세븐일레븐', '이마트24', '미니스톱'])[1 + n % 5] AS chain,
                     (ARRAY['노원', '강남', '마포', '종로', '관악', '동작', '은평'])[1 + n % 7] || '구' AS gu,
                     (ARRAY['상계', '역삼', '합정', '혜화', '신림', '사당', '신사', '공릉'])[1 + n % 8] AS dong,
                     (ARRAY['중앙', '제일', '역', '사거리', '본'])[1 + n % 5] AS branch) AS drawn
"""


async def test_of_many_stores_those_with_a_rare_word_are_looked_up_in_the_index(pool: Pool) -> None:
    from alarmd.core.search import read_search

    await pool.execute(COUNTRY, 5_000)
    await pool.execute("ANALYZE stores")
    for q in ("신림4321점", "2004321", "4321"):
        search = read_search(q)
        plan = await pool.fetch(
            """
            EXPLAIN
            SELECT id
            FROM stores
            WHERE search_pairs(search) @> $1
              AND search LIKE ALL ($2)
            ORDER BY id
            LIMIT 50
            """,
            list(search.pairs),
            list(search.like),
        )
        assert any("stores_search" in row[0] for row in plan), q
