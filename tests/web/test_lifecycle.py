"""An alarm from open to closed and back: who did what, and who is told of it."""

import asyncio
import json
from typing import Any

import httpx

from alarmd.db import canary
from alarmd.db.pool import Pool
from simulators.police import Police
from tests.receiver import Received, Receiver
from tests.service import until
from tests.web.conftest import As, MakeReceiver, Press, slug


def event(received: Received) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(received.body)
    return found


def of(type_: str) -> Any:
    return lambda received: event(received)["type"] == f"alarmd.{type_}.v1"


async def told(receiver: Receiver, type_: str) -> dict[str, Any]:
    """What a receiver is told of a step: the alert's data."""
    data: dict[str, Any] = event(await receiver.gets(of(type_)))["data"]
    return data


async def steps(admin: httpx.AsyncClient, alarm: dict[str, Any]) -> list[str]:
    shown = (await admin.get(f"/v1/alarms/{alarm['id']}")).json()
    return [step["what"] for step in shown["timeline"] if step["what"] != "delivered"]


async def test_each_step_is_told_to_all_others_who_were_told_of_the_alarm(
    press: Press, receiver: MakeReceiver, as_role: As, admin: httpx.AsyncClient, police: Police
) -> None:
    other = await receiver("other")
    alarm = await press("button-1")
    await other.gets(of("alarm.opened"))
    officer = await as_role("police", endpoint_id=other.endpoint_id)
    place = f"/v1/alarms/{alarm['id']}"
    said = {"by": "김경위", "reference": "112-4711"}
    for step, more in (
        ("reject", {"reason": "관할 아님"}),
        ("acknowledge", {}),
        ("close", {"disposition": "false"}),
        ("reopen", {"reason": "다시 신고됨"}),
    ):
        answer = await officer.post(f"{place}/{step}", json=said | more)
        assert answer.status_code == 200, answer.text
    for type_, state, reason, disposition in (
        ("alarm.rejected", "open", "관할 아님", None),
        ("alarm.acknowledged", "acknowledged", None, None),
        ("alarm.closed", "closed", None, "false"),
        ("alarm.reopened", "open", "다시 신고됨", None),
    ):
        data = (await police.expects(type_)).event["data"]
        at = data["step"].pop("at")
        assert data["alarm"]["state"] == state
        assert data["step"] == said | {"reason": reason, "disposition": disposition}
        assert at > alarm["opened_at"].replace("+00:00", "Z")
    # Who takes a step knows of it; but a reopened alarm is everybody's again.
    assert (await told(other, "alarm.reopened"))["step"]["reason"] == "다시 신고됨"
    types = {event(received)["type"] for received in other.received}
    assert types == {"alarmd.alarm.opened.v1", "alarmd.alarm.reopened.v1"}
    assert await steps(admin, alarm) == ["opened", "rejected", "escalated", "acknowledged", "closed", "reopened"]


async def test_of_two_who_acknowledge_in_their_answers_one_has_it_and_the_other_learns_who(
    press: Press, receiver: MakeReceiver, admin: httpx.AsyncClient, pool: Pool
) -> None:
    both = [await receiver(name, districts=["11350"]) for name in ("first", "second")]
    for each, by in zip(both, ("김경위", "이경위"), strict=True):
        each.answer = {"acknowledged": True, "by": by, "reference": f"112-{by}"}
    alarms = [await press(f"button-{number}") for number in range(1, 6)]
    await until(pool, "(SELECT count(*) FROM timeline WHERE what = 'acknowledged') = 5")
    await until(pool, "NOT EXISTS (SELECT 1 FROM deliveries WHERE state = 'pending')")
    for alarm in alarms:
        shown = (await admin.get(f"/v1/alarms/{alarm['id']}")).json()
        (step,) = [step for step in shown["timeline"] if step["what"] == "acknowledged"]
        assert step["who"] == shown["acknowledged"]["by"]
        assert step["detail"] == {"reference": f"112-{step['who']}"}
        loser = next(each for each in both if (each.answer or {})["by"] != step["who"])
        about = [event(found)["data"] for found in loser.received if of("alarm.acknowledged")(found)]
        (data,) = [data for data in about if data["alarm"]["id"] == alarm["id"]]
        assert data["step"]["by"] == step["who"]


async def test_an_acknowledgement_over_http_and_one_in_an_answer_at_once_make_one(
    press: Press, receiver: MakeReceiver, as_role: As, pool: Pool
) -> None:
    station = await receiver("station", districts=["11350"])
    station.answer = {"acknowledged": True, "by": "station"}
    operator = await as_role("operator")

    async def taken(number: int) -> None:
        alarm = await press(f"button-{number}")
        answer = await operator.post(f"/v1/alarms/{alarm['id']}/acknowledge", json={"by": "desk"})
        assert answer.status_code == 200 or "station" in answer.json()["detail"]

    await asyncio.gather(*(taken(number) for number in range(1, 11)))
    await until(pool, "NOT EXISTS (SELECT 1 FROM alarms WHERE state <> 'acknowledged')")
    await until(pool, "NOT EXISTS (SELECT 1 FROM deliveries WHERE state = 'pending')")
    assert await pool.fetchval("SELECT count(*) FROM timeline WHERE what = 'acknowledged'") == 10


async def test_two_endpoints_that_refuse_everything_refuse_an_alarm_once_each(
    press: Press, receiver: MakeReceiver, pool: Pool
) -> None:
    for name in ("first", "second"):
        (await receiver(name, districts=["11350"])).answer = {"rejected": True, "reason": "no"}
    await press("button-1")
    await until(pool, "(SELECT count(*) FROM timeline WHERE what = 'rejected') = 2")
    await until(pool, "NOT EXISTS (SELECT 1 FROM deliveries WHERE state = 'pending')")
    assert await pool.fetchval("SELECT count(*) FROM timeline WHERE what = 'rejected'") == 2


