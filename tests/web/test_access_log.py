"""Who reads where alarms are is written down, and nobody can take it away before its time."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from alarmd.db.pool import Pool
from tests.service import Service
from tests.web.conftest import As, Press, slug
from tests.web.test_events import following


async def readings(admin: httpx.AsyncClient, count: int, **query: Any) -> list[dict[str, Any]]:
    """Wait until so many readings are written that fit."""
    async with asyncio.timeout(10):
        while len(found := (await admin.get("/v1/access-log", params=query)).json()["items"]) < count:
            await asyncio.sleep(0.05)
    assert len(found) == count
    return list(found)


async def test_who_reads_an_alarm_or_a_list_is_written_down_with_what_they_saw(
    press: Press, as_role: As, admin: httpx.AsyncClient
) -> None:
    first, second = await press("button-1"), await press("button-2")
    viewer, police = await as_role("viewer", name="the mayor"), await as_role("police")
    await viewer.get("/v1/alarms", params={"state": "open", "limit": 1})
    await viewer.get(f"/v1/alarms/{first['id']}")
    await viewer.get("/v1/alarms/00000000-0000-7000-8000-000000000000")
    await police.get("/v1/alarms")
    await viewer.get("/v1/reports/alarms", params={"by": "store"})
    report, one, some = await readings(admin, 3, who="the mayor")
    assert (some["what"], some["query"], some["alarms"]) == ("list", "state=open&limit=1", [second["id"]])
    assert (one["what"], one["query"], one["alarms"]) == ("alarm", None, [first["id"]])
    assert (report["what"], report["query"], report["alarms"]) == ("report", "by=store", [])
    (theirs,) = await readings(admin, 1, who="police")
    assert theirs["alarms"] == [second["id"], first["id"]]
    assert len({reading["key_id"] for reading in (report, one, some)}) == 1
    # The fixture that presses looks at each alarm as the administrator.
    seen = await readings(admin, 3, alarm_id=first["id"])
    assert [reading["who"] for reading in seen] == ["police", "the mayor", "ALARMD_ADMIN_KEY"]
    assert [reading["id"] for reading in await readings(admin, 2, what="list")] == [theirs["id"], some["id"]]
    assert theirs not in await readings(admin, 4, until=theirs["at"])
    assert (await readings(admin, 1, since=report["at"]))[0] == report


async def test_readings_are_listed_a_page_at_a_time_for_administrators(
    press: Press, as_role: As, admin: httpx.AsyncClient
) -> None:
    viewer = await as_role("viewer")
    for _ in range(5):
        await viewer.get("/v1/alarms")
    everything = await readings(admin, 5)
    first = (await admin.get("/v1/access-log", params={"limit": 3})).json()
    rest = (await admin.get("/v1/access-log", params={"limit": 3, "cursor": first["next_cursor"]})).json()
    assert first["items"] + rest["items"] == everything
    assert rest["next_cursor"] is None
    assert slug(await (await as_role("operator")).get("/v1/access-log")) == "forbidden"


async def test_who_follows_the_events_is_written_down_from_when_to_when(as_role: As, admin: httpx.AsyncClient) -> None:
    async with following(await as_role("viewer")) as events:
        await anext(events)
        (opened,) = await readings(admin, 1)
    ended, _ = await readings(admin, 2)
    assert (opened["what"], ended["what"], ended["who"]) == ("stream_opened", "stream_ended", "viewer")


async def test_what_was_read_right_before_a_shutdown_is_not_lost(
    press: Press, as_role: As, service: Service, pool: Pool
) -> None:
    alarm = await press("button-1")
    viewer = await as_role("viewer")
    async with following(viewer) as events:
        await anext(events)
        await asyncio.gather(*(viewer.get(f"/v1/alarms/{alarm['id']}") for _ in range(50)))
        await service.stop()
    rows = await pool.fetch("SELECT what, alarms FROM access_log WHERE who = 'viewer'")
    assert sorted(row["what"] for row in rows) == ["alarm"] * 50 + ["stream_ended", "stream_opened"]
    assert {tuple(row["alarms"]) for row in rows if row["what"] == "alarm"} == {(UUID(alarm["id"]),)}


@pytest.mark.parametrize("change", ["UPDATE access_log SET who = 'x'", "DELETE FROM access_log", "TRUNCATE access_log"])
async def test_the_database_keeps_every_reading_for_400_days(
    as_role: As, admin: httpx.AsyncClient, pool: Pool, change: str
) -> None:
    await (await as_role("viewer")).get("/v1/alarms")
    await readings(admin, 1)
    for days in (0, 399):
        await pool.execute(
            "INSERT INTO access_log (id, at, key_id, who, what) "
            "VALUES (gen_random_uuid(), now() - make_interval(days => $1), gen_random_uuid(), 'past', 'list')",
            days,
        )
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match=r"is refused|kept for 400 days"):
        await pool.execute(change)
    assert len(await readings(admin, 3)) == 3
