"""OpenMQTTGateway: `{prefix}/{gateway}/433toMQTT` and its kin. Broadcast: anybody's remote."""

import re
from dataclasses import replace
from typing import Final

from alarmd.core.dialects import bthome, rtl_433, words
from alarmd.core.dialects.device import Condition, Decoded, Reading, ignored, stale
from alarmd.core.dialects.fields import Members, Taken, flag, inner, read_text, read_value, text
from alarmd.core.signal import Message, Rejected
from alarmd.core.strict_json import NotJsonError

DIALECT: Final = "openmqttgateway"
SECRETS: Final = frozenset({"mqtt_pass", "wifi_pass", "ota_pass", "gw_pass", "password"})

_TOPIC: Final = re.compile(
    r"([^/]+)/(433toMQTT|SRFBtoMQTT|RF2toMQTT|PilighttoMQTT|RTL_433toMQTT|BTtoMQTT|SYStoMQTT|LWT|status)(?:/(.*))?"
)


def filters(prefix: str) -> tuple[str, ...]:
    """The topics to subscribe to."""
    kinds = ("433toMQTT", "SRFBtoMQTT", "RF2toMQTT", "PilighttoMQTT", "RTL_433toMQTT", "BTtoMQTT")
    return (*(f"{prefix}/+/{kind}/#" for kind in kinds), f"{prefix}/+/SYStoMQTT", f"{prefix}/+/LWT")


def decode(message: Message, prefix: str) -> Decoded | None:
    """What a message says; None when its topic is not of this dialect."""
    topic = _TOPIC.fullmatch(message.topic.removeprefix(f"{prefix}/"))
    if topic is None or not message.topic.startswith(f"{prefix}/"):
        return None
    try:
        readings = _told(topic[1], topic[2], message)
    except NotJsonError as error:
        return Rejected(error.reason, error.detail)
    return tuple(stale(reading) for reading in readings) if message.retain else readings


def _told(gateway: str, what: str, message: Message) -> tuple[Reading, ...]:
    named = text(gateway)
    if what in {"LWT", "status"}:
        online = flag({"online": True, "offline": False}.get(read_text(message.payload).lower()))
        if online is None:
            raise NotJsonError("bad_state", "give online or offline")
        return (Reading(DIALECT, None, ("heartbeat" if online else "offline",), gateway_id=named, scope="receiver"),)
    if what == "SYStoMQTT":
        return (Reading(DIALECT, None, ("heartbeat",), gateway_id=named, scope="receiver"),)
    value = read_value(message.payload)
    members: Members = value if isinstance(value, dict) else {"value": value}  # older ones sent the bare number
    if what == "BTtoMQTT":
        return _bluetooth(named, members)
    if what == "RTL_433toMQTT":
        reading = rtl_433.read(DIALECT, named, members)
        return (replace(reading, gateway_id=named),) if "model" in members else ignored(DIALECT, "states")
    return (_code(named, what, members),)


def _code(gateway: str | None, what: str, members: Members) -> Reading:
    """A bare code: which key of which remote it was nobody can tell, so the code is the button."""
    taken = Taken(members)
    pilight = inner(members, "message")
    code = text(members.get("value")) or text(members.get("address")) or _pilight_code(pilight)
    condition = Condition(rssi_dbm=taken.rssi("rssi"))
    reading = Reading(DIALECT, code, ("press",), "code", condition=condition, gateway_id=gateway, broadcast=True)
    reading = replace(
        reading, faults=taken.faults, model=text(members.get("protocol")) if what == "PilighttoMQTT" else None
    )
    if code is None or code == "0":
        return replace(reading, button_id=None, kinds=("ignore",), event=None, reason="no_code")
    state = text(pilight.get("state"))
    return reading if state is None else replace(reading, event=words.normal(state))


def _pilight_code(message: Members) -> str | None:
    parts = [text(message.get(name)) for name in ("systemcode", "id", "unitcode", "unit")]
    return "-".join(part for part in parts if part) or None


def _bluetooth(gateway: str | None, members: Members) -> tuple[Reading, ...]:
    address = text(members.get("id")) or text(members.get("mac"))
    if address is None:
        return ignored(DIALECT, "no_id")
    figures = {"battery": members.get("batt", members.get("battery")), "pid": members.get("packet"), **members}
    readings = bthome.read(DIALECT, address, figures, {"rssi": members.get("rssi"), "local_name": members.get("name")})
    return tuple(replace(reading, gateway_id=gateway) for reading in readings)
