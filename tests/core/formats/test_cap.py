"""CAP 1.2: valid against the schema of OASIS whatever is in it, and saying what each message is to the one before."""

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from lxml import etree

from alarmd.core import formats
from alarmd.core.alert import Alert, AlertType
from alarmd.core.formats import cap
from tests.core.formats.alerts import ALARM, FIRST, LINKS, anything, following

SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parents[2] / "data" / "cap" / "CAP-v1.2.xsd"))
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"


def read(alert: Alert) -> etree._Element:
    media_type, content = formats.write(alert, LINKS, "cap")
    assert media_type == "application/cap+xml"
    document = etree.fromstring(content)
    SCHEMA.assertValid(document)
    return document


def said(alert: Alert, *names: str) -> list[str | None]:
    document = read(alert)
    return [found.text if (found := document.find(f".//{CAP}{name}")) is not None else None for name in names]


def parameters(alert: Alert) -> dict[str, str]:
    return {pair[0].text: pair[1].text for pair in read(alert).iter(f"{CAP}parameter")}


@given(anything)
def test_any_alert_is_a_valid_message_and_the_same_bytes_each_time(alert: Alert) -> None:
    read(alert)
    assert cap.body(alert, LINKS) == cap.body(alert, LINKS)
    sender = said(alert, "sender")[0]
    assert sender
    assert not set(sender) & set(" ,<&")


@pytest.mark.parametrize(("right", "wrong"), [(b">Actual<", b">Real<"), (b"+09:00</sent>", b"Z</sent>")])
def test_the_schema_refuses_what_is_wrong(right: bytes, wrong: bytes) -> None:
    content = cap.body(FIRST, LINKS)
    assert right in content
    assert not SCHEMA.validate(etree.fromstring(content.replace(right, wrong)))


def test_the_first_word_says_where_and_what() -> None:
    assert said(FIRST, "identifier", "sender", "sent", "status", "msgType", "references", "incidents") == [
        str(FIRST.id),
        "alarmd.example",
        "2026-11-23T22:14:03+09:00",
        "Actual",
        "Alert",
        None,
        "A-20261123-000042",
    ]
    assert said(FIRST, "category", "urgency", "headline", "contact", "areaDesc", "circle") == [
        "Security",
        "Immediate",
        "CU 노원상계점 비상벨",
        "+8227160302",
        "서울특별시 노원구 동일로238길 26, 1층, CU 노원상계점",
        "37.6550700,127.0599384 0",
    ]
    assert parameters(FIRST)["alarmd:acknowledge"].endswith(f"/v1/alarms/{ALARM.id}/acknowledge")


FOLLOWING: dict[AlertType, str] = {
    "alarm.repeated": "Update",
    "alarm.cancel_requested": "Update",
    "alarm.acknowledged": "Update",
    "alarm.rejected": "Update",
    "alarm.escalated": "Update",
    "alarm.closed": "Cancel",
    "alarm.reopened": "Alert",
    "alarm.located": "Alert",
    "alarm.opened": "Alert",
}


@pytest.mark.parametrize("type_", get_args(AlertType))
def test_what_follows_refers_to_the_first(type_: AlertType) -> None:
    kind, references = said(following(type_), "msgType", "references")
    assert (kind, references) == (FOLLOWING[type_], f"alarmd.example,{FIRST.id},2026-11-23T22:14:03+09:00")
    assert cap.lacks_first(replace(following(type_), first=None)) == (type_ not in {"alarm.opened", "alarm.located"})


def test_an_alert_does_not_refer_to_itself() -> None:
    itself = replace(FIRST, first=(FIRST.id, FIRST.created_at))
    assert cap.body(itself, LINKS) == cap.body(FIRST, LINKS)
    escalated = Alert(FIRST.id, "alarm.escalated", FIRST.created_at, ALARM, first=(FIRST.id, FIRST.created_at))
    assert said(escalated, "msgType", "references") == ["Alert", None]


def test_a_closed_alarm_is_over_and_says_who_closed_it_and_why() -> None:
    closed = following("alarm.closed", state="closed", disposition="false")
    assert said(closed, "urgency", "responseType") == ["Past", "AllClear"]
    found = parameters(closed)
    assert (found["alarmd:step_by"], found["alarmd:step_reference"]) == ("김경위", "112-4711")
    assert found["alarmd:step_disposition"] == "false"


def test_a_test_is_a_test_and_nothing_is_an_exercise() -> None:
    test = replace(FIRST, alarm=replace(ALARM, kind="test"))
    assert said(test, "status", "headline") == ["Test", "[시험] CU 노원상계점 비상벨"]


def test_without_a_store_there_is_no_area() -> None:
    lost = replace(FIRST, alarm=replace(ALARM, store=None))
    assert said(lost, "area", "headline") == [None, "장소 미상 비상벨"]


def test_what_xml_cannot_say_is_replaced_and_the_rest_stays() -> None:
    odd = "\x00a\x0b<&>\"'\ufffe\r\n\t가 😀"
    store = (ALARM.store or {}) | {"entrance_note": odd}
    alert = replace(FIRST, alarm=replace(ALARM, store=store))
    assert said(alert, "instruction") == ["\ufffda\ufffd<&>\"'\ufffd\n\t가 😀"]
