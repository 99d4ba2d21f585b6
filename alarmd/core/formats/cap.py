"""An alert in the Common Alerting Protocol 1.2 (OASIS, urn:oasis:names:tc:emergency:cap:1.2).

`identifier` is the webhook-id, so that each attempt says the same. The first word that an endpoint has of an alarm is
an `Alert`; what follows is an `Update`, and a `Cancel` when the alarm is closed, with `references` to that first word.
A call for help is an `Alert` in any case: where the alarm is, and that it was reopened after its Cancel, must not be
taken for news of something that is over. An alarm of kind `test` has `status` Test; nothing is ever an Exercise.
"""

from datetime import datetime, timedelta, timezone
from typing import Final, Literal
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from alarmd.core.alert import Alert, AlertType, Links, map_link
from alarmd.core.formats.markup import document, element

_NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"
_KOREA: Final = timezone(timedelta(hours=9))
_CALLS_FOR_HELP: Final[set[AlertType]] = {"alarm.opened", "alarm.located", "alarm.reopened"}
_FIRST_WORDS: Final[set[AlertType]] = {"alarm.opened", "alarm.located"}
_NOT_IN_A_NAME: Final = str.maketrans(dict.fromkeys(" ,<&\t\r\n", "_"))  # of a sender (3.2.1)
_WORDS: Final[dict[AlertType, str]] = {
    "alarm.opened": "비상벨",
    "alarm.repeated": "비상벨 다시 눌림",
    "alarm.cancel_requested": "비상벨 취소 요청",
    "alarm.located": "비상벨",
    "alarm.escalated": "비상벨 미처리",
    "alarm.acknowledged": "비상벨 접수됨",
    "alarm.rejected": "비상벨 거부됨",
    "alarm.closed": "비상벨 종결",
    "alarm.reopened": "비상벨 재개",
}

MessageType = Literal["Alert", "Update", "Cancel"]


def body(alert: Alert, links: Links) -> bytes:
    """The message, in UTF-8. Whatever is in names and notes, it is valid against the schema of OASIS."""
    alarm = alert.alarm
    sender = _sender(links)
    root = ET.Element("alert", {"xmlns": _NAMESPACE})
    element(root, "identifier", alert.id)
    element(root, "sender", sender)
    element(root, "sent", _time(alert.created_at))
    element(root, "status", "Actual" if alarm.kind == "panic" else "Test")
    element(root, "msgType", message_type(alert))
    element(root, "source", "alarmd")
    element(root, "scope", "Restricted")
    element(root, "restriction", "For the police of the place, and for the operators of alarmd.")
    if alert.first is not None and alert.first[0] != alert.id:
        first_id, first_at = alert.first
        element(root, "references", f"{sender},{first_id},{_time(first_at)}")
    element(root, "incidents", alarm.reference)
    _info(root, alert, links)
    return document(root)


def message_type(alert: Alert) -> MessageType:
    """What the message is to the ones before it."""
    if alert.type in _CALLS_FOR_HELP or alert.first is None or alert.first[0] == alert.id:
        return "Alert"
    return "Cancel" if alert.type == "alarm.closed" else "Update"


def lacks_first(alert: Alert) -> bool:
    """Whether it has to refer to an earlier alert that is not known here."""
    return alert.first is None and alert.type not in _FIRST_WORDS


def _info(root: ET.Element, alert: Alert, links: Links) -> None:
    alarm = alert.alarm
    over = alarm.state == "closed"
    info = ET.SubElement(root, "info")
    element(info, "language", "ko-KR")
    element(info, "category", "Security")
    element(info, "event", "편의점 비상벨" if alarm.kind == "panic" else "편의점 비상벨 시험")
    element(info, "responseType", "AllClear" if over else "Assess")
    element(info, "urgency", "Past" if over else "Immediate")
    element(info, "severity", "Severe" if alarm.kind == "panic" else "Minor")
    element(info, "certainty", "Likely" if alarm.kind == "panic" else "Unlikely")
    _pair(info, "eventCode", "alarmd:type", alert.type)
    element(info, "onset", _time(alarm.opened_at))
    element(info, "senderName", "alarmd")
    element(info, "headline", _headline(alert))
    if alarm.store is not None and alarm.store["entrance_note"]:
        element(info, "instruction", alarm.store["entrance_note"])
    element(info, "web", f"{links.public_url}/v1/alarms/{alarm.id}")
    if alarm.store is not None and alarm.store["phone"]:
        element(info, "contact", alarm.store["phone"])
    for name, value in _parameters(alert, links).items():
        if value is not None:
            _pair(info, "parameter", f"alarmd:{name}", value)
    _area(info, alert)


def _headline(alert: Alert) -> str:
    where = alert.alarm.store["name"] if alert.alarm.store else "장소 미상"
    test = "[시험] " if alert.alarm.kind != "panic" else ""
    return f"{test}{where} {_WORDS[alert.type]}"


def _parameters(alert: Alert, links: Links) -> dict[str, object]:
    """What CAP has no element for, under the names of the CloudEvents body."""
    alarm = alert.alarm
    store = alarm.store or {}
    step = alert.step or {}
    return {
        "alarm_id": alarm.id,
        "reference": alarm.reference,
        "kind": alarm.kind,
        "state": alarm.state,
        "press_count": alarm.press_count,
        "last_pressed_at": _time(alarm.last_pressed_at),
        "late_by_s": alarm.late_by_s,
        "button": alarm.button_id,
        "store_code": store.get("code"),
        "police_station": store.get("police_station"),
        "acknowledge": f"{links.public_url}/v1/alarms/{alarm.id}/acknowledge",
        "map": map_link(alarm, links.map_url_template),
        "escalation": alert.reason,
        **{f"step_{name}": value for name, value in step.items()},
    }


def _area(info: ET.Element, alert: Alert) -> None:
    store = alert.alarm.store
    if store is None:
        return
    area = ET.SubElement(info, "area")
    address = store["road_address"] or store["jibun_address"]
    element(area, "areaDesc", ", ".join(part for part in (address, store["name"]) if part))
    location = store["location"]
    element(area, "circle", f"{_degrees(location['lat'])},{_degrees(location['lon'])} 0")
    _pair(area, "geocode", "KR:시군구코드", store["district_code"])


def _pair(parent: ET.Element, tag: str, name: str, value: object) -> None:
    pair = ET.SubElement(parent, tag)
    element(pair, "valueName", name)
    element(pair, "value", value)


def _sender(links: Links) -> str:
    """Where the message is from: the name that alarmd is reached by."""
    return urlsplit(links.public_url).netloc.translate(_NOT_IN_A_NAME) or "alarmd"


def _time(moment: datetime) -> str:
    """In Korea's time with its offset, to the second: the schema has no fractions, and no Z."""
    return moment.astimezone(_KOREA).isoformat(timespec="seconds")


def _degrees(value: float) -> str:
    """To the centimetre, never in exponents."""
    return f"{value:.7f}"
