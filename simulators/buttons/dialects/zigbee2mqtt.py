"""Zigbee2MQTT: the report, its empty echo, and the plain action for device triggers; some buttons press on for long."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from simulators.buttons.dialects.ecosystem import Ecosystem, Model, Moment, Sent, as_json

_PREFIX = "zigbee2mqtt"


@dataclass(frozen=True, slots=True)
class _Pattern:
    """How one press of an action button arrives; all in seconds.

    Attributes:
        action: its word.
        copies: when the device, or Zigbee2MQTT, sends it.
        echo_s: how long after each copy the action is emptied; None: it is not (2.x, without the legacy setting).
        trigger_s: how long after each copy the plain action follows.
    """

    action: str
    copies: tuple[float, ...] = (0.0,)
    echo_s: float | None = None
    trigger_s: float = 0.002


# issue 2797 of zigbee-herdsman-converters; issue 3138 of deconz-rest-plugin; 6330 and 32015 of zigbee2mqtt
_TUYA = _Pattern("emergency", echo_s=0.001)
_HEIMAN = _Pattern("emergency", (0.0, 8.011, 16.027, 26.116), echo_s=0.001)
_LIDL = _Pattern("pressed", (0.0, 2.0, 5.0), echo_s=0.005, trigger_s=0.006)
_SONOFF = _Pattern("single", (0.0, 0.12), trigger_s=0.003)


def _button_id(number: int) -> str:
    return f"0xa4c138ff{number:08x}"


def _report(number: int, moment: Moment, after_s: float, **members: Any) -> Sent:
    told = {**members, "battery": moment.battery_pct, "battery_low": False, "linkquality": moment.link_quality()}
    told["last_seen"] = moment.time(after_s).isoformat(timespec="seconds")
    return Sent(after_s, f"{_PREFIX}/{_button_id(number)}", as_json(told))


def _action(name: str, pattern: _Pattern) -> Model:
    def press(number: int, moment: Moment) -> Iterator[Sent]:
        for copy_s in pattern.copies:
            yield _report(number, moment, copy_s, action=pattern.action)
            if pattern.echo_s is not None:
                yield _report(number, moment, copy_s + pattern.echo_s, action="")
            yield Sent(copy_s + pattern.trigger_s, f"{_PREFIX}/{_button_id(number)}/action", pattern.action)

    return Model(name, _button_id, press, _lives, _available)


def _lives(number: int, moment: Moment) -> Iterator[Sent]:
    yield _report(number, moment, 0.0)


def _available(number: int, _: Moment) -> Iterator[Sent]:
    yield Sent(0.0, f"{_PREFIX}/{_button_id(number)}/availability", as_json({"state": "online"}), 1, retain=True)


def _latched_press(number: int, moment: Moment) -> Iterator[Sent]:
    """It stays pressed until it is put right; one that was pressed before is put right first."""
    if moment.press > 1:
        yield _report(number, moment, 0.0, sos=False, tamper=False)
    yield _report(number, moment, 0.3, sos=True, tamper=False)


def _latched_report(number: int, moment: Moment) -> Iterator[Sent]:
    """What it was last rides along: Zigbee2MQTT remembers it."""
    yield _report(number, moment, 0.0, sos=moment.press > 0, tamper=False)


ECOSYSTEM = Ecosystem(
    "zigbee2mqtt",
    (
        _action("Tuya TS0215A", _TUYA),
        _action("HEIMAN HS1RC", _HEIMAN),
        _action("Lidl HG06668", _LIDL),
        _action("SONOFF SNZB-01P", _SONOFF),
        Model("Feibit SEB01ZB", _button_id, _latched_press, _latched_report, _available),
    ),
    birth=(Sent(0.0, f"{_PREFIX}/bridge/state", as_json({"state": "online"}), 1, retain=True),),
    will=Sent(0.0, f"{_PREFIX}/bridge/state", as_json({"state": "offline"}), 1, retain=True),
)
