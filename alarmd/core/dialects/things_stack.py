"""The Things Stack v3: `v3/{application}@{tenant}/devices/{device}/{what}`, and the network's older v2."""

import re
from dataclasses import replace
from typing import Any, Final

from alarmd.core.dialects import lorawan, lorawan_bytes
from alarmd.core.dialects.device import Condition, Counter, Decoded, Reading, most_urgent, stale
from alarmd.core.dialects.fields import Members, Taken, flag, inner, integer, read_object, text
from alarmd.core.signal import Message, Rejected
from alarmd.core.strict_json import NotJsonError

DIALECT: Final = "ttn"
SECRETS: Final = frozenset({"app_s_key", "session_keys", "nwk_key", "app_key", "key"})

_V3: Final = re.compile(r"[^/]+/devices/([^/]+)/(.+)")
_V2: Final = re.compile(r"[^/]+/devices/([^/]+)/(up|events/.+)")


def filters(prefix: str) -> tuple[str, ...]:
    """The topics to subscribe to."""
    return (f"{prefix}/+/devices/+/up", f"{prefix}/+/devices/+/join", "+/devices/+/up")


def decode(message: Message, prefix: str) -> Decoded | None:
    """What a message says; None when its topic is not of this dialect."""
    newer = message.topic.startswith(f"{prefix}/")
    topic = _V3.fullmatch(message.topic.removeprefix(f"{prefix}/")) if newer else _V2.fullmatch(message.topic)
    if topic is None:
        return None
    try:
        reading = _event(topic[1], topic[2], message)
    except NotJsonError as error:
        return Rejected(error.reason, error.detail, wire_id=topic[1])
    return (stale(reading) if message.retain else reading,)


def _event(device_id: str, what: str, message: Message) -> Reading:
    named = text(device_id)
    if what not in {"up", "join"} or named is None:
        return Reading(DIALECT, named, ("ignore",), reason="no_uplink")
    members = read_object(message.payload)
    if "payload_raw" in members or "hardware_serial" in members:
        return _version2(named, members)
    ids, uplink = inner(members, "end_device_ids"), inner(members, "uplink_message")
    outer = Taken(members)
    reading = Reading(
        DIALECT,
        text(ids.get("device_id")) or named,
        ("heartbeat",),
        alias=text(ids.get("dev_eui")),
        model=text(inner(uplink, "version_ids").get("model_id")),
        at=outer.moment("received_at"),
        faults=outer.faults,
    )
    if what == "join":
        return replace(reading, restarts=True)
    told = _uplink(reading, uplink, text(ids.get("dev_addr")))
    return _simulated(told) if flag(members.get("simulated")) else told


def _uplink(reading: Reading, uplink: Members, session: str | None) -> Reading:
    received = uplink.get("rx_metadata")
    heard = [one for one in received if isinstance(one, dict)] if isinstance(received, list) else []
    best = max(heard, key=_rssi, default={})
    reading = replace(
        _counted(reading, uplink.get("f_cnt", 0), session),  # 0 is left out
        condition=Condition(rssi_dbm=Taken(best).rssi("rssi")),
        gateway_id=text(inner(best, "gateway_ids").get("gateway_id")),
    )
    port, frame = integer(uplink.get("f_port", 0), 8), lorawan.read_base64(uplink.get("frm_payload"))
    told = _told(reading, port, frame, inner(uplink, "decoded_payload"))
    percent = Taken(inner(uplink, "last_battery_percentage")).percent("value")
    if told.condition.battery_pct is None and told.condition.battery_v is None and percent is not None:
        kinds = most_urgent({*told.kinds, "battery"} - {"ignore"})  # what the network server asked it for
        told = replace(told, kinds=kinds, condition=replace(told.condition, battery_pct=percent))
    return told


def _version2(device_id: str, members: Members) -> Reading:
    metadata = Taken(inner(members, "metadata"))
    at = metadata.moment("time")
    reading = Reading(DIALECT, text(members.get("dev_id")) or device_id, ("heartbeat",), at=at, faults=metadata.faults)
    reading = replace(reading, alias=text(members.get("hardware_serial")))
    reading = _counted(reading, members.get("counter", 0), None)
    port, frame = integer(members.get("port", 0), 8), lorawan.read_base64(members.get("payload_raw"))
    return _told(reading, port, frame, inner(members, "payload_fields"))


def _told(reading: Reading, port: int | None, frame: bytes, decoded: Members) -> Reading:
    if not frame and not decoded:
        return reading
    raw = lorawan_bytes.read(port, frame, reading.alias or "", f"{reading.model or ''} {reading.button_id or ''}")
    read = lorawan.read_object(decoded)
    return lorawan.told(reading, read.filled(raw) if read and raw else read or raw)


def _counted(reading: Reading, value: Any, session: str | None) -> Reading:
    count = integer(value, 32)
    if count is None:
        return replace(reading, faults=(*reading.faults, "f_cnt"))
    return replace(reading, counter=Counter(count, 32, session))


def _simulated(reading: Reading) -> Reading:
    """An uplink that somebody made up in the server's console is a test, whatever it says."""
    if reading.kind != "press":
        return reading
    return replace(reading, kinds=most_urgent({*reading.kinds, "test"} - {"press"}))


def _rssi(received: dict[str, Any]) -> int:
    return Taken(received).rssi("rssi") or -999
