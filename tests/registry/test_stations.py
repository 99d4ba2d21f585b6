"""Police stations and precincts: read from the police's own lists, and found by what stores say of them."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from alarmd.core.errors import InvalidError
from alarmd.core.station import StationEntry, read_stations
from alarmd.db.pool import Pool
from alarmd.edge.tables import read_table
from simulators.police import Police
from tests.cli.test_cli import alarmd
from tests.registry.test_http import STORE
from tests.registry.workbooks import of_rows
from tests.service import ADMIN_KEY, Service

DATA = Path(__file__).parents[1] / "data"
STATIONS = DATA / "seoul_police_stations_31.csv"
PRECINCTS = DATA / "seoul_police_precincts_2022_243.csv"
SAMPLE = DATA / "women_safehouse_sample_2026.csv"


@pytest.fixture
async def operator(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    async with httpx.AsyncClient(base_url=service.url, headers=headers, trust_env=False, timeout=30) as client:
        yield client


async def import_both(client: httpx.AsyncClient) -> None:
    for file in (PRECINCTS, STATIONS):
        done = await client.post("/v1/stations/import", content=file.read_bytes())
        assert done.status_code == 200, done.text


async def test_the_police_lists_of_seoul_import_in_either_order_and_again_change_nothing(
    operator: httpx.AsyncClient,
) -> None:
    tried = (await operator.post("/v1/stations/import?dry_run=true", content=PRECINCTS.read_bytes())).json()
    assert (tried["new"], tried["dry_run"]) == (243 + 31, True)
    assert (await operator.get("/v1/stations")).json()["items"] == []
    await import_both(operator)
    for file, rows in ((STATIONS, 32), (PRECINCTS, 243 + 31)):
        again = (await operator.post("/v1/stations/import", content=file.read_bytes())).json()
        assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, rows)
    [station] = (await operator.get("/v1/stations", params={"q": "동작경찰서", "kind": "station"})).json()["items"]
    assert (station["name"], station["address"]) == ("서울동작경찰서", "서울시 동작구 노량진로 148")
    precincts = (await operator.get("/v1/stations", params={"parent": "서울동작경찰서"})).json()["items"]
    assert len(precincts) == 7
    [sadang] = [each for each in precincts if each["name"] == "서울동작경찰서 사당지구대"]
    assert (sadang["kind"], sadang["parent"], sadang["district"]) == ("precinct", "서울동작경찰서", "동작구")
    assert sadang["phone"].startswith("+822")
    assert sadang["phone_display"].startswith("02-")


async def test_pages_of_stations_lead_through_all_of_them_once(operator: httpx.AsyncClient) -> None:
    await import_both(operator)
    seen: list[str] = []
    cursor = ""
    while True:
        answer = (await operator.get(f"/v1/stations?limit=100{cursor}")).json()
        seen += [item["name"] for item in answer["items"]]
        if answer["next_cursor"] is None:
            break
        cursor = f"&cursor={answer['next_cursor']}"
    assert seen == sorted(set(seen))
    assert len(seen) == 243 + 31 + 1


@pytest.mark.parametrize(
    ("written", "district", "code", "station", "precinct"),
    [
        ("노원경찰서", "노원구", "11350", "서울노원경찰서", None),
        ("서울강북경찰서", "강북구", "11305", "서울강북경찰서", None),
        ("서울 강북경찰서", "강북구", "11305", "서울강북경찰서", None),
        ("사당지구대", "동작구", "11590", "서울동작경찰서", "서울동작경찰서 사당지구대"),
        ("동작경찰서 사당지구대", "동작구", "11590", "서울동작경찰서", "서울동작경찰서 사당지구대"),
        ("신사지구대", "관악구", "11620", "서울관악경찰서", "서울관악경찰서 신사지구대"),
        ("신사지구대", "은평구", "11380", "서울서부경찰서", "서울서부경찰서 신사지구대"),
        ("신사지구대", "노원구", "11350", None, None),
        ("사당지구대", "부산진구", "26230", None, None),
        ("남악지구대", "무안군", "46840", None, None),
        ("인천연수경찰서", "연수구", "28185", None, None),
    ],
)
async def test_what_a_store_says_of_its_police_is_found(
    operator: httpx.AsyncClient, written: str, district: str, code: str, station: str | None, precinct: str | None
) -> None:
    store = STORE | {"police_station": written, "district": district, "district_code": code}
    before = (await operator.post("/v1/stores", json=store)).json()
    assert (before["station"], before["precinct"]) == (None, None)
    await import_both(operator)
    found = (await operator.get(f"/v1/stores/{before['id']}")).json()
    assert (found["police_station"], found["station"], found["precinct"]) == (written, station, precinct)
    later = (await operator.post("/v1/stores", json=store | {"name": "CU 나중"})).json()
    assert (later["station"], later["precinct"]) == (station, precinct)


async def test_the_stores_of_the_national_dataset_find_their_stations(operator: httpx.AsyncClient, pool: Pool) -> None:
    await operator.post("/v1/stores/import", content=SAMPLE.read_bytes())
    await import_both(operator)
    unfound = await pool.fetch("SELECT police_station FROM stores WHERE police_station <> '' AND station IS NULL")
    assert {row["police_station"] for row in unfound} == {"남악지구대", "인천연수경찰서"}
    [station] = (await operator.get("/v1/stations", params={"q": "서대문경찰서", "kind": "station"})).json()["items"]
    assert station["stores"] == 8


async def test_a_station_that_is_no_more_is_named_by_the_next_import_and_removed_when_nothing_belongs_to_it(
    operator: httpx.AsyncClient, police: Police
) -> None:
    await import_both(operator)
    old, new = "서울동작경찰서 사당지구대", "서울동작경찰서 사당파출소"
    store = (await operator.post("/v1/stores", json=STORE | {"police_station": "사당지구대"})).json()
    endpoint = {"name": "사당", "url": police.url, "stations": ["사당지구대"]}
    receiver = (await operator.post("/v1/endpoints", json=endpoint)).json()
    renamed = PRECINCTS.read_text("utf-8").replace("서울동작,사당,1,지구대", "서울동작,사당,1,파출소")
    report = (await operator.post("/v1/stations/import", content=renamed.encode())).json()
    assert (report["new"], report["not_in_file"]) == (1, [old])

    async def remove(name: str) -> tuple[int, str]:
        answer = await operator.delete(f"/v1/stations/{quote(name)}")
        return answer.status_code, answer.json()["detail"] if answer.content else ""

    refused, why = await remove(old)
    assert (refused, why.startswith(f"stores belong to {old}")) == (409, True)
    await operator.patch(f"/v1/stores/{store['id']}", json={"police_station": "사당파출소"})
    refused, why = await remove(old)
    assert (refused, why.startswith(f"the endpoint 사당 serves {old}")) == (409, True)
    await operator.patch(f"/v1/endpoints/{receiver['id']}", json={"stations": [new]})
    assert await remove(old) == (204, "")
    assert await remove(old) == (404, f"there is no station with the name {old}")
    assert await remove("서울노원경찰서") == (409, "서울노원경찰서 has precincts: remove these first")
    (route,) = (await operator.get("/v1/routes/check", params={"store_id": store["id"]})).json()["items"]
    assert (route["rule"], route["store"]["precinct"]) == ("precinct", new)
    again = (await operator.post("/v1/stations/import", content=STATIONS.read_bytes())).json()
    assert (again["new"], again["not_in_file"]) == (0, [])


async def test_a_workbook_of_stations_imports_as_well(operator: httpx.AsyncClient) -> None:
    rows = [line.split(",") for line in STATIONS.read_text("utf-8").splitlines()]
    done = await operator.post("/v1/stations/import", content=of_rows(rows))
    assert done.json()["new"] == 32


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("점포명,위도\na,1\n", "neither a list of precincts"),
        ("name,address\n강남경찰서,테헤란로 114길\n", "no address that begins with its province"),
        ("name,address\n,서울시 강남구 1\n", "not the name of one station"),
        ("name,address\n서울강남경찰서,서울시 강남구 1\n서울강남경찰서,서울시 강남구 1\n", "is there twice"),
        ("경찰서,관서명,구분,경찰_주소\n,을지,지구대,서울시 중구 1\n", "empty"),
    ],
)
def test_a_list_that_is_none_or_has_a_wrong_row_is_refused(content: str, reason: str) -> None:
    with pytest.raises(InvalidError) as refused:
        read_stations(read_table(content.encode()))
    assert any(reason in text for text in (str(refused.value), *(fault.reason for fault in refused.value.faults)))


def test_a_name_is_written_with_its_city_and_without() -> None:
    entry = StationEntry("서울서부경찰서 녹번파출소", "precinct", "11", parent="서울서부경찰서")
    assert entry.writings() == {"녹번파출소", "서부경찰서녹번파출소", "서울서부경찰서녹번파출소"}
    assert StationEntry("노원경찰서", "station", "11").writings() == {"노원경찰서", "서울노원경찰서"}


async def test_stations_import_from_the_command_line(database: str, tmp_path: Path) -> None:
    tried = await alarmd("import-stations", str(PRECINCTS), "--dry-run", database_url=database)
    assert (tried.code, '"new": 274' in tried.out) == (0, True)
    done = await alarmd("import-stations", str(PRECINCTS), database_url=database)
    assert (done.code, '"new": 274' in done.out) == (0, True)
    wrong = await alarmd("import-stations", str(tmp_path / "none.csv"), database_url=database)
    assert wrong.code == 1
    assert "none.csv: No such file" in wrong.err