async def test_an_alarm_that_was_acknowledged_and_reopened_is_for_somebody_to_take_anew(
    press: Press, receiver: MakeReceiver, as_role: As, admin: httpx.AsyncClient, pool: Pool, police: Police
) -> None:
    await pool.execute("UPDATE endpoints SET acknowledge_within_s = 2, updated_at = now()")
    second = await receiver("second", position=1)
    alarm = await press("button-1")
    await police.expects("alarm.opened")
    operator = await as_role("operator")
    place = f"/v1/alarms/{alarm['id']}"
    await operator.post(f"{place}/acknowledge", json={"by": "김경위"})
    await until(pool, "EXISTS (SELECT 1 FROM alarms WHERE received_at < now() - interval '3 s')")
    answers = await asyncio.gather(
        *(operator.post(f"{place}/reopen", json={"by": f"desk {n}", "reason": "다른 순찰차"}) for n in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    reopened = next(answer for answer in answers if answer.status_code == 200).json()
    assert (reopened["state"], reopened["acknowledged"]) == ("open", None)
    # The chain's clock began anew: not at once, but when nobody acknowledges in time.
    assert second.received == []
    await police.expects("alarm.reopened")
    assert await pool.fetchval("SELECT count(*) FROM timeline WHERE what = 'escalated'") == 0
    await second.gets(of("alarm.opened"))
    (reason,) = await pool.fetch("SELECT detail ->> 'reason' AS reason FROM timeline WHERE what = 'escalated'")
    assert reason["reason"] == "not_acknowledged"
    assert (await operator.post(f"{place}/acknowledge", json={"by": "박경위"})).json()["state"] == "acknowledged"
    assert await steps(admin, alarm) == ["opened", "acknowledged", "reopened", "escalated", "acknowledged"]
    assert (await press("button-1"))["id"] == alarm["id"]  # it joins, as it would have without all that


async def test_after_a_closing_the_next_press_opens_its_own_alarm_though_the_closed_one_is_reopened(
    press: Press, admin: httpx.AsyncClient, as_role: As, police: Police, pool: Pool
) -> None:
    alarm = await press("button-1")
    await police.expects("alarm.opened")
    operator = await as_role("operator")
    place = f"/v1/alarms/{alarm['id']}"
    await operator.post(f"{place}/close", json={"disposition": "false"})
    assert slug(await operator.post(f"{place}/reopen", json={})) == "invalid"
    reopened = (await operator.post(f"{place}/reopen", json={"reason": "오인 아님", "note": "통화함"})).json()
    assert (reopened["state"], reopened["closed"]) == ("open", None)
    assert (await police.expects("alarm.reopened")).alarm["state"] == "open"
    later = await press("button-1")
    assert later["id"] != alarm["id"]
    assert (await police.expects("alarm.opened", store="S-000001")).alarm["id"] == later["id"]
    assert (await press("button-1"))["id"] == later["id"]
    shown = (await admin.get(place)).json()
    (step,) = [step for step in shown["timeline"] if step["what"] == "reopened"]
    assert step["detail"] == {"reason": "오인 아님", "was": "closed", "disposition": "false"}
    await operator.post(f"{place}/close", json={"disposition": "actual"})
    closed = await pool.fetchrow("SELECT disposition, escalate_at FROM alarms WHERE state = 'closed'")
    assert closed is not None
    assert (closed["disposition"], closed["escalate_at"]) == ("actual", None)


async def test_what_is_open_or_a_canary_or_not_theirs_is_not_reopened(
    press: Press, as_role: As, receiver: MakeReceiver, pool: Pool
) -> None:
    alarm = await press("button-1")
    operator = await as_role("operator")
    why = {"reason": "x"}
    assert slug(await operator.post(f"/v1/alarms/{alarm['id']}/reopen", json=why)) == "conflict"
    elsewhere = await receiver("elsewhere", districts=["11680"])
    officer = await as_role("police", endpoint_id=elsewhere.endpoint_id)
    await operator.post(f"/v1/alarms/{alarm['id']}/close", json={"disposition": "test"})
    assert slug(await officer.post(f"/v1/alarms/{alarm['id']}/reopen", json=why)) == "not-found"
    async with pool.acquire() as connection:
        await canary.ensure_endpoint(connection)
    await pool.execute(
        """
        INSERT INTO alarms (id, reference, kind, state, button_id, opened_at, received_at, last_pressed_at, press_count,
                            awaits_route, closed_at, closed_by, disposition)
        VALUES (uuid_v7(), 'A-1', 'canary', 'closed', 'c', now(), now(), now(), 1, false, now(), 'alarmd', 'test')
        """
    )
    found = await pool.fetchval("SELECT id FROM alarms WHERE kind = 'canary'")
    answer = await operator.post(f"/v1/alarms/{found}/reopen", json=why)
    assert slug(answer) == "conflict"
    assert "canary" in answer.json()["detail"]


async def test_a_reopened_alarm_that_nobody_was_told_of_goes_to_whoever_serves_its_store(
    press: Press, admin: httpx.AsyncClient, receiver: MakeReceiver, pool: Pool
) -> None:
    await pool.execute("UPDATE endpoints SET districts = '{11680}', updated_at = now()")
    alarm = await press("button-1")
    place = f"/v1/alarms/{alarm['id']}"
    await admin.post(f"{place}/close", json={"disposition": "duplicate"})
    late = await receiver("late")
    await admin.post(f"{place}/reopen", json={"reason": "다른 사건"})
    data = await told(late, "alarm.opened")
    assert data["alarm"]["id"] == alarm["id"]
