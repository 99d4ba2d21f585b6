"""deCONZ, its websocket bridged to MQTT: a HEIMAN HS1RC sends one emergency four times in 26 seconds."""

from collections.abc import Iterator
from typing import Any

from simulators.buttons.dialects.ecosystem import Ecosystem, Model, Moment, Sent, as_json

_COPIES = (0.0, 8.011, 16.027, 26.116)  # issue 3138 of deconz-rest-plugin
_EMERGENCY = 3002


def _button_id(number: int) -> str:
    return f"deconz-{number}"


def _changed(number: int, after_s: float, **members: Any) -> Sent:
    told = {"t": "event", "e": "changed", "r": "sensors", "id": str(number), **members}
    return Sent(after_s, f"deconz/sensors/{number}", as_json(told))


def _press(number: int, moment: Moment) -> Iterator[Sent]:
    for after_s in _COPIES:
        at = moment.time(after_s).replace(tzinfo=None).isoformat(timespec="milliseconds")
        yield _changed(number, after_s, state={"buttonevent": _EMERGENCY, "lastupdated": at})


def _report(number: int, moment: Moment) -> Iterator[Sent]:
    yield _changed(number, 0.0, config={"battery": moment.battery_pct, "on": True, "reachable": True})


ECOSYSTEM = Ecosystem("deconz", (Model("HEIMAN HS1RC through deCONZ", _button_id, _press, _report),))
