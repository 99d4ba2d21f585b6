"""Homie 5: a button node whose presses are no state, so that they are not kept; all else is kept, with QoS 2."""

from collections.abc import Iterator

from simulators.buttons.dialects.ecosystem import Ecosystem, Model, Moment, Sent


def _device(number: int) -> str:
    return f"store-{number:04}"


def _button_id(number: int) -> str:
    return f"{_device(number)}/panic"


def _press(number: int, _: Moment) -> Iterator[Sent]:
    yield Sent(0.0, f"homie/5/{_button_id(number)}/button", "pressed")


def _report(number: int, moment: Moment) -> Iterator[Sent]:
    yield Sent(0.0, f"homie/5/{_button_id(number)}/battery", str(moment.battery_pct), 2, retain=True)


def _appear(number: int, _: Moment) -> Iterator[Sent]:
    yield _state(number, "init", 0.0)
    yield _state(number, "ready", 0.1)


def _state(number: int, word: str, after_s: float) -> Sent:
    return Sent(after_s, f"homie/5/{_device(number)}/$state", word, 2, retain=True)


ECOSYSTEM = Ecosystem(
    "homie",
    (Model("a button of a Homie device", _button_id, _press, _report, _appear),),
    will=_state(1, "lost", 0.0),
)
