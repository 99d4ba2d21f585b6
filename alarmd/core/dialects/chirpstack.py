"""ChirpStack v4 (and v3): `application/{id}/device/{DevEUI}/event/{what}`."""

import re
from dataclasses import replace
from typing import Any, Final

from alarmd.core.dialects import lorawan, lorawan_bytes
from alarmd.core.dialects.device import Condition, Counter, Decoded, Kind, Reading, stale
from alarmd.core.dialects.fields import Members, Taken, flag, inner, integer, read_object, text
from alarmd.core.signal import Message, Rejected
from alarmd.core.strict_json import NotJsonError

DIALECT: Final = "chirpstack"
SECRETS: Final = frozenset({"app_s_key", "nwk_s_enc_key", "appKey", "nwkKey", "appSKey"})

_DEVICE: Final = re.compile(r"[^/]+/device/([0-9A-Za-z]{1,32})/event/([a-z]+)")
_GATEWAY: Final = re.compile(r"(?:[^/]+/)?gateway/([0-9A-Za-z]{1,32})/(.+)")


def filters(prefix: str) -> tuple[str, ...]:
    """The topics to subscribe to: events of devices, and whether gateways are there."""
    return (f"{prefix}/+/device/+/event/+", "+/gateway/+/state/conn")


def decode(message: Message, prefix: str) -> Decoded | None:
    """What a message says; None when its topic is not of this dialect."""
    device = _DEVICE.fullmatch(message.topic.removeprefix(f"{prefix}/"))
    gateway = _GATEWAY.fullmatch(message.topic)
    try:
        if device is not None and message.topic.startswith(f"{prefix}/"):
            readings = (_event(device[1], device[2], message),)
        elif gateway is not None:
            readings = (_gateway(gateway[1], gateway[2], message.payload),)
        else:
            return None
    except NotJsonError as error:
        return Rejected(error.reason, error.detail, wire_id=device[1] if device else None)
    return tuple(stale(reading) for reading in readings) if message.retain else readings


def _event(device_eui: str, what: str, message: Message) -> Reading:
    reading = Reading(DIALECT, device_eui, ("ignore",), reason="no_uplink")
    if what not in {"up", "status", "join"}:
        return reading
    members = read_object(message.payload)
    taken = Taken(members)
    info = inner(members, "deviceInfo")
    reading = replace(
        reading,
        button_id=text(info.get("devEui")) or device_eui,
        kinds=("heartbeat",),
        reason=None,
        model=text(info.get("deviceProfileName")),
        alias=text(info.get("deviceName")),
        at=taken.moment("time"),
        faults=taken.faults,
    )
    match what:
        case "join":
            return replace(reading, restarts=True)
        case "status":
            return _status(reading, members)
    return _uplink(reading, members)


def _status(reading: Reading, members: Members) -> Reading:
    """The server asked the device for its battery: mains and "cannot tell" are no percentage."""
    taken = Taken(members)
    told = not flag(members.get("externalPowerSource")) and not flag(members.get("batteryLevelUnavailable"))
    condition = Condition(battery_pct=taken.percent("batteryLevel") if told else None)
    kinds: tuple[Kind, ...] = ("battery",) if condition.tells_battery else ("heartbeat",)
    return replace(reading, kinds=kinds, condition=condition, faults=reading.faults + taken.faults)


def _uplink(reading: Reading, members: Members) -> Reading:
    count = integer(members.get("fCnt", 0), 32)  # 0 is left out: so protobuf writes JSON
    session = text(members.get("devAddr"))
    received = members.get("rxInfo")
    heard = [one for one in received if isinstance(one, dict)] if isinstance(received, list) else []
    best = max(heard, key=_rssi, default={})
    reading = replace(
        reading,
        counter=None if count is None else Counter(count, 32, session),
        condition=Condition(rssi_dbm=Taken(best).rssi("rssi")),
        gateway_id=text(best.get("gatewayId")),
        faults=reading.faults if count is not None else (*reading.faults, "fCnt"),
    )
    frame, port = lorawan.read_base64(members.get("data")), integer(members.get("fPort", 0), 8)
    if not frame and not members.get("object"):
        return reading
    raw = lorawan_bytes.read(port, frame, reading.button_id or "", reading.model or "")
    decoded = lorawan.read_object(_decoded(members))
    said = decoded.filled(raw) if decoded and raw else decoded or raw
    return lorawan.told(reading, said)


def _decoded(members: Members) -> Members:
    """The codec's object; version 3 had it as a text."""
    written = members.get("objectJSON")
    if isinstance(written, str):
        try:
            return read_object(written.encode())
        except (NotJsonError, UnicodeEncodeError):
            return {}
    return inner(members, "object")


def _rssi(received: dict[str, Any]) -> int:
    return Taken(received).rssi("rssi") or -999


def _gateway(gateway_id: str, what: str, payload: bytes) -> Reading:
    """Whether a gateway is there; protobuf on the same topic, which ChirpStack can be set to, tells us nothing."""
    reading = Reading(DIALECT, None, ("ignore",), gateway_id=gateway_id, scope="gateway", reason="not_json")
    if what != "state/conn" or payload.lstrip()[:1] != b"{":
        return reading
    state = text(read_object(payload).get("state", "OFFLINE"))
    return replace(reading, kinds=("heartbeat" if state == "ONLINE" else "offline",), reason=None)
