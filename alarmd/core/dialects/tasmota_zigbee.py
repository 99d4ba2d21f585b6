"""Zigbee2Tasmota: what a device said, with cluster commands written `cluster!command`."""

from typing import Any, Final

from alarmd.core.dialects import words
from alarmd.core.dialects.device import Condition, Kind, Reading, most_urgent
from alarmd.core.dialects.fields import Members, Taken, integer, text

_COMMANDS: Final = {
    "0006!00": "off", "0006!01": "on", "0006!02": "toggle", "0006!40": "off",
    "0008!01": "dimmer_move", "0008!02": "dimmer_step", "0008!03": "dimmer_stop", "0008!05": "dimmer_move",
    "0008!06": "dimmer_up", "0008!07": "dimmer_stop", "0005!07": "arrow_click", "0005!05": "recall_scene",
    "0501!00": "arm", "0501!02": "emergency", "0501!03": "fire", "0501!04": "panic",
}  # fmt: skip
_TUYA: Final = {"00": "single", "01": "double", "02": "hold"}  # behind 0006!FD
_ALARMS, _TAMPER, _LOW, _TEST = 0x0003, 0x0004, 0x0008, 0x0100  # bits of an IAS zone's status
_MULTISTATE: Final = {0: "hold", 1: "single", 2: "double", 3: "triple", 4: "quadruple", 16: "hold", 17: "release"}


def read(dialect: str, gateway: str, key: str, members: Members) -> Reading:
    """What one device said, as the bridge passed it on.

    Args:
        dialect: of whom it is told.
        gateway: the bridge's topic.
        key: the device's short address, or its name (SetOption83).
        members: what it said.
    """
    taken = Taken(members)
    zone = _zone(members)
    condition = Condition(
        battery_pct=taken.percent("BatteryPercentage", "Battery"),
        battery_v=taken.volts("BatteryVoltage", "Voltage"),
        battery_low=None if zone is None else bool(zone & _LOW),
        link_quality=taken.link_quality("LinkQuality"),
        tamper=None if zone is None else bool(zone & _TAMPER),
    )
    event = _event(members, zone)
    deed: Kind = words.kind(event) if event else "heartbeat"
    if event == "off":
        deed = "press"  # the off key of a remote, and not the end of something
    kinds: set[Kind] = {deed}
    if condition.tamper:
        kinds.add("tamper")
    if zone is not None and zone & _TEST:
        kinds = (kinds - {"press"}) | {"test"}
    if condition.tells_battery and deed != "ignore":
        kinds = (kinds - {"heartbeat"}) | {"battery"}
    return Reading(
        dialect,
        text(members.get("Device")) or text(key),
        most_urgent(kinds),
        event=event,
        endpoint=text(members.get("Endpoint")) if members.get("Endpoint") != 1 else None,
        model=text(members.get("ModelId")),
        alias=text(members.get("IEEEAddr")) or (text(key) if text(key) != text(members.get("Device")) else None),
        condition=condition,
        gateway_id=gateway,
        faults=taken.faults,
        reason="release" if deed == "ignore" else None,
    )


def _event(members: Members, zone: int | None) -> str | None:
    """What was done, by the surest of what the message has: the zone, a command, an attribute."""
    if zone is not None and zone & _ALARMS:
        return "alarm"
    return _command(members) or _attribute(members)


def _command(members: Members) -> str | None:
    tuya: Any = members.get("0006!FD")
    if isinstance(tuya, str):
        return _TUYA.get(tuya[:2], "unknown")
    return next((event for name, event in _COMMANDS.items() if name in members), None)


def _attribute(members: Members) -> str | None:
    word = next((word for name in ("Click", "click", "action") if (word := text(members.get(name)))), None)
    if word is not None:
        return words.normal(word)
    for name in ("MultiInValue", "0012/0055"):
        count = integer(members.get(name), 8)
        if count is not None:
            return _MULTISTATE.get(count, "unknown")
    power = members.get("Power")  # a light reports true and false, a remote commands 0, 1 and 2
    if isinstance(power, int) and not isinstance(power, bool) and "Dimmer" not in members:
        return {0: "off", 1: "on", 2: "toggle"}.get(power)
    return None


def _zone(members: Members) -> int | None:
    """An IAS zone's status: a number, or the first two bytes of the command, the lower one first."""
    for name in ("ZoneStatusChange", "ZoneStatus", "0500/0002"):
        status = integer(members.get(name), 16)
        if status is not None:
            return status
    command = members.get("0500!00")
    if not isinstance(command, str):
        return None
    try:
        return int.from_bytes(bytes.fromhex(command)[:2], "little")
    except ValueError:
        return None
