"""Home Buttons: one topic for each button and deed; availability and battery are kept."""

from collections.abc import Iterator

from simulators.buttons.dialects.ecosystem import Ecosystem, Model, Moment, Sent, as_json


def _device(number: int) -> str:
    return f"store-{number:04}"


def _button_id(number: int) -> str:
    return f"{_device(number)}/1"


def _press(number: int, _: Moment) -> Iterator[Sent]:
    yield Sent(0.0, f"homebuttons/{_device(number)}/button_1", "PRESS")


def _double_press(number: int, _: Moment) -> Iterator[Sent]:
    yield Sent(0.0, f"homebuttons/{_device(number)}/button_1_double", "PRESS")


def _report(number: int, moment: Moment) -> Iterator[Sent]:
    state = {"uptime": moment.frame * 600, "wifi_rssi": moment.rssi()}
    yield Sent(0.0, f"homebuttons/{_device(number)}/battery", str(moment.battery_pct), retain=True)
    yield Sent(0.0, f"homebuttons/{_device(number)}/system_state", as_json(state), retain=True)


def _appear(number: int, _: Moment) -> Iterator[Sent]:
    yield _available(number, "online")


def _available(number: int, word: str) -> Sent:
    return Sent(0.0, f"homebuttons/{_device(number)}/available", word, retain=True)


ECOSYSTEM = Ecosystem(
    "home_buttons",
    (
        Model("Home Buttons, pressed once", _button_id, _press, _report, _appear),
        Model("Home Buttons, pressed twice", _button_id, _double_press, _report, _appear),
    ),
    will=_available(1, "offline"),
)
