"""OpenMQTTGateway: bare codes of remotes, what its rtl_433 decodes, Bluetooth buttons; once in three seconds each."""

from collections.abc import Iterator

from simulators.buttons.dialects import rtl_433
from simulators.buttons.dialects.ecosystem import Ecosystem, Model, Moment, Sent, as_json

_GATEWAY = "home/OpenMQTTGateway"
_HELD_S = (0.0, 3.05)  # it drops the same code for three seconds; this key was held for longer
_FIRST_CODE = 7350482
_COUNTS = 2**8


def _code(number: int) -> str:
    return str(_FIRST_CODE + 16 * number)


def _remote_press(number: int, moment: Moment) -> Iterator[Sent]:
    for after_s in _HELD_S:
        told = {"value": int(_code(number)), "protocol": 1, "length": 24, "delay": 238, "rssi": moment.rssi()}
        yield Sent(after_s, f"{_GATEWAY}/433toMQTT", as_json(told))


def _pendant_press(number: int, moment: Moment) -> Iterator[Sent]:
    told = {**rtl_433.pendant(number, pressed=True), "rssi": moment.rssi()}
    for after_s in _HELD_S:
        yield Sent(after_s, _pendant_topic(number), as_json(told))


def _pendant_report(number: int, moment: Moment) -> Iterator[Sent]:
    told = {**rtl_433.pendant(number, pressed=False), "rssi": moment.rssi()}
    yield Sent(0.0, _pendant_topic(number), as_json(told))


def _pendant_topic(number: int) -> str:
    return f"{_GATEWAY}/RTL_433toMQTT/Interlogix-Security/panic/{rtl_433.pendant_id(number)}"


def _address(number: int) -> str:
    return f"A4:C1:38:00:{number // 256:02X}:{number % 256:02X}"


def _bluetooth(number: int, moment: Moment, button: int) -> Iterator[Sent]:
    """An advertisement comes several times; the packet tells that it is the same."""
    for after_s in (0.0, 0.3, 0.6):
        told = {"id": _address(number), "name": "SBBT-002C", "rssi": moment.rssi(), "batt": moment.battery_pct}
        told |= {"packet": moment.frame % _COUNTS, "button": button}
        yield Sent(after_s, f"{_GATEWAY}/BTtoMQTT/{_address(number).replace(':', '')}", as_json(told))


def _bluetooth_press(number: int, moment: Moment) -> Iterator[Sent]:
    yield from _bluetooth(number, moment, 1)


def _bluetooth_report(number: int, moment: Moment) -> Iterator[Sent]:
    yield from _bluetooth(number, moment, 0)


ECOSYSTEM = Ecosystem(
    "openmqttgateway",
    (
        Model("EV1527 remote", _code, _remote_press),
        Model("Interlogix panic pendant", rtl_433.pendant_id, _pendant_press, _pendant_report),
        Model("Shelly BLU Button1", _address, _bluetooth_press, _bluetooth_report),
    ),
    birth=(rtl_433.availability(f"{_GATEWAY}/LWT", "online"),),
    will=rtl_433.availability(f"{_GATEWAY}/LWT", "offline"),
)
