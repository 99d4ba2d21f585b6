"""What a bridge sends when somebody presses a bought button: messages, their pauses, QoS and retain flags."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

QoS = Literal[0, 1, 2]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of a bridge, `after_s` seconds after the button was pressed or its report was due."""

    after_s: float
    topic: str
    payload: str
    qos: QoS = 0
    retain: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """What differs from one thing that a button does to the next.

    Attributes:
        at: when, in seconds since the epoch.
        press: how many times the button was pressed by then, this press included.
        frame: how many things it had told before: frame counters count these.
        battery_pct: the state of its battery.
        chance: for link qualities and random ids, which differ even between copies of one message.
    """

    at: float
    press: int
    frame: int
    battery_pct: int
    chance: random.Random

    def time(self, after_s: float = 0.0) -> datetime:
        """The moment, and so many seconds later, in UTC."""
        return datetime.fromtimestamp(self.at + after_s, UTC)

    def rssi(self) -> int:
        """The strength of a signal in dBm."""
        return -95 + int(self.chance.random() * 51)

    def link_quality(self) -> int:
        """A link quality, 0 to 255."""
        return 20 + int(self.chance.random() * 200)

    def token(self, digits: int = 32) -> str:
        """A random id in hex."""
        return f"{int(self.chance.random() * 16**digits):0{digits}x}"


Deed = Callable[[int, Moment], Iterator[Sent]]
"""From the number of a button, beginning with 1, and a moment to what the bridge sends."""


def silent(_: int, __: Moment) -> Iterator[Sent]:
    """Of a button that tells nothing but its presses."""
    return iter(())


@dataclass(frozen=True, slots=True)
class Model:
    """A button that one can buy.

    Attributes:
        name: of the product.
        button_id: from its number to the id that alarmd gives it.
        press: what its bridge sends when it is pressed once.
        report: what it sends from time to time, to say that it lives.
        appear: what it sends when the bridge has come to the broker.
    """

    name: str
    button_id: Callable[[int], str]
    press: Deed
    report: Deed = silent
    appear: Deed = silent


@dataclass(frozen=True, slots=True)
class Ecosystem:
    """One way in which buttons come to MQTT.

    Attributes:
        name: what `--dialect` calls it.
        models: the buttons; the first button is of the first model, the next of the next, and round again.
        birth: what the bridge says when it has connected.
        will: what the broker is to say when the bridge is gone.
    """

    name: str
    models: Sequence[Model]
    birth: Sequence[Sent] = ()
    will: Sent | None = None

    def model(self, number: int) -> Model:
        """The model of the button of that number."""
        return self.models[(number - 1) % len(self.models)]


def as_json(document: Any) -> str:
    """JSON as most bridges write it."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
