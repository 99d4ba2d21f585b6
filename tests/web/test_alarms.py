"""Alarms as people at the police and operators work with them."""

import asyncio
from typing import Any
from uuid import UUID

import httpx

from alarmd.db.pool import Pool
from simulators.police import Police
from tests.web.conftest import As, Press, slug


async def test_an_alarm_is_shown_with_all_that_happened_to_it(
    press: Press, admin: httpx.AsyncClient, police: Police
) -> None:
    alarm = await press("button-1", press_id="p1", battery_pct=41, counter="x")
    await press("button-1", press_id="p2")
    await police.expects("alarm.repeated", store="S-000001")
    place = f"/v1/alarms/{alarm['id']}"
    await admin.post(f"{place}/note", json={"by": "김경위", "note": "전화 받지 않음"})
    await admin.post(f"{place}/acknowledge", json={"by": "김경위", "reference": "112-4711", "note": "출동"})
    await police.expects("alarm.acknowledged")
    shown = (await admin.get(place)).json()
    assert (shown["state"], shown["press_count"], shown["located"]) == ("acknowledged", 2, True)
    assert (shown["button"]["id"], shown["store"]["code"]) == ("button-1", "S-000001")
    assert shown["acknowledged"]["by"] == "김경위"
    assert shown["acknowledged"]["reference"] == "112-4711"
    assert shown["closed"] is None
    assert [given["press_id"] for given in shown["presses"]] == ["p1", "p2"]
    assert shown["presses"][0]["health"]["battery_pct"] == 41
    assert shown["presses"][0]["faults"] == ["counter"]
    steps = [(step["what"], step["who"]) for step in shown["timeline"] if step["what"] != "delivered"]
    assert steps == [
        ("opened", None),
        ("pressed", None),
        ("noted", "김경위"),
        ("acknowledged", "김경위"),
        ("noted", "김경위"),
    ]
    assert {alert["type"] for alert in shown["alerts"]} == {"alarm.opened", "alarm.repeated", "alarm.acknowledged"}
    opened = next(owed for owed in shown["deliveries"] if owed["alert_type"] == "alarm.opened")
    assert (opened["endpoint"], opened["state"]) == ("police", "delivered")
    assert opened["attempt_list"][0]["status"] == 204


async def test_of_many_who_acknowledge_at_once_one_has_it_and_the_others_learn_who(
    press: Press, as_role: As, pool: Pool
) -> None:
    alarm = await press("button-1")
    operator = await as_role("operator")
    place = f"/v1/alarms/{alarm['id']}/acknowledge"
    answers = await asyncio.gather(*(operator.post(place, json={"by": f"officer {n}"}) for n in range(20)))
    taken = [answer for answer in answers if answer.status_code == 200]
    assert len(taken) == 1
    holder = taken[0].json()["acknowledged"]["by"]
    for answer in answers:
        if answer not in taken:
            assert slug(answer) == "conflict"
            assert holder in answer.json()["detail"]
    assert await pool.fetchval("SELECT count(*) FROM timeline WHERE what = 'acknowledged'") == 1
    assert (await operator.post(place, json={"by": holder})).status_code == 200
    assert await pool.fetchval("SELECT count(*) FROM timeline WHERE what = 'acknowledged'") == 1


