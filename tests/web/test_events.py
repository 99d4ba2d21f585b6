"""The stream of changes: nothing is missed, nothing comes twice."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx

from alarmd.db.pool import Pool
from tests.service import Service
from tests.web.conftest import As, Press


@asynccontextmanager
async def following(
    client: httpx.AsyncClient, last_event_id: str | None = None
) -> AsyncIterator[AsyncIterator[dict[str, str]]]:
    """Follow the stream; gives its events, the one that only tells the position first."""
    headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
    async with client.stream("GET", "/v1/events", headers=headers) as response:
        assert response.status_code == 200, await response.aread()
        assert response.headers["content-type"].startswith("text/event-stream")
        yield _events(response)


async def _events(response: httpx.Response) -> AsyncIterator[dict[str, str]]:
    event: dict[str, str] = {}
    async for line in response.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            event[name or "comment"] = value
        else:
            if "id" in event:
                yield event
            event = {}


async def next_of(events: AsyncIterator[dict[str, str]]) -> dict[str, Any]:
    """The next event, with its data."""
    async with asyncio.timeout(10):
        event = await anext(events)
    data: dict[str, Any] = json.loads(event["data"])
    return data | {"event_id": event["id"], "event": event["event"]}


async def test_a_listener_learns_what_changed_and_how_it_is_by_now(press: Press, as_role: As) -> None:
    async with following(await as_role("viewer")) as events:
        position = await anext(events)
        assert position["comment"] == "listening"
        alarm = await press("button-1")
        opened = await next_of(events)
    assert (opened["event"], opened["what"], opened["who"]) == ("alarm", "opened", None)
    assert (opened["alarm_id"], opened["reference"]) == (alarm["id"], alarm["reference"])
    assert opened["store"] == {"id": alarm["store"]["id"], "name": "가게 1", "district": "노원구"}
    assert opened["kind"] == "panic"


async def test_a_listener_that_was_cut_goes_on_without_a_gap_or_a_double_while_others_write(
    press: Press, as_role: As, pool: Pool, service: Service
) -> None:
    viewer, operator = await as_role("viewer"), await as_role("operator")
    apart, *alarms = [(await press(f"button-{number}"))["id"] for number in range(1, 6)]
    async with following(viewer) as events:
        last = (await anext(events))["id"]
    written = asyncio.Event()
    first_id: int = await pool.fetchval("SELECT max(id) FROM timeline")

    async def write(alarm_id: str) -> None:
        for number in range(40):
            await operator.post(f"/v1/alarms/{alarm_id}/note", json={"note": str(number)})

    async def write_all() -> None:
        # One transaction that began before the others and ends after many of them: its rows have low numbers.
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "INSERT INTO timeline (alarm_id, what, who) VALUES ($1, 'noted', 'slow')", UUID(apart)
            )
            await asyncio.gather(*(write(alarm_id) for alarm_id in alarms))
        written.set()

    writing = asyncio.create_task(write_all())
    seen: list[tuple[str, str]] = []
    while len(seen) < 161:
        async with following(viewer, last) as events:
            assert (await anext(events))["id"] == last
            for _ in range(37):
                event = await next_of(events)
                last = event["event_id"]
                if event["what"] == "noted":
                    seen.append((event["alarm_id"], event["detail"].get("note", event["who"])))
                if len(seen) == 161:
                    break
    await writing
    assert written.is_set()
    rows = await pool.fetch(
        """
        SELECT alarm_id::text, coalesce(detail ->> 'note', who) AS said
        FROM timeline
        WHERE id > $1 AND what = 'noted'
        """,
        first_id,
    )
    assert sorted(seen) == sorted((row["alarm_id"], row["said"]) for row in rows)
    assert len(set(seen)) == 161


async def test_a_listener_comes_back_after_a_restart_and_has_missed_nothing(
    press: Press, as_role: As, service: Service, pool: Pool
) -> None:
    viewer = await as_role("viewer")
    await press("button-1")
    async with following(viewer) as events:
        last = (await anext(events))["id"]
    await service.stop()
    alarm_id = await pool.fetchval("SELECT id FROM alarms")
    await pool.execute("INSERT INTO timeline (alarm_id, what, who) VALUES ($1, 'noted', 'meanwhile')", alarm_id)
    await service.restart()
    headers = {"Authorization": viewer.headers["authorization"]}
    async with (
        httpx.AsyncClient(base_url=service.url, headers=headers, trust_env=False) as again,
        following(again, last) as events,
    ):
        await anext(events)
        while (event := await next_of(events))["what"] != "noted":
            pass
    assert event["who"] == "meanwhile"


async def test_what_another_process_commits_is_told_as_well(press: Press, as_role: As, pool: Pool) -> None:
    alarm = await press("button-1")
    async with following(await as_role("viewer")) as events:
        await anext(events)
        await pool.execute(
            "INSERT INTO timeline (alarm_id, what, who) VALUES ($1, 'noted', 'elsewhere')", UUID(alarm["id"])
        )
        while (event := await next_of(events))["what"] != "noted":
            pass
    assert event["who"] == "elsewhere"


async def test_a_police_key_of_an_endpoint_hears_only_of_its_alarms(
    press: Press, as_role: As, admin: httpx.AsyncClient, pool: Pool
) -> None:
    await pool.execute("UPDATE stores SET district_code = '11680' WHERE code = 'S-000002'")
    gangnam = {"name": "강남", "url": "http://127.0.0.1:9/", "districts": ["11680"]}
    endpoint_id = UUID((await admin.post("/v1/endpoints", json=gangnam)).json()["id"])
    async with following(await as_role("police", endpoint_id=endpoint_id)) as events:
        await anext(events)
        await press("button-1")
        ours = await press("button-2")
        assert (await next_of(events))["alarm_id"] == ours["id"]


async def test_an_id_from_a_future_that_was_undone_is_taken_as_now(press: Press, as_role: As) -> None:
    async with following(await as_role("viewer"), "999999999.999999999") as events:
        await anext(events)
        alarm = await press("button-1")
        assert (await next_of(events))["alarm_id"] == alarm["id"]


async def test_a_stream_ends_when_its_key_is_revoked(press: Press, as_role: As, pool: Pool) -> None:
    async with following(await as_role("viewer")) as events:
        await anext(events)
        await pool.execute("UPDATE keys SET revoked_at = now() WHERE name = 'viewer'")
        async with asyncio.timeout(10):
            assert [event async for event in events] == []


async def test_the_service_stops_though_somebody_listens(as_role: As, service: Service) -> None:
    async with following(await as_role("viewer")) as events:
        await anext(events)
        async with asyncio.timeout(10):
            await service.stop()
            assert [event async for event in events] == []
