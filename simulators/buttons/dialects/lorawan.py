"""LoRaWAN buttons: the frames that they send and what codecs make of them, for whichever network server."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulators.buttons.dialects.ecosystem import Moment


@dataclass(frozen=True, slots=True)
class Uplink:
    """A frame: its port, its bytes, and what the codec on the server makes of them; None without one."""

    port: int
    frame: bytes
    decoded: dict[str, Any] | None

    @property
    def data(self) -> str:
        """The bytes in base64."""
        return base64.b64encode(self.frame).decode()


@dataclass(frozen=True, slots=True)
class Device:
    """A product.

    Attributes:
        name: of the product, as the server's profile calls it.
        maker: with what its DevEUI begins, in hex.
        press: the uplink of a press.
        report: the uplink by which it says that it lives.
    """

    name: str
    maker: str
    press: Callable[[Moment], Uplink]
    report: Callable[[Moment], Uplink]

    def eui(self, number: int) -> str:
        """Its DevEUI, in hex."""
        return self.maker + f"{number:0{16 - len(self.maker)}x}"


def _ws101_press(moment: Moment) -> Uplink:
    """`msgid` is drawn anew by each run of the codec."""
    told = {"battery": moment.battery_pct}
    pressed = {"status": "short press", "msgid": int(moment.chance.random() * 1e6)}
    return Uplink(85, bytes((0x01, 0x75, moment.battery_pct, 0xFF, 0x2E, 0x01)), {**told, "button_event": pressed})


def _ws101_report(moment: Moment) -> Uplink:
    return Uplink(85, bytes((0x01, 0x75, moment.battery_pct)), {"battery": moment.battery_pct})


def _without_codec(uplink: Callable[[Moment], Uplink]) -> Callable[[Moment], Uplink]:
    def raw(moment: Moment) -> Uplink:
        told = uplink(moment)
        return Uplink(told.port, told.frame, None)

    return raw


def _r312a(moment: Moment, *, pressed: bool) -> Uplink:
    del moment  # it tells volts, which stay the same for years
    frame = bytes((0x01, 0x4D, 0x01, 0x1E, int(pressed))) + bytes(6)
    return Uplink(6, frame, {"Device": "R312A", "Volt": 3, "Alarm": int(pressed)})


def _tbpb100(moment: Moment, *, pressed: bool) -> Uplink:
    minutes = min(moment.frame, 0xFFFF)
    frame = bytes((int(pressed), 0xFE, 0x37)) + minutes.to_bytes(2, "little") + bytes(3)
    return Uplink(147, frame, {"status": int(pressed), "battery": 3.9, "temperatureBoard": 23})


def _abeeway(moment: Moment, *, pressed: bool) -> Uplink:
    """Its flag rides along with every position until somebody ends the alarm."""
    frame = bytes((0x03, 0x10 if pressed else 0x00, 0xC1, 0x89)) + bytes(9)
    told = {"messageType": "POSITION_MESSAGE", "batteryLevel": 193, "sosFlag": int(pressed), "age": moment.frame % 8}
    return Uplink(18, frame, told)


WS101 = Device("WS101", "24e124535b", _ws101_press, _ws101_report)
WS101_WITHOUT_CODEC = Device("WS101-raw", "24e124535c", _without_codec(_ws101_press), _without_codec(_ws101_report))
R312A = Device("R312A", "00137a10", lambda now: _r312a(now, pressed=True), lambda now: _r312a(now, pressed=False))
TBPB100 = Device(
    "TBPB100", "58a0cb00", lambda now: _tbpb100(now, pressed=True), lambda now: _tbpb100(now, pressed=False)
)
ABEEWAY = Device(
    "Micro Tracker",
    "20635f00",
    lambda now: _abeeway(now, pressed=True),
    lambda now: _abeeway(now, pressed=now.press > 0),
)


def ended(moment: Moment) -> Uplink:
    """What an Abeeway tracker sends when somebody has ended its alarm."""
    return _abeeway(moment, pressed=False)
