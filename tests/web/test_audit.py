"""Every change is written down, with before and after, in a chain that shows when somebody has been at it."""

import asyncio
import hashlib
import json
from typing import Any

import asyncpg
import httpx
import pytest

from alarmd.db.pool import Pool
from simulators.police import Police
from tests.cli.test_cli import SAMPLE, alarmd
from tests.registry.test_http import STORE
from tests.web.conftest import As, Press, slug


async def audited(admin: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await admin.get("/v1/audit", params={"limit": 200, **query})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def verdict(admin: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await admin.get("/v1/audit/verify")).json()
    return found


async def test_the_history_of_a_store_tells_who_changed_what_from_what_to_what(
    admin: httpx.AsyncClient, as_role: As
) -> None:
    desk = await as_role("operator", name="registry desk")
    place = (await desk.post("/v1/stores", json=STORE)).headers["location"]
    await desk.patch(place, json={"phone": "02-716-0303", "status": "closed"})
    await admin.patch(place, json={"status": "closed"})  # nothing is different
    await admin.delete(place)
    removed, changed, added = (await admin.get(f"{place}/history")).json()["items"]
    assert [entry["what"] for entry in (added, changed, removed)] == ["store.added", "store.changed", "store.removed"]
    assert {entry["door"] for entry in (added, changed, removed)} == {"http"}
    assert (added["who"], removed["who"]) == ("registry desk", "ALARMD_ADMIN_KEY")
    assert {field["field"]: (field["before"], field["after"]) for field in changed["fields"]} == {
        "phone": ("+8227160302", "+8227160303"),
        "status": ("open", "closed"),
    }
    told = {field["field"]: field["before"] for field in removed["fields"]}
    assert (told["name"], told["status"], told["lat"]) == (STORE["name"], "closed", STORE["lat"])


async def test_the_history_of_a_button_goes_on_when_it_is_revoked_and_enrolled_anew(
    admin: httpx.AsyncClient, press: Press
) -> None:
    await admin.post("/v1/buttons", json={"id": "Mine", "label": "계산대"})
    await admin.patch("/v1/buttons/mine", json={"label": "창고"})
    await press("mine")
    await admin.delete("/v1/buttons/mine")
    await admin.post("/v1/buttons", json={"id": "mine"})
    first = (await admin.get("/v1/buttons/MINE/history", params={"limit": 3})).json()
    rest = (await admin.get("/v1/buttons/mine/history", params={"cursor": first["next_cursor"]})).json()
    whats = [entry["what"] for entry in first["items"] + rest["items"]]
    assert whats == ["button.enrolled", "button.revoked", "button.changed", "button.enrolled"]
    (label,) = first["items"][2]["fields"]
    assert label == {"field": "label", "before": "계산대", "after": "창고"}
    assert (await admin.get("/v1/buttons/button-1/history")).json()["items"] == []
    assert slug(await admin.get("/v1/buttons/never/history")) == "not-found"
    assert slug(await admin.get("/v1/stores/00000000-0000-7000-8000-000000000000/history")) == "not-found"


async def test_what_people_do_is_written_down_each_with_its_name_and_no_secret_nor_note(
    admin: httpx.AsyncClient, as_role: As, press: Press, police: Police, pool: Pool
) -> None:
    desk = await as_role("police", name="상황실")
    alarm = await press("button-1")
    for step, said in (
        ("note", {"note": "김 아무개"}),
        ("reject", {"reason": "딴 관할", "note": "김 아무개"}),
        ("acknowledge", {"by": "desk 3", "reference": "112-1"}),
        ("close", {"disposition": "false", "note": "김 아무개"}),
    ):
        assert (await desk.post(f"/v1/alarms/{alarm['id']}/{step}", json=said)).status_code == 200
    made = (await admin.post("/v1/keys", json={"name": "guest", "role": "viewer"})).json()
    await admin.delete(f"/v1/keys/{made['id']}")
    endpoint = (await admin.post("/v1/endpoints", json={"name": "새 서버", "url": police.url})).json()
    rotated = (await admin.post(f"/v1/endpoints/{endpoint['id']}/rotate-secret")).json()
    await admin.patch(f"/v1/endpoints/{endpoint['id']}", json={"position": 3})
    await admin.delete(f"/v1/endpoints/{endpoint['id']}")
    await pool.execute("INSERT INTO gateways (id, state) VALUES ('gw-1', 'online')")
    await admin.patch("/v1/gateways/GW-1", json={"silent_after_s": 60})
    await admin.delete("/v1/gateways/gw-1")
    await pool.execute("INSERT INTO faults (kind, subject, detail) VALUES ('battery_low', 'b', '')")
    (fault,) = (await admin.get("/v1/faults")).json()["items"]
    await admin.post(f"/v1/faults/{fault['id']}/clear")
    await admin.post("/v1/presses", content=b"[]", headers={"Content-Type": "application/json"})
    (odd,) = (await admin.get("/v1/quarantine")).json()["items"]
    await admin.post(f"/v1/quarantine/{odd['id']}/dismiss")
    entries = await audited(admin)
    assert [entry["what"] for entry in reversed(entries)] == [
        "endpoint.added",  # by the settings
        "key.made",
        "alarm.noted",
        "alarm.rejected",
        "alarm.acknowledged",
        "alarm.closed",
        "key.made",
        "key.revoked",
        "endpoint.added",
        "endpoint.secret_rotated",
        "endpoint.changed",
        "endpoint.removed",
        "gateway.changed",
        "gateway.forgotten",
        "fault.cleared",
        "quarantine.dismissed",
    ]
    closed = next(entry for entry in entries if entry["what"] == "alarm.closed")
    assert (closed["who"], closed["before"]["state"], closed["after"]["state"]) == ("상황실", "acknowledged", "closed")
    assert closed["after"]["disposition"] == "false"
    changed = next(entry for entry in entries if entry["what"] == "endpoint.changed")
    assert (changed["before"], changed["after"]) == ({"position": 0}, {"position": 3})
    written = json.dumps([dict(row) for row in await pool.fetch("SELECT * FROM audit")], default=str)
    for secret in (made["key"], endpoint["secret"], rotated["secret"], "whsec_", "alarmd_", "김 아무개", "딴 관할"):
        assert secret not in written
    assert (await verdict(admin))["whole"]


async def test_a_delivery_that_is_given_up_or_tried_again_is_written_down(
    admin: httpx.AsyncClient, press: Press, police: Police
) -> None:
    await press("button-1")
    await police.expects("alarm.opened")
    async with asyncio.timeout(10):
        while not (found := (await admin.get("/v1/deliveries", params={"state": "delivered"})).json()["items"]):
            await asyncio.sleep(0.02)
    subject = f"deliveries/{found[0]['id']}"
    await admin.post(f"/v1/{subject}/retry")
    assert slug(await admin.post(f"/v1/{subject}/retry", headers={"Idempotency-Key": "x" * 300})) == "invalid"
    assert [entry["what"] for entry in await audited(admin, subject=subject)] == ["delivery.retried"]


async def test_the_audit_is_found_by_what_subject_who_and_time(admin: httpx.AsyncClient, as_role: As) -> None:
    desk = await as_role("operator", name="desk")
    place = (await desk.post("/v1/stores", json=STORE)).headers["location"].removeprefix("/v1/")
    await desk.post("/v1/buttons", json={"id": "mine"})
    (button,) = await audited(admin, what="button")
    assert [entry["subject"] for entry in await audited(admin, what="store.added")] == [place]
    assert [entry["subject"] for entry in await audited(admin, who="desk")] == ["buttons/mine", place]
    assert [entry["subject"] for entry in await audited(admin, subject=place)] == [place]
    assert await audited(admin, since=button["at"]) == [button]
    assert button not in await audited(admin, until=button["at"])
    assert slug(await admin.get("/v1/audit", params={"what": "%"})) == "invalid"


async def test_changes_at_once_make_one_chain(admin: httpx.AsyncClient) -> None:
    await asyncio.gather(*(admin.post("/v1/buttons", json={"id": f"new-{number}"}) for number in range(40)))
    assert [entry["seq"] for entry in await audited(admin)] == list(range(42, 0, -1))
    assert (await verdict(admin)) | {"last_hash": ""} == {
        "whole": True,
        "entries": 42,
        "last_hash": "",
        "broken": None,
    }


@pytest.mark.parametrize(
    "change",
    ["UPDATE audit SET who = 'nobody'", "DELETE FROM audit", "TRUNCATE audit", "DELETE FROM audit WHERE false"],
)
async def test_the_database_refuses_to_change_the_audit(admin: httpx.AsyncClient, pool: Pool, change: str) -> None:
    for before in ("SELECT 1", "SET LOCAL session_replication_role = replica"):
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(before)
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="only grows"):
                await connection.execute(change)
            await connection.execute("ROLLBACK")
            await connection.execute("BEGIN")
    assert len(await audited(admin)) == 2


