"""ESPHome: a contact that is on, then off; its states are kept by the broker, as ESPHome does by default."""

from collections.abc import Iterator

from simulators.buttons.dialects.ecosystem import Ecosystem, Model, Moment, Sent

_HELD_S = 0.35


def _node(number: int) -> str:
    return f"store-{number:04}"


def _contact_id(number: int) -> str:
    return f"{_node(number)}/panic"


def _press(number: int, _: Moment) -> Iterator[Sent]:
    yield _state(number, "binary_sensor/panic", "ON", 0.0)
    yield _state(number, "binary_sensor/panic", "OFF", _HELD_S)


def _report(number: int, moment: Moment) -> Iterator[Sent]:
    yield _state(number, "sensor/panic_battery", f"{moment.battery_pct:.1f}")
    yield _state(number, "sensor/wifi_signal", str(moment.rssi()))


def _appear(number: int, _: Moment) -> Iterator[Sent]:
    """Its birth, and then every state as it is."""
    yield Sent(0.0, f"{_node(number)}/status", "online", retain=True)
    yield _state(number, "binary_sensor/panic", "OFF")


def _state(number: int, name: str, value: str, after_s: float = 0.0) -> Sent:
    return Sent(after_s, f"{_node(number)}/{name}/state", value, retain=True)


def _multi_id(number: int) -> str:
    return f"{_node(number)}/button"


def _multi_press(number: int, _: Moment) -> Iterator[Sent]:
    """A text sensor that names what was done; ESPHome publishes an event under the name of its type."""
    yield Sent(0.0, f"{_node(number)}/event/button/state", "double")


ECOSYSTEM = Ecosystem(
    "esphome",
    (
        Model("a contact on an ESPHome node", _contact_id, _press, _report, _appear),
        Model("an event of an ESPHome node", _multi_id, _multi_press, _report, _appear),
    ),
    will=Sent(0.0, f"{_node(1)}/status", "offline", retain=True),
)
