"""Nothing personal is kept longer than is asked for, and nothing else goes."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from alarmd.db.pool import Pool
from simulators.police import Behaviour, Police
from tests.service import ADMIN_KEY, Service, until
from tests.web.conftest import Press, connect

PAYLOADS = "SELECT count(*) FROM presses WHERE payload <> ''"


@pytest.fixture
async def retaining(
    service: Service, database: str, broker: str, police: Police, secret: str
) -> AsyncIterator[Service]:
    """alarmd that keeps what is personal for 30 days; not started, since the first alarmd is to make a past before."""
    later = Service(database, broker, police.url, secret, retention_days=30)
    yield later
    await later.stop()


async def seen_through(press: Press, admin: httpx.AsyncClient, button_id: str, *, close: bool = True) -> dict[str, Any]:
    """An alarm with notes, mostly closed."""
    alarm = await press(button_id, press_id=f"first-{button_id}", battery_pct=50)
    place = f"/v1/alarms/{alarm['id']}"
    await admin.post(f"{place}/reject", json={"reason": "김 아무개 말로는", "by": "desk 3"})
    await admin.post(f"{place}/note", json={"note": "김 아무개"})
    await admin.post(f"{place}/acknowledge", json={"reference": "112-1", "note": "김 아무개"})
    if close:
        await admin.post(f"{place}/close", json={"disposition": "false", "note": "김 아무개"})
    return alarm


async def age(pool: Pool, days: int, *alarms: dict[str, Any]) -> None:
    """Let alarms be so many days older than they are."""
    ids = [UUID(alarm["id"]) for alarm in alarms]
    await pool.execute(
        """
        UPDATE alarms
        SET opened_at = opened_at - make_interval(days => $2),
            closed_at = closed_at - make_interval(days => $2)
        WHERE id = ANY ($1)
        """,
        ids,
        days,
    )
    await pool.execute(
        """
        UPDATE presses
        SET received_at = received_at - make_interval(days => $2)
        WHERE id IN (SELECT press FROM timeline WHERE alarm_id = ANY ($1))
        """,
        ids,
        days,
    )


async def test_payloads_notes_and_answers_of_what_is_over_go_and_nothing_else(
    press: Press, admin: httpx.AsyncClient, pool: Pool, police: Police, service: Service, retaining: Service
) -> None:
    police.behaviour = Behaviour(fail=500)
    old, recent = await seen_through(press, admin, "button-1"), await seen_through(press, admin, "button-2")
    unclosed = await seen_through(press, admin, "button-3", close=False)
    await until(
        pool, "(SELECT count(DISTINCT d.alarm_id) FROM attempts a JOIN deliveries d ON d.id = a.delivery_id) = 3"
    )
    police.behaviour = Behaviour()
    await until(pool, "NOT EXISTS (SELECT 1 FROM deliveries WHERE state = 'pending')")
    await age(pool, 31, old, unclosed)
    await age(pool, 29, recent)
    await pool.execute(
        """
        INSERT INTO presses (button_id, press_id, wire_id, kind, received_at, source, payload)
        SELECT 'button-4', 'cancel-' || days, 'button-4', 'cancel', now() - make_interval(days => days), 'mqtt', '{}'
        FROM unnest('{29, 31}'::integer[]) AS days;
        INSERT INTO quarantine (digest, reason, detail, source, payload, last_at, dismissed_at, dismissed_by)
        SELECT convert_to(days || ' ' || dismissed, 'UTF8'), 'not_json', days || ' ' || dismissed, 'mqtt', 'x',
               now() - make_interval(days => days),
               CASE WHEN dismissed THEN now() - make_interval(days => days) END, CASE WHEN dismissed THEN 'desk' END
        FROM unnest('{29, 31}'::integer[]) AS days, unnest('{true, false}'::boolean[]) AS dismissed;
        INSERT INTO access_log (id, at, key_id, who, what)
        SELECT gen_random_uuid(), now() - make_interval(days => days), gen_random_uuid(), days::text, 'list'
        FROM unnest('{31, 399, 401}'::integer[]) AS days
        """
    )
    await service.stop()
    await retaining.start()
    await until(pool, "(SELECT count(*) FROM audit WHERE what = 'retention.ran') = 1")

    assert sorted(row["press_id"] for row in await pool.fetch("SELECT press_id FROM presses WHERE payload = ''")) == [
        "cancel-31",
        "first-button-1",
    ]
    kept = {row["detail"] for row in await pool.fetch("SELECT detail FROM quarantine")}
    assert kept == {"31 false", "29 true", "29 false"}
    assert {row["who"] for row in await pool.fetch("SELECT who FROM access_log")} >= {"31", "399"}
    assert await pool.fetchval("SELECT count(*) FROM access_log WHERE who = '401'") == 0
    async with connect(retaining, ADMIN_KEY) as client:
        cleared, untouched, still_open = [
            (await client.get(f"/v1/alarms/{alarm['id']}")).json() for alarm in (old, recent, unclosed)
        ]
        (told,) = (await client.get("/v1/audit", params={"what": "retention.ran"})).json()["items"]
        again = await client.post("/v1/presses", json={"button_id": "button-1", "press_id": "first-button-1"})
    assert (cleared["state"], cleared["closed"]["disposition"], cleared["store"]) == ("closed", "false", old["store"])
    assert [step["detail"] for step in cleared["timeline"] if step["what"] == "rejected"] == [{}]
    assert [step["detail"] for step in cleared["timeline"] if step["what"] == "closed"] == [{"disposition": "false"}]
    assert cleared["acknowledged"]["reference"] == "112-1"
    assert (cleared["presses"][0]["press_id"], cleared["presses"][0]["health"]["battery_pct"]) == (
        "first-button-1",
        None,
    )
    assert {attempt["answer"] for owed in cleared["deliveries"] for attempt in owed["attempt_list"]} == {""}
    assert "김 아무개" not in str(cleared)
    for alarm in (untouched, still_open):
        assert str(alarm).count("김 아무개") >= 3
        assert alarm["presses"][0]["health"]["battery_pct"] == 50
        assert "told to fail" in str(alarm["deliveries"])
    assert (told["who"], told["door"], told["before"]) == ("alarmd", "service", None)
    assert told["after"] == {
        "days": 30,
        "alarms": 1,
        "presses": 2,
        "notes": 4,
        "answers": sum(attempt["status"] == 500 for owed in cleared["deliveries"] for attempt in owed["attempt_list"]),
        "quarantined": 1,
        "readings": 1,
    }
    # The press is known still: the button that sends it again after a month opens nothing.
    assert again.json()["alarm_id"] == old["id"]


async def test_a_long_past_is_cleared_in_batches_and_told_of_once(
    press: Press, pool: Pool, service: Service, retaining: Service
) -> None:
    await press("button-1")
    await pool.execute(
        """
        INSERT INTO presses (id, button_id, press_id, wire_id, kind, received_at, source, payload)
        SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'button-2', 'p' || n, 'button-2', 'panic',
               now() - interval '90 days', 'mqtt', '{}'
        FROM generate_series(1, 2500) AS n;
        INSERT INTO alarms (id, reference, kind, state, button_id, opened_at, received_at, last_pressed_at, press_count,
                            awaits_route, closed_at, closed_by, disposition)
        SELECT id, press_id, 'panic', 'closed', 'button-2', received_at, received_at, received_at, 1, false,
               received_at, 'desk', 'false'
        FROM presses
        WHERE button_id = 'button-2'
        LIMIT 1100;
        INSERT INTO timeline (alarm_id, what, press) SELECT id, 'opened', id FROM alarms WHERE button_id = 'button-2'
        """
    )
    await service.stop()
    await retaining.start()
    await until(pool, "(SELECT count(*) FROM audit WHERE what = 'retention.ran') > 0")
    done = json.loads(await pool.fetchval("SELECT after FROM audit WHERE what = 'retention.ran'"))
    assert (done["alarms"], done["presses"]) == (1100, 2500)
    assert await pool.fetchval(PAYLOADS) == 1


async def test_what_is_opened_again_and_closed_again_is_cleared_again(
    press: Press, admin: httpx.AsyncClient, pool: Pool, service: Service, retaining: Service
) -> None:
    alarm = await seen_through(press, admin, "button-1")
    await age(pool, 60, alarm)
    await service.stop()
    await retaining.start()
    await until(pool, "(SELECT count(*) FROM audit WHERE what = 'retention.ran') = 1")
    await pool.execute(
        "INSERT INTO timeline (alarm_id, what, who, detail) VALUES ($1, 'noted', 'desk', '{\"note\": \"later\"}')",
        UUID(alarm["id"]),
    )
    await pool.execute("UPDATE alarms SET closed_at = now() - interval '31 days'")
    await retaining.restart()
    await until(pool, "(SELECT count(*) FROM audit WHERE what = 'retention.ran') = 2")
    assert await pool.fetchval("SELECT count(*) FROM timeline WHERE detail ? 'note'") == 0


async def test_unless_it_is_asked_for_nothing_is_ever_cleared(
    press: Press, admin: httpx.AsyncClient, pool: Pool, service: Service
) -> None:
    alarm = await seen_through(press, admin, "button-1")
    await age(pool, 20_000, alarm)
    await service.restart()
    await until(pool, "(SELECT count(*) FROM pg_stat_activity WHERE application_name = 'alarmd') > 0")
    async with connect(service, ADMIN_KEY) as client:
        assert "김 아무개" in (await client.get(f"/v1/alarms/{alarm['id']}")).text
        assert (await client.get("/v1/audit", params={"what": "retention"})).json()["items"] == []
