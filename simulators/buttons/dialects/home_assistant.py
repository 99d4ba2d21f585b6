"""A button as Home Assistant's MQTT device triggers describe it: a topic of its own, and one word."""

from collections.abc import Iterator

from simulators.buttons.dialects.ecosystem import Ecosystem, Model, Moment, Sent


def _button_id(number: int) -> str:
    return f"store-{number:04}"


def _press(number: int, _: Moment) -> Iterator[Sent]:
    yield Sent(0.0, f"home/{_button_id(number)}/sos", "SOS")


ECOSYSTEM = Ecosystem("home_assistant", (Model("a button with a topic of its own", _button_id, _press),))
