"""Shelly first generation: a button that wakes for each press, and an i3 that tells its last event again and again."""

from collections.abc import Iterator

from simulators.buttons.dialects.ecosystem import Ecosystem, Model, Moment, Sent, as_json

_PREFIX = "shellies"
_COUNTS = 2**16
_ASLEEP_S = 3.0


def _button(number: int) -> str:
    return f"shellybutton1-A4CF12{number:06X}"


def _button_press(number: int, moment: Moment) -> Iterator[Sent]:
    """It joins the WiFi, tells the press and its battery, and goes to sleep, which its will says for it."""
    above = f"{_PREFIX}/{_button(number)}"
    yield Sent(0.0, f"{above}/online", "true", retain=True)
    yield Sent(0.01, f"{_PREFIX}/announce", as_json({"id": _button(number), "model": "SHBTN-1", "new_fw": False}))
    yield Sent(0.05, f"{above}/input_event/0", _event(moment))
    yield Sent(0.06, f"{above}/sensor/battery", str(moment.battery_pct))
    yield Sent(_ASLEEP_S, f"{above}/online", "false", retain=True)


def _inputs(number: int) -> str:
    return f"shellyix3-84CCA8{number:06X}"


def _input_id(number: int) -> str:
    return f"{_inputs(number)}/input:0"


def _input_press(number: int, moment: Moment) -> Iterator[Sent]:
    yield Sent(0.0, f"{_PREFIX}/{_inputs(number)}/input/0", "1")
    yield Sent(0.2, f"{_PREFIX}/{_inputs(number)}/input/0", "0")
    yield Sent(0.5, f"{_PREFIX}/{_inputs(number)}/input_event/0", _event(moment))


def _input_report(number: int, moment: Moment) -> Iterator[Sent]:
    """Every `mqtt_update_period` it says all that it knows, its last event as well."""
    yield Sent(0.0, f"{_PREFIX}/{_inputs(number)}/input/0", "0")
    yield Sent(0.0, f"{_PREFIX}/{_inputs(number)}/input_event/0", _event(moment))
    yield Sent(0.01, f"{_PREFIX}/{_inputs(number)}/info", as_json({"uptime": moment.frame, "has_update": False}))


def _input_appears(number: int, _: Moment) -> Iterator[Sent]:
    yield Sent(0.0, f"{_PREFIX}/{_inputs(number)}/online", "true", retain=True)


def _event(moment: Moment) -> str:
    if moment.press == 0:
        return as_json({"event": "", "event_cnt": 0})
    return as_json({"event": "S", "event_cnt": moment.press % _COUNTS})


ECOSYSTEM = Ecosystem(
    "shelly1",
    (
        Model("Shelly Button1", _button, _button_press),
        Model("Shelly i3", _input_id, _input_press, _input_report, _input_appears),
    ),
)
