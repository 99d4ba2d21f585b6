"""Tasmota: a button on a module, held until it is let go; a Zigbee bridge; an RF bridge."""

from collections.abc import Iterator
from typing import Any

from simulators.buttons.dialects.ecosystem import Ecosystem, Model, Moment, Sent, as_json

_ZIGBEE, _RADIO = "tasmota_zigbee", "tasmota_rf"
_HELD_S = (0.0, 1.05)  # the RF bridge drops the same code for one second; this key was held for longer
_FIRST_CODE = 0x7028D2


def _module(number: int) -> str:
    return f"tasmota_{number:06X}"


def _module_id(number: int) -> str:
    return f"{_module(number)}/1"


def _module_press(number: int, _: Moment) -> Iterator[Sent]:
    """With SetOption73 on: held, then let go."""
    for after_s, action in ((0.0, "HOLD"), (0.8, "CLEAR")):
        yield Sent(after_s, f"stat/{_module(number)}/RESULT", as_json({"Button1": {"Action": action}}))


def _module_report(number: int, moment: Moment) -> Iterator[Sent]:
    """Every `TelePeriod`."""
    wifi = {"AP": 1, "RSSI": 86, "Signal": moment.rssi()}
    told = {"Time": f"{moment.time():%Y-%m-%dT%H:%M:%S}", "UptimeSec": moment.frame * 300, "POWER": "OFF", "Wifi": wifi}
    yield Sent(0.0, f"tele/{_module(number)}/STATE", as_json(told))


def _module_appears(number: int, _: Moment) -> Iterator[Sent]:
    yield _will(_module(number), "Online")


def _will(device: str, word: str) -> Sent:
    return Sent(0.0, f"tele/{device}/LWT", word, 1, retain=True)


def _short_address(number: int) -> str:
    return f"0x{number:04X}"


def _zigbee(number: int, moment: Moment, **members: Any) -> Sent:
    device = {"Device": _short_address(number), **members, "Endpoint": 1, "LinkQuality": moment.link_quality()}
    return Sent(0.0, f"tele/{_ZIGBEE}/SENSOR", as_json({"ZbReceived": {_short_address(number): device}}))


def _zigbee_press(number: int, moment: Moment) -> Iterator[Sent]:
    """The emergency command of an IAS control panel."""
    yield _zigbee(number, moment, **{"0501!02": ""})


def _zigbee_report(number: int, moment: Moment) -> Iterator[Sent]:
    yield _zigbee(number, moment, BatteryVoltage=2.9, BatteryPercentage=moment.battery_pct)


def _code(number: int) -> str:
    return f"0x{_FIRST_CODE + 16 * number:06X}"


def _radio_press(number: int, moment: Moment) -> Iterator[Sent]:
    for after_s in _HELD_S:
        told = {"Data": _code(number), "Bits": 24, "Protocol": 1, "Pulse": 238}
        at = f"{moment.time(after_s):%Y-%m-%dT%H:%M:%S}"
        yield Sent(after_s, f"tele/{_RADIO}/RESULT", as_json({"Time": at, "RfReceived": told}))


ECOSYSTEM = Ecosystem(
    "tasmota",
    (
        Model("a button on a Tasmota module", _module_id, _module_press, _module_report, _module_appears),
        Model("a Zigbee emergency button through Tasmota", _short_address, _zigbee_press, _zigbee_report),
        Model("EV1527 remote through an RF bridge", _code, _radio_press),
    ),
    birth=(_will(_ZIGBEE, "Online"), _will(_RADIO, "Online")),
    will=_will(_ZIGBEE, "Offline"),
)