@pytest.mark.parametrize(
    ("tampering", "seq", "reason"),
    [
        ("UPDATE audit SET who = 'nobody' WHERE seq = 4", 4, "not that of its content"),
        ("""UPDATE audit SET after = '{"id":"other"}' WHERE seq = 5""", 5, "not that of its content"),
        ("DELETE FROM audit WHERE seq = 4", 4, "4 is missing"),
        ("DELETE FROM audit WHERE seq >= 6", 6, "6 to 7 are missing"),
        ("UPDATE audit_head SET seq = 6", 6, "written anew"),
        ("INSERT INTO audit SELECT 8, at, what, subject, who, key_id, door, before, after, hash FROM audit LIMIT 1",
         8, "no part of it"),
    ],
)  # fmt: skip
async def test_the_first_entry_that_was_tampered_with_is_named(
    admin: httpx.AsyncClient, pool: Pool, database: str, tampering: str, seq: int, reason: str
) -> None:
    for number in range(5):
        await admin.post("/v1/buttons", json={"id": f"new-{number}"})
    await pool.execute(f"ALTER TABLE audit DISABLE TRIGGER audit_only_grows; {tampering}")
    found = await verdict(admin)
    assert found["whole"] is False
    assert found["broken"]["seq"] == seq
    assert reason in found["broken"]["reason"]
    said = await alarmd("audit", "verify", database_url=database)
    assert said.code == 1
    assert said.err.startswith(f"alarmd: the audit is broken at entry {seq}: ")


