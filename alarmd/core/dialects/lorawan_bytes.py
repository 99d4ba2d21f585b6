"""The frames of LoRaWAN buttons byte by byte, for servers without a codec; each is known by its port and its shape."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from alarmd.core.dialects.device import State
from alarmd.core.dialects.lorawan import Said

Codec = Callable[[bytes], Said | None]

_MILESIGHT_PRESSES: Final = {1: "short", 2: "long", 3: "double"}
_MILESIGHT_LENGTHS: Final = {  # of what follows a channel and type that carry no news for us
    (0xFF, 0x01): 1, (0xFF, 0x09): 2, (0xFF, 0x0A): 2, (0xFF, 0xFF): 2, (0xFF, 0x08): 6, (0xFF, 0x16): 8,
    (0xFF, 0x0F): 1, (0xFF, 0xFE): 1, (0xFF, 0x0B): 1, (0xFF, 0x03): 2, (0xFF, 0x10): 1, (0xFF, 0x28): 1,
    (0xFF, 0x2F): 1, (0xFF, 0x3E): 1, (0xFF, 0x74): 1,
}  # fmt: skip
_NETVOX_EVENTS: Final = {0x10: "alarm", 0x31: "alarm", 0x4D: "alarm", 0x55: "doorbell"}
_NETVOX_MODELS: Final = {0x10: "RB02I", 0x31: "R718T", 0x4D: "R312A", 0x55: "R312"}
_NETVOX_LENGTH: Final = 11
_ABEEWAY_TYPES: Final = {0x00, 0x03, 0x04, 0x05, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0E, 0x0F}
_AN301_LENGTHS: Final = {0x01: 1, 0x03: 1, 0x04: 2, 0x05: 1, 0x14: 1, 0x77: 1, 0x7D: 1}
_RADIO_BRIDGE_BUTTONS: Final = {0x01: "1", 0x02: "2", 0x12: "both"}
_TEKTELIC_LENGTHS: Final = {
    b"\x00\xd3": 1, b"\x00\xbd": 2, b"\x00\x85": 4, b"\x00\x88": 8, b"\x00\x92": 1, b"\x00\x00": 1,
    b"\x00\x95": 1, b"\x01\x95": 1, b"\x02\x95": 1, b"\x00\x73": 2, b"\x00\x74": 2, b"\x00\x71": 6,
    b"\x00\x67": 2,
}  # fmt: skip
_FULL_PERCENT: Final = 100


def read(port: int | None, frame: bytes, device_eui: str, model: str) -> Said | None:
    """What a frame says; None where nobody here knows its shape.

    Args:
        port: the FPort.
        frame: the payload, decrypted.
        device_eui: in hex; its first half tells the maker.
        model: what the network server calls the device or its profile, or an empty text.
    """
    if not frame:
        return None
    codec = _BY_PORT.get(port or 0) or _by_maker(port, device_eui.lower(), model.lower())
    return codec(frame) if codec else None


def _milesight(frame: bytes) -> Said | None:
    """WS101 (`ff 2e`), WS136 and WS156 (`ff 34`), battery `01 75`: channel, type, value, one after another."""
    said, known, at = Said(), False, 0
    while at + 1 < len(frame):
        channel, rest = (frame[at], frame[at + 1]), frame[at + 2 :]
        if channel == (0x01, 0x75) and rest:
            battery = float(rest[0]) if rest[0] <= _FULL_PERCENT else None
            said, at = replace(said, battery_pct=battery), at + 3
        elif channel == (0xFF, 0x2E):  # cut off or unlisted it is still a press
            code = rest[0] if rest else 0
            said, at = replace(said, event=_MILESIGHT_PRESSES.get(code, "unknown"), model="WS101"), at + 3
        elif channel == (0xFF, 0x34):
            said, at = replace(said, event="trigger", endpoint=str(rest[0]) if rest else None), at + 5
        elif channel in _MILESIGHT_LENGTHS:
            at += 2 + _MILESIGHT_LENGTHS[channel]
        else:
            break
        known = True
    return said if known else None


def _browan(frame: bytes) -> Said | None:
    """TBPB100: bit 0 of the first byte is the button, the second the battery's voltage."""
    if len(frame) < 3:  # noqa: PLR2004 (status, battery, temperature)
        return None
    volts = (25 + (frame[1] & 0x0F)) / 10
    return Said(event="pressed" if frame[0] & 0x01 else None, battery_v=volts, model="TBPB100")


def _netvox(frame: bytes) -> Said | None:
    """R312A, RB02I, R718T, R312: version, device, report type, voltage with a low mark in bit 7, alarm."""
    if len(frame) != _NETVOX_LENGTH or frame[0] != 0x01 or frame[1] not in _NETVOX_EVENTS:
        return None
    model = _NETVOX_MODELS[frame[1]]
    if frame[2] != 0x01:
        return Said(model=model)
    event = _NETVOX_EVENTS[frame[1]] if frame[4] else None
    low = True if frame[3] & 0x80 else None
    return Said(event=event, battery_v=(frame[3] & 0x7F) / 10, battery_low=low, model=model)


def _abeeway(frame: bytes) -> Said | None:
    """Asset trackers 1 and 2: bit 4 of the second byte is SOS, and rides along until it is ended."""
    if len(frame) < 4 or frame[0] not in _ABEEWAY_TYPES:  # noqa: PLR2004 (the common header)
        return None
    return _latched("sos", on=bool(frame[1] & 0x10))


