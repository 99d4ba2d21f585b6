"""EIDO: as its schema says whatever is in it, with a PIDF-LO of a point and of a Korean address in its parts."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given
from jsonschema import Draft202012Validator
from lxml import etree

from alarmd.core import formats
from alarmd.core.alert import Alert
from tests.core.formats.alerts import ALARM, FIRST, LINKS, STORE, anything, following

SCHEMA = json.loads((Path(__file__).parents[3] / "schemas" / "eido.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)
CIVIC = "{urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr}"
# RFC 5139, 3.2: the elements stand in this order.
ORDER = "country A1 A2 A3 A4 A5 A6 PRM PRD RD STS POD RDSEC RDBR RDSUBBR HNO HNS LMK LOC FLR NAM PC"


def read(alert: Alert) -> dict[str, Any]:
    media_type, content = formats.write(alert, LINKS, "eido")
    assert media_type == "application/json"
    assert content == formats.write(alert, LINKS, "eido")[1]
    document: dict[str, Any] = json.loads(content)
    VALIDATOR.validate(document)
    return document


def place(document: dict[str, Any]) -> etree._Element:
    """The PIDF-LO: an XML document in a string."""
    return etree.fromstring(document["locationComponent"][0]["locationByValue"].encode())


def civic(document: dict[str, Any]) -> dict[str, str]:
    (address,) = place(document).iter(f"{CIVIC}civicAddress")
    return {element.tag.removeprefix(CIVIC): element.text for element in address}


@given(anything)
def test_any_alert_is_valid_and_its_references_lead_somewhere(alert: Alert) -> None:
    document = read(alert)
    ids = {component["$id"] for component in _components(document)}
    assert set(_references(document)) <= ids
    if alert.alarm.store is not None:
        names = list(civic(document))
        assert names == sorted(names, key=ORDER.split(" ").index)


def _components(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, dict):
        return ([node] if "$id" in node else []) + [found for value in node.values() for found in _components(value)]
    return [found for value in node for found in _components(value)] if isinstance(node, list) else []


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [found for value in node.values() for found in _references(value)]
    return [found for value in node for found in _references(value)] if isinstance(node, list) else []


def test_the_incident_is_the_alarm_over_all_its_alerts() -> None:
    first, closed = read(FIRST), read(following("alarm.closed", state="closed", disposition="actual"))
    assert first["$id"] == closed["$id"] == f"urn:emergency:uid:incidentid:{ALARM.id.hex}:alarmd.example"
    incident = first["incidentComponent"]
    assert (incident["incidentTypeCommonRegistryText"], incident["internalIncidentId"]) == ("Holdup", ALARM.reference)
    assert incident["incidentStatusInternalText"] == ["open"]
    assert incident["dispositionComponent"] == []
    (disposition,) = closed["incidentComponent"]["dispositionComponent"]
    assert disposition["dispositionCommonRegistryCode"] == "actual"
    assert "by: 김경위" in closed["notesComponent"][0]["notesActionComments"]
    assert first["callbackComponent"][0]["callBackInformationUri"] == ["tel:+8227160302"]


def test_the_address_stands_in_its_parts_and_the_point_is_there() -> None:
    document = read(FIRST)
    assert civic(document) == {
        "country": "KR",
        "A1": "서울특별시",
        "A2": "노원구",
        "A3": "상계동",
        "RD": "동일로238길",
        "HNO": "26",
        "LOC": "1층",
        "NAM": "CU 노원상계점",
        "PC": "01678",
    }
    (position,) = place(document).iter("{http://www.opengis.net/gml}pos")
    assert position.text == "37.6550700 127.0599384"
    assert document["locationComponent"][0]["locationDescriptionText"] == "뒷문은 주차장 쪽"


def test_a_test_and_an_alarm_without_a_place_say_so() -> None:
    document = read(replace(FIRST, alarm=replace(ALARM, kind="test", store=None)))
    assert document["incidentComponent"]["incidentTypeCommonRegistryText"] == "Test"
    assert (document["locationComponent"], document["callbackComponent"]) == ([], [])


def test_a_short_number_says_where_it_is_dialled() -> None:
    document = read(replace(FIRST, alarm=replace(ALARM, store=STORE | {"phone": "112"})))
    assert document["callbackComponent"][0]["callBackInformationUri"] == ["tel:112;phone-context=+82"]
