"""The same alarm to endpoints of every format, over the wire."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from lxml import etree

from alarmd.db.pool import Pool
from tests.receiver import Received, Receiver
from tests.service import until
from tests.web.conftest import MakeReceiver, Press, slug

ROOT = Path(__file__).parents[2]
CAP_SCHEMA = etree.XMLSchema(etree.parse(ROOT / "tests" / "data" / "cap" / "CAP-v1.2.xsd"))
EIDO_SCHEMA = Draft202012Validator(json.loads((ROOT / "schemas" / "eido.schema.json").read_text(encoding="utf-8")))
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"


def cap(received: Received) -> dict[str, str]:
    """The texts of a CAP message, by element, and of its parameters."""
    assert received.headers["content-type"] == "application/cap+xml"
    document = etree.fromstring(received.body)
    CAP_SCHEMA.assertValid(document)
    texts = {element.tag.removeprefix(CAP): element.text or "" for element in document.iter()}
    return texts | {
        pair[0].text: pair[1].text for tag in ("parameter", "eventCode") for pair in document.iter(CAP + tag)
    }


def eido(received: Received) -> dict[str, Any]:
    assert received.headers["content-type"] == "application/json"
    document: dict[str, Any] = json.loads(received.body)
    EIDO_SCHEMA.validate(document)
    return document


async def message(receiver: Receiver, type_: str) -> dict[str, str]:
    return cap(await receiver.gets(lambda received: f">{type_}<".encode() in received.body))


async def test_the_life_of_an_alarm_as_cap_messages(
    press: Press, receiver: MakeReceiver, admin: httpx.AsyncClient, pool: Pool
) -> None:
    station = await receiver("station", districts=["11350"], format="cap")
    alarm = await press("button-1")
    first = await message(station, "alarm.opened")
    assert (first["status"], first["msgType"], first["incidents"]) == ("Actual", "Alert", alarm["reference"])
    assert first["circle"] == "37.6500000,127.0600000 0"
    assert first["areaDesc"].startswith("서울특별시 노원구 동일로 ")
    assert "references" not in first
    assert {received.id for received in station.received} == {first["identifier"]}
    to_the_first = f"{first['sender']},{first['identifier']},{first['sent']}"

    await press("button-1")
    await press("button-1", kind="cancel")
    place = f"/v1/alarms/{alarm['id']}"
    await admin.post(f"{place}/acknowledge", json={"by": "김경위", "reference": "112-4711"})
    await admin.post(f"{place}/close", json={"disposition": "false"})
    await admin.post(f"{place}/reopen", json={"reason": "다시 신고됨"})
    for type_, kind in (
        ("alarm.repeated", "Update"),
        ("alarm.cancel_requested", "Update"),
        ("alarm.acknowledged", "Update"),
        ("alarm.closed", "Cancel"),
        ("alarm.reopened", "Alert"),
    ):
        found = await message(station, type_)
        assert (found["msgType"], found["references"], found["incidents"]) == (kind, to_the_first, alarm["reference"])
    assert (await message(station, "alarm.acknowledged"))["alarmd:step_reference"] == "112-4711"
    assert (await message(station, "alarm.reopened"))["alarmd:step_reason"] == "다시 신고됨"
    await until(pool, "NOT EXISTS (SELECT 1 FROM deliveries WHERE state = 'pending')")
    assert await pool.fetchval("SELECT max(attempts) FROM deliveries") == 1  # giving one back is no attempt


async def test_a_test_is_marked_as_one(press: Press, receiver: MakeReceiver) -> None:
    as_cap = await receiver("cap", districts=["11350"], format="cap")
    as_eido = await receiver("eido", districts=["11350"], format="eido")
    await press("button-1", kind="test")
    assert (await message(as_cap, "alarm.opened"))["status"] == "Test"
    incident = eido(await as_eido.gets(lambda received: received.valid))["incidentComponent"]
    assert incident["incidentTypeCommonRegistryText"] == "Test"


async def test_an_alarm_as_eido_over_its_life(press: Press, receiver: MakeReceiver, admin: httpx.AsyncClient) -> None:
    station = await receiver("station", districts=["11350"], format="eido")
    alarm = await press("button-1")
    first = eido(await station.gets(lambda received: received.valid))
    assert first["incidentComponent"]["internalIncidentId"] == alarm["reference"]
    await admin.post(f"/v1/alarms/{alarm['id']}/close", json={"disposition": "actual", "by": "김경위"})
    closed = eido(await station.gets(lambda received: b'"closed"' in received.body))
    assert closed["$id"] == first["$id"]
    (disposition,) = closed["incidentComponent"]["dispositionComponent"]
    assert disposition["dispositionCommonRegistryCode"] == "actual"


@pytest.mark.parametrize("format_", ["cloudevents", "cap", "eido"])
async def test_in_every_format_each_attempt_is_the_same_and_an_answer_acknowledges(
    press: Press, receiver: MakeReceiver, pool: Pool, format_: str
) -> None:
    station = await receiver("station", districts=["11350"], format=format_)
    station.status = 503
    await press("button-1")
    await until(pool, "EXISTS (SELECT 1 FROM deliveries WHERE attempts >= 2)")
    station.status, station.answer = None, {"acknowledged": True, "by": "김경위", "reference": "112-4711"}
    await until(
        pool, "EXISTS (SELECT 1 FROM alarms WHERE acknowledged_by = '김경위' AND acknowledged_ref = '112-4711')"
    )
    assert len(station.received) >= 3
    assert len({received.body for received in station.received}) == 1
    assert len({received.id for received in station.received}) == 1


async def test_the_format_of_an_endpoint_is_shown_changed_and_tried(
    receiver: MakeReceiver, admin: httpx.AsyncClient
) -> None:
    station = await receiver("station", format="cap")
    place = f"/v1/endpoints/{station.endpoint_id}"
    assert (await admin.get(place)).json()["format"] == "cap"
    assert (await admin.post(f"{place}/test")).json()["delivered"] is True
    assert cap(station.received[-1])["status"] == "Test"
    assert slug(await admin.patch(place, json={"format": "fax"})) == "invalid"
    assert (await admin.patch(place, json={"format": "eido"})).json()["format"] == "eido"
    station.answer = {"rejected": True}
    report = (await admin.post(f"{place}/test")).json()
    assert (report["delivered"], report["understood"]) == (True, "rejected")
    assert eido(station.received[-1])["locationComponent"] == []