async def test_the_chain_can_be_checked_by_anybody_as_the_papers_say(admin: httpx.AsyncClient, pool: Pool) -> None:
    await admin.post("/v1/stores", json=STORE)
    last = bytes(32)
    for row in await pool.fetch("SELECT * FROM audit ORDER BY seq"):
        at = row["at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        key_id = str(row["key_id"]) if row["key_id"] else None
        content = [
            row["seq"],
            at,
            row["what"],
            row["subject"],
            row["who"],
            key_id,
            row["door"],
            row["before"],
            row["after"],
        ]
        last = hashlib.sha256(last + json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).digest()
        assert row["hash"] == last
    assert (await verdict(admin))["last_hash"] == last.hex()


async def test_an_import_and_a_key_from_the_command_line_are_written_down(
    admin: httpx.AsyncClient, database: str, pool: Pool
) -> None:
    assert (await alarmd("import", str(SAMPLE), database_url=database)).code == 0
    assert (await alarmd("keys", "create", "--role", "viewer", "--name", "guest", database_url=database)).code == 0
    key, *added = [entry for entry in await audited(admin) if entry["who"] != "settings"]
    assert (key["what"], key["door"], key["key_id"]) == ("key.made", "cli", None)
    assert {(entry["what"], entry["door"], entry["before"]) for entry in added} == {("store.added", "import", None)}
    assert len(added) == 40
    store = await pool.fetchrow("SELECT * FROM stores WHERE 'stores/' || id = $1", added[0]["subject"])
    assert store is not None
    assert (added[0]["after"]["code"], added[0]["after"]["lat"]) == (store["code"], store["lat"])
    content = SAMPLE.read_text(encoding="utf-8-sig").replace(",Y,", ",N,", 1).encode()
    await admin.post("/v1/stores/import", content=content, headers={"Content-Type": "text/csv"})
    changed, *rest = await audited(admin)
    assert (changed["what"], changed["door"], changed["who"]) == ("store.changed", "import", "ALARMD_ADMIN_KEY")
    assert (changed["before"], changed["after"]) == ({"status": "open"}, {"status": "closed"})
    assert len(rest) == 43
    said = await alarmd("audit", "verify", database_url=database)
    assert said.out.startswith("the audit is whole: 44 entries, the last hash is ")


async def test_a_press_does_not_wait_for_whoever_writes_the_audit(
    admin: httpx.AsyncClient, press: Press, pool: Pool, police: Police
) -> None:
    alarm = await press("button-1")
    async with pool.acquire() as holder, holder.transaction():
        await holder.execute("SELECT FROM audit_head FOR UPDATE")
        closing = asyncio.create_task(admin.post(f"/v1/alarms/{alarm['id']}/close", json={"disposition": "false"}))
        async with asyncio.timeout(10):
            while not await pool.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
                await asyncio.sleep(0.02)
            again = await press("button-1")
        assert again["id"] == alarm["id"]
        assert again["press_count"] == 2
    assert (await closing).json()["state"] == "closed"