def _abeeway3(frame: bytes) -> Said | None:
    """Asset trackers 3: bit 6 of the first byte is SOS, the second byte the battery in percent, 0 is charging."""
    if len(frame) < 4:  # noqa: PLR2004 (the common header)
        return None
    battery = float(frame[1]) if 0 < frame[1] <= _FULL_PERCENT else None
    return replace(_latched("sos", on=bool(frame[0] & 0x40)), battery_pct=battery)


def _an301(frame: bytes) -> Said | None:
    """AN301: a zero, then type and value one after another; it ends at a type that nobody knows, or a value cut off."""
    if frame[0] != 0x00:
        return None
    said, at = Said(model="AN301"), 1
    while at < len(frame) and frame[at] in _AN301_LENGTHS:
        kind, end = frame[at], at + 1 + _AN301_LENGTHS[frame[at]]
        value = int.from_bytes(frame[at + 1 : end])
        at = end
        if at > len(frame):
            break
        match kind:
            case 0x04:
                said = replace(said, battery_v=value / 1000)
            case 0x05 | 0x7D:
                said = replace(said, battery_low=value == 1)
            case 0x03 | 0x77:
                said = replace(said, tamper=bool(said.tamper) or value == 1)
            case 0x14 if value == 1:
                said = replace(said, event="sos")
    return said


def _dragino(frame: bytes, at: int) -> Said | None:
    """LGT-92 and TrackerD: bit 6 of a byte is the alarm until it is ended, the 14 bits after it are millivolts."""
    if len(frame) < at + 2:
        return None
    volts = ((frame[at] & 0x3F) << 8 | frame[at + 1]) / 1000
    return replace(_latched("alarm", on=bool(frame[at] & 0x40)), battery_v=volts)


def _mclimate(frame: bytes) -> Said | None:
    """MClimate button: `01`, voltage, temperature, and how often it was pressed."""
    if len(frame) != 5 or frame[0] != 0x01:  # noqa: PLR2004 (its only report)
        return None
    volts = round((frame[1] * 8 + 1600) / 1000, 2)
    return Said(event=str(frame[4]) if frame[4] else None, battery_v=volts)


def _sensecap(frame: bytes) -> Said | None:
    """SenseCAP T1000: types 6 to 11 have three bytes of events behind the type, 17 one byte later."""
    begin = {0x11: 2}.get(frame[0], 1 if 0x06 <= frame[0] <= 0x0B else 0)  # noqa: PLR2004 (see above)
    if not begin or len(frame) < begin + 3:
        return None
    events = int.from_bytes(frame[begin : begin + 3])
    event = "sos" if events & 0x40 else "press_once" if events & 0x80 else None
    return Said(event=event, model="T1000")


def _radio_bridge(frame: bytes) -> Said | None:
    """RBS305: the second byte says what it is: 06 a button (which, and 0 pressed, 1 released, 2 held), 02 the lid."""
    if len(frame) < 3:  # noqa: PLR2004 (counter, event, and its value)
        return None
    match frame[1]:
        case 0x06:
            deed = {0: "pressed", 1: None, 2: "held"}.get(frame[3] if len(frame) > 3 else 0, "unknown")  # noqa: PLR2004
            return Said(event=deed, endpoint=_RADIO_BRIDGE_BUTTONS.get(frame[2]))
        case 0x02:
            return Said(tamper=frame[2] == 0)
        case 0x01:
            volts = (frame[4] >> 4) + (frame[4] & 0x0F) / 10 if len(frame) > 4 else None  # noqa: PLR2004
            return Said(battery_v=volts, battery_low=bool(frame[2] & 0x02), tamper=bool(frame[2] & 0x08))
    return Said()


def _tektelic(frame: bytes) -> Said | None:
    """SEAL: channel, type, value one after another; bit 0 of `02 95` is the emergency button until it is ended."""
    said, at = Said(model="SEAL"), 0
    while at + 2 < len(frame) and frame[at : at + 2] in _TEKTELIC_LENGTHS:
        channel, value = frame[at : at + 2], frame[at + 2]
        at += 2 + _TEKTELIC_LENGTHS[channel]
        if channel == b"\x02\x95":
            said = said.filled(_latched("emergency", on=bool(value & 0x01)))
        elif channel == b"\x00\xd3" and value <= _FULL_PERCENT:
            said = replace(said, battery_pct=float(value))
    return said if at else None


def _latched(word: str, *, on: bool) -> Said:
    return Said(event=word if on else None, state=State(word if on else "", rides=True))


def _by_maker(port: int | None, device_eui: str, model: str) -> Codec | None:
    for begin, name, ports, codec in _MAKERS:
        if port in ports and (device_eui.startswith(begin) or any(word in model for word in name)):
            return codec
    return None


_BY_PORT: Final[dict[int, Codec]] = {
    6: _netvox,
    18: _abeeway,
    19: _abeeway3,
    85: _milesight,
    147: _browan,
    210: _an301,
}
_MAKERS: Final[tuple[tuple[str, tuple[str, ...], tuple[int, ...], Codec], ...]] = (
    ("a84041", ("lgt92", "lgt-92", "trackerd"), (2, 3), partial(_dragino, at=8)),  # behind two coordinates
    ("a84041", ("trackerd",), (7,), partial(_dragino, at=0)),
    ("a84041", ("trackerd",), (8,), partial(_dragino, at=7)),  # behind a WiFi network
    ("a84041", ("trackerd",), (6,), partial(_dragino, at=24)),  # behind a beacon
    ("70b3d52dd", ("mclimate", "mc-button", "mc button"), (2,), _mclimate),
    ("2cf7f1", ("t1000", "sensecap"), (5,), _sensecap),
    ("647fda", ("tektelic", "seal"), (10,), _tektelic),
    ("7894e8", ("rbs305", "radio bridge", "radio-bridge"), tuple(range(1, 224)), _radio_bridge),
)
