"""An import tells what it would do, field by field; follows renames and moves, and closes what is gone, when asked."""

import json
from typing import Any

import httpx
import pytest

from alarmd.db.pool import Pool
from alarmd.edge.tables import write_csv
from tests.registry.test_import import GOOD, PHONE, SAMPLE, table
from tests.registry.test_stations import operator

__all__ = ["operator"]

ADDRESS = "소재지도로명주소"
OURS = {"제공기관코드": "3100000", "제공기관명": "서울특별시 노원구"}


def stores(*rows: dict[str, str]) -> bytes:
    """A file of stores of one provider."""
    lines = [GOOD | {PHONE: ""} | OURS | row for row in rows]
    return write_csv(list(lines[0]), [list(line.values()) for line in lines])


async def imported(client: httpx.AsyncClient, content: bytes, **query: str) -> dict[str, Any]:
    done = await client.post("/v1/stores/import", content=content, params=query)
    assert done.status_code == 200, done.text
    report: dict[str, Any] = done.json()
    return report


BEFORE = {"점포명": "CU 상계점", ADDRESS: "노원로 1", PHONE: "02-934-9102"}


@pytest.mark.parametrize(
    ("after", "kind", "reason"),
    [
        (BEFORE | {"점포명": "GS25 상계점"}, "renamed", "the same telephone number, 0 m away"),
        (BEFORE | {"점포명": "GS25 상계점", PHONE: "02-934-9103"}, "renamed", "the same address, 0 m away"),
        (
            BEFORE | {ADDRESS: "노원로 9", PHONE: "", "위도": "37.66"},
            "moved",
            "the same name in the district, 556 m away",
        ),
        (
            BEFORE | {ADDRESS: "노원로 3", "점포명": "CU 새점"},
            "renamed and moved",
            "the same telephone number, 0 m away",
        ),
    ],
)
async def test_a_store_renamed_or_moved_is_told_and_followed_when_asked(
    operator: httpx.AsyncClient, pool: Pool, after: dict[str, str], kind: str, reason: str
) -> None:
    await imported(operator, stores(BEFORE))
    store = await pool.fetchrow("SELECT id, code FROM stores WHERE name = 'CU 상계점'")
    assert store is not None
    told = await imported(operator, stores(after), dry_run="true")
    [likely] = told["likely"]
    assert (likely["kind"], likely["reason"], likely["code"]) == (kind, reason, store["code"])
    assert (likely["before"], likely["name"], likely["followed"]) == ("CU 상계점", after["점포명"], False)
    assert (told["new"], told["changed"]) == (1, 0)
    assert store["code"] not in {each["code"] for each in told["not_in_file"]}
    followed = await imported(operator, stores(after), follow_likely="true")
    assert (followed["new"], followed["changed"], followed["likely"][0]["followed"]) == (0, 1, True)
    kept = await pool.fetchrow("SELECT name, road_address, chain FROM stores WHERE id = $1", store["id"])
    assert kept is not None
    assert tuple(kept) == (after["점포명"], after[ADDRESS], after["점포명"].split()[0])
    again = await imported(operator, stores(after))
    assert (again["new"], again["changed"], again["likely"]) == (0, 0, [])


async def test_what_many_share_tells_nobody(operator: httpx.AsyncClient) -> None:
    hotline = {PHONE: "080-855-5525"}
    rows = [{"점포명": "CU", ADDRESS: f"노원로 {n}", "위도": f"37.65{n}"} | hotline for n in range(3)]
    await imported(operator, stores(*rows))
    moved = [{"점포명": "CU", ADDRESS: f"동일로 {n}", "위도": f"37.65{n}"} | hotline for n in range(3)]
    assert (await imported(operator, stores(*moved)))["likely"] == []


async def test_exactly_what_its_provider_no_longer_names_is_closed_when_asked(
    operator: httpx.AsyncClient, pool: Pool
) -> None:
    here, gone = {"점포명": "CU 있는점"}, {"점포명": "GS25 떠난점", ADDRESS: "노원로 7", "위도": "37.66"}
    other = gone | {"점포명": "GS25 남의점", ADDRESS: "노원로 8", "제공기관코드": "9"}
    await imported(operator, stores(here, gone, other))
    told = await imported(operator, stores(here))
    assert told["closed"] == 0
    assert {"GS25 떠난점", "GS25 남의점"} <= {each["name"] for each in told["not_in_file"]}
    tried = await imported(operator, stores(here), close_vanished="true", dry_run="true")
    assert tried["closed"] == 1
    assert await pool.fetchval("SELECT count(*) FROM stores WHERE status = 'closed'") == 0
    done = await imported(operator, stores(here), close_vanished="true")
    assert [each["name"] for each in done["not_in_file"] if each["closed"]] == ["GS25 떠난점"]
    assert await pool.fetchval("SELECT array_agg(name) FROM stores WHERE status = 'closed'") == ["GS25 떠난점"]
    assert (await imported(operator, stores(here), close_vanished="true"))["closed"] == 0


