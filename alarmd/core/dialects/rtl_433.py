"""rtl_433: `{prefix}/{host}/events` in JSON, `{prefix}/{host}/devices/...` one topic a field. Broadcast: anybody's."""

from dataclasses import replace
from typing import Any, Final

from alarmd.core.dialects import radio
from alarmd.core.dialects.device import Condition, Counter, Decoded, Kind, Reading, ignored, most_urgent, stale
from alarmd.core.dialects.fields import Members, Taken, number, read_object, read_text, text
from alarmd.core.signal import Message, Rejected
from alarmd.core.strict_json import NotJsonError

DIALECT: Final = "rtl_433"
SECRETS: Final = frozenset({"pin"})

_QUIET: Final = {
    "time", "id", "mic", "mod", "freq", "freq1", "freq2", "rssi", "snr", "noise", "protocol", "channel", "subtype",
    "model", "type", "raw_message", "seq", "sequence", "counter", "code", "encrypted", "status_hex", "esn",
}  # fmt: skip
_COUNTERS: Final = (("seq", 8), ("sequence", 16), ("counter", 16), ("rolling", 32))


def filters(prefix: str) -> tuple[str, ...]:
    """The topics to subscribe to."""
    return (f"{prefix}/+/events", f"{prefix}/+/devices/#", f"{prefix}/+/availability")


def decode(message: Message, prefix: str) -> Decoded | None:
    """What a message says; None when its topic is not of this dialect."""
    if not message.topic.startswith(f"{prefix}/"):
        return None
    receiver, _, rest = message.topic.removeprefix(f"{prefix}/").partition("/")
    try:
        reading = _told(receiver, rest, message)
    except NotJsonError as error:
        return Rejected(error.reason, error.detail)
    return (stale(reading) if message.retain else reading,)


def read(dialect: str, receiver: str | None, members: Members) -> Reading:
    """What one received transmission says: of which device, and what was done to it."""
    taken = Taken(members)
    battery_ok = None if _untrusted(members) else number(members.get("battery_ok"))
    said = radio.read(members)
    low = None if battery_ok is None else battery_ok == 0
    low = True if said.battery_low else low if low is not None else _old_battery(members)
    condition = Condition(
        battery_v=_volts(members),
        battery_low=low,
        rssi_dbm=taken.rssi("rssi"),
        tamper=said.tamper,
    )
    kinds: set[Kind] = {said.kind}
    if said.tamper:
        kinds.add("tamper")
    if low and said.kind != "ignore":
        kinds.add("battery")
    return Reading(
        dialect,
        _identity(members),
        most_urgent(kinds),
        event=said.event,
        endpoint=said.endpoint,
        model=text(members.get("model")),
        counter=_counter(members),
        condition=condition,
        at=taken.moment("time"),
        gateway_id=receiver,
        broadcast=True,
        faults=taken.faults,
        reason=said.reason,
    )


def _told(receiver: str, rest: str, message: Message) -> Reading:
    if rest == "availability":
        kind: Kind = "heartbeat" if read_text(message.payload) == "online" else "offline"
        return Reading(DIALECT, None, (kind,), gateway_id=text(receiver), scope="receiver")
    if rest.startswith("devices/"):
        return _field(receiver, rest.split("/")[1:], read_text(message.payload))
    if rest == "events" or message.payload.lstrip()[:1] == b"{":
        members = read_object(message.payload)
        if "model" in members:
            return read(DIALECT, text(receiver), members)
    return ignored(DIALECT, "states", scope="receiver")[0]


def _field(receiver: str, path: list[str], value: str) -> Reading:
    """One field of a transmission: `devices/{model}[/{subtype}][/{channel}]/{id}/{field}`."""
    name = path[-1]
    members: dict[str, Any] = {"model": path[0], name: value}
    if len(path) > 2:  # noqa: PLR2004 (model, id, field)
        members = {"id": path[-2], **members}
    if len(path) > 3:  # noqa: PLR2004 (model, subtype, id, field)
        members = {"subtype": path[1], **members}
    reading = read(DIALECT, text(receiver), members)
    if name in _QUIET:
        return replace(reading, kinds=("ignore",), event=None, reason="field")
    if reading.kind == "press" and reading.event is None:
        return replace(reading, kinds=("ignore",), reason="field")  # one figure of something unknown is no press
    if name in {"battery_ok", "battery", "battery_mV", "battery_V"}:
        return replace(reading, kinds=("battery",), event=None, reason=None)
    return reading


def _identity(members: Members) -> str | None:
    for name in ("id", "device", "sid", "esn"):
        found = text(members.get(name))
        if found is not None:
            return found
    codes = members.get("codes")  # a flex decoder gives the code alone
    return text(codes[0]) if isinstance(codes, list) and codes else None


def _counter(members: Members) -> Counter | None:
    taken = Taken(members)
    for name, bits in _COUNTERS:
        count = taken.counter(name, bits)
        if count is not None:
            return Counter(count, 32 if bits == 32 else 16 if bits == 16 else 8)  # noqa: PLR2004 (the widths there are)
    return None


def _volts(members: Members) -> float | None:
    taken = Taken(members)
    millivolts = number(members.get("battery_mV"))
    return millivolts / 1000 if millivolts is not None and 0 < millivolts < 60000 else taken.volts("battery_V")  # noqa: PLR2004 (a plausible battery)


def _old_battery(members: Members) -> bool | None:
    """Before 2020 it was `"battery": "LOW"`."""
    word = members.get("battery")
    return None if not isinstance(word, str) or _untrusted(members) else word.upper() == "LOW"


def _untrusted(members: Members) -> bool:
    """Interlogix keyfobs tell no battery: the figure is always good."""
    return bool(members.get("subtype", members.get("device_type")) == "keyfob")