async def test_the_same_acknowledgement_again_changes_nothing_not_even_its_note(
    press: Press, admin: httpx.AsyncClient, pool: Pool
) -> None:
    place = f"/v1/alarms/{(await press('button-1'))['id']}/acknowledge"
    said = {"by": "김경위", "reference": "112-4711", "note": "출동"}
    answers = await asyncio.gather(*(admin.post(place, json=said) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    for what in ("acknowledged", "noted"):
        assert await pool.fetchval("SELECT count(*) FROM timeline WHERE what = $1", what) == 1


async def test_without_a_body_the_key_says_who_acknowledges(press: Press, as_role: As) -> None:
    alarm = await press("button-1")
    operator = await as_role("operator", name="상황실")
    answer = await operator.post(f"/v1/alarms/{alarm['id']}/acknowledge")
    assert answer.json()["acknowledged"]["by"] == "상황실"


async def test_a_rejected_alarm_stays_open_and_says_why_not(press: Press, as_role: As) -> None:
    alarm = await press("button-1")
    officer = await as_role("police")
    place = f"/v1/alarms/{alarm['id']}"
    assert slug(await officer.post(f"{place}/reject", json={})) == "invalid"
    assert (await officer.post(f"{place}/reject", json={"reason": "관할 아님"})).json()["state"] == "open"
    shown = (await officer.get(place)).json()
    assert [step["detail"] for step in shown["timeline"] if step["what"] == "rejected"] == [{"reason": "관할 아님"}]
    await officer.post(f"{place}/acknowledge")
    assert slug(await officer.post(f"{place}/reject", json={"reason": "관할 아님"})) == "conflict"


async def test_a_closed_alarm_is_over_and_the_next_press_opens_another(
    press: Press, as_role: As, police: Police
) -> None:
    alarm = await press("button-1")
    officer = await as_role("police")
    place = f"/v1/alarms/{alarm['id']}"
    await police.expects("alarm.opened")
    assert slug(await officer.post(f"{place}/close", json={"disposition": "bored"})) == "invalid"
    closed = (await officer.post(f"{place}/close", json={"disposition": "false", "by": "이순경"})).json()
    assert (closed["state"], closed["closed"]["disposition"], closed["closed"]["by"]) == ("closed", "false", "이순경")
    told = await police.expects("alarm.closed")
    assert told.event["data"]["alarm"]["state"] == "closed"
    for step, body in (("close", {"disposition": "false"}), ("acknowledge", {}), ("reject", {"reason": "x"})):
        answer = await officer.post(f"{place}/{step}", json=body)
        assert slug(answer) == "conflict"
        assert "이순경" in answer.json()["detail"] or step == "reject"
    assert (await press("button-1"))["id"] != alarm["id"]


async def test_presses_and_closings_of_one_store_at_once_neither_wait_for_ever_nor_lose_a_press(
    press: Press, as_role: As, pool: Pool
) -> None:
    operator = await as_role("operator")
    ids = {(await press("button-1"))["id"]}

    async def closes() -> None:
        for _ in range(10):
            newest = (await operator.get("/v1/alarms", params={"limit": 1})).json()["items"][0]["id"]
            await operator.post(f"/v1/alarms/{newest}/close", json={"disposition": "test"})

    async def presses() -> None:
        for _ in range(20):
            ids.add((await press("button-1"))["id"])

    await asyncio.gather(closes(), closes(), presses(), presses())
    assert await pool.fetchval("SELECT count(*) FROM presses") == 41
    assert await pool.fetchval("SELECT count(*) FROM timeline WHERE what IN ('opened', 'pressed')") == 41
    assert {str(row["id"]) for row in await pool.fetch("SELECT id FROM alarms")} == ids


async def test_alarms_are_listed_newest_first_and_each_once_while_more_come(
    press: Press, admin: httpx.AsyncClient
) -> None:
    before = [(await press(f"button-{number}"))["id"] for number in range(1, 8)]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query: dict[str, Any] = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await admin.get("/v1/alarms", params=query)).json()
        seen += [alarm["id"] for alarm in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        await press(f"button-{7 + min(3, len(seen) // 2)}")
    assert seen == list(reversed(before))


async def test_filters_choose_alarms(press: Press, admin: httpx.AsyncClient) -> None:
    first = await press("button-1")
    second = await press("button-2", kind="test")
    lost = await press("nobody-knows-me")
    await admin.post(f"/v1/alarms/{first['id']}/acknowledge")

    async def found(**query: Any) -> set[str]:
        return {alarm["id"] for alarm in (await admin.get("/v1/alarms", params=query)).json()["items"]}

    everything = {first["id"], second["id"], lost["id"]}
    assert await found() == everything
    assert await found(state="acknowledged") == {first["id"]}
    assert await found(state=["acknowledged", "open"]) == everything
    assert await found(kind="test") == {second["id"]}
    assert await found(located="false") == {lost["id"]}
    assert await found(store_id=second["store"]["id"]) == {second["id"]}
    assert await found(button_id="BUTTON-1") == {first["id"]}
    assert await found(since=second["opened_at"]) == {second["id"], lost["id"]}
    assert await found(until=second["opened_at"]) == {first["id"]}


async def test_a_police_key_of_an_endpoint_sees_and_takes_only_what_that_endpoint_was_told_of(
    press: Press, admin: httpx.AsyncClient, as_role: As, pool: Pool, police: Police
) -> None:
    await pool.execute("UPDATE stores SET district_code = '11680' WHERE code = 'S-000002'")
    gangnam = {"name": "강남", "url": police.url, "districts": ["11680"]}
    endpoint_id = UUID((await admin.post("/v1/endpoints", json=gangnam)).json()["id"])
    ours, theirs = await press("button-2"), await press("button-1")
    officer = await as_role("police", endpoint_id=endpoint_id)
    assert [alarm["id"] for alarm in (await officer.get("/v1/alarms")).json()["items"]] == [ours["id"]]
    assert slug(await officer.get(f"/v1/alarms/{theirs['id']}")) == "not-found"
    assert slug(await officer.post(f"/v1/alarms/{theirs['id']}/acknowledge")) == "not-found"
    assert (await officer.post(f"/v1/alarms/{ours['id']}/acknowledge")).status_code == 200
    # Who acknowledges knows already: no alert tells them of it.
    assert await pool.fetchval("SELECT count(*) FROM alerts WHERE type = 'alarm.acknowledged'") == 1
    owed = "SELECT count(*) FROM deliveries d JOIN alerts a ON a.id = d.alert_id WHERE a.type = 'alarm.acknowledged'"
    assert await pool.fetchval(owed) == 0