async def test_what_is_likely_renamed_is_not_closed(operator: httpx.AsyncClient, pool: Pool) -> None:
    await imported(operator, stores(BEFORE))
    await imported(operator, stores(BEFORE | {"점포명": "GS25 상계점"}), close_vanished="true")
    assert await pool.fetchval("SELECT count(*) FROM stores WHERE status = 'closed'") == 0


async def test_columns_are_named_over_http(operator: httpx.AsyncClient) -> None:
    content = "가게이름,주소,북위,동경\nCU 가,서울특별시 노원구 동일로 1,37.655,127.06\n".encode()
    columns = "name:가게이름,road_address:주소,lat:북위,lon:동경"
    assert (await imported(operator, content, columns=columns))["new"] == 1
    refused = await operator.post("/v1/stores/import", content=content)
    assert refused.status_code == 422
    assert "the file has 가게이름, 주소, 북위, 동경" in refused.json()["detail"]
    wrong = await operator.post("/v1/stores/import", content=content, params={"columns": "name"})
    assert (wrong.status_code, wrong.json()["errors"][0]["where"]) == (422, "query.columns")


async def test_an_import_is_followed_line_by_line(operator: httpx.AsyncClient, pool: Pool) -> None:
    many = table(*({"점포명": f"CU {number}호점", PHONE: ""} for number in range(2_500)))
    async with operator.stream("POST", "/v1/stores/import?stream=true", content=many) as answer:
        assert answer.headers["content-type"].startswith("application/x-ndjson")
        lines = [json.loads(line) async for line in answer.aiter_lines()]
    *steps, last = lines
    assert [step["stage"] for step in steps] == sorted((step["stage"] for step in steps), key=STAGES.index)
    assert {step["stage"] for step in steps} == set(STAGES)
    assert (steps[-1]["done"], steps[-1]["of"]) == (2_500, 2_500)
    assert last["report"]["new"] == 2_500
    assert await pool.fetchval("SELECT count(*) FROM stores WHERE name LIKE 'CU %호점'") == 2_500


STAGES = ["reading", "comparing", "writing"]


async def test_a_fault_comes_as_the_last_line_and_nothing_is_imported(operator: httpx.AsyncClient, pool: Pool) -> None:
    answer = await operator.post("/v1/stores/import?stream=true", content=SAMPLE.replace(b"37.6212056", b"x"))
    last = json.loads(answer.text.splitlines()[-1])
    assert last["problem"]["status"] == 422
    assert last["problem"]["errors"][0]["where"] == "line 3, column 위도"
    assert await pool.fetchval("SELECT count(*) FROM stores") == 10
    refused = await operator.post("/v1/stores/import?stream=true", content=SAMPLE, headers={"Idempotency-Key": "once"})
    assert (refused.status_code, refused.json()["errors"][0]["where"]) == (422, "query.stream")


async def test_an_export_tells_everything_and_changes_nothing(operator: httpx.AsyncClient, pool: Pool) -> None:
    store = {
        "name": "우리동네",
        "chain": "CU",
        "district": "노원구",
        "district_code": "11350",
        "lat": 37.66,
        "lon": 127.07,
        "road_address": "새길 1",
        "verified_on": "2026-11-02",
        "entrance_note": "뒷문\n=1+1",
        "police_station": "노원경찰서",
    }
    assert (await operator.post("/v1/stores", json=store)).status_code == 201
    exported = (await operator.get("/v1/stores/export")).content
    again = await imported(operator, exported, follow_likely="true", close_vanished="true")
    assert (again["new"], again["changed"], again["closed"], again["likely"]) == (0, 0, 0, [])
    await pool.execute("DELETE FROM buttons; DELETE FROM stores")
    await imported(operator, exported)
    found = (await operator.get("/v1/stores", params={"q": "우리동네"})).json()["items"][0]
    assert {name: found[name] for name in store} == store


async def test_a_renamed_row_of_an_export_is_known_by_its_code(operator: httpx.AsyncClient) -> None:
    exported = (await operator.get("/v1/stores/export")).content.decode()
    renamed = exported.replace("가게 7,", "완전히 새로운,").replace("동일로 7,", "한글비석로 1,")
    told = await imported(operator, renamed.encode(), dry_run="true")
    [likely] = told["likely"]
    assert (likely["name"], likely["reason"]) == ("완전히 새로운", "the same code, 0 m away")
