"""What a button or gateway sends, once it is understood."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

ID_PATTERN = r"^[A-Za-z0-9_.:-]{1,64}$"
MAX_PAYLOAD_BYTES = 8 * 1024

PressKind = Literal["panic", "test", "cancel", "canary"]
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


def is_id(text: str) -> bool:
    """Whether the text may be the id of a button, gateway or press."""
    return _ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Health:
    """What a signal tells of its device's condition; None where it says nothing.

    `battery_pct` is 0 to 100, `rssi_dbm` in dBm; what native buttons do not tell: `battery_v` in volts, `link_quality`
    0 to 255.
    """

    battery_pct: int | None = None
    rssi_dbm: int | None = None
    tamper: bool | None = None
    firmware: str | None = None
    gateway_id: str | None = None
    battery_v: float | None = None
    battery_low: bool | None = None
    link_quality: int | None = None


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody pressed a button.

    Attributes:
        wire_id: the button's id as it spells it; receipts go to that spelling.
        press_id: the button's own id of this press; None where it gave none.
        pressed_at: by the button's clock, with an offset; None where it has no plausible clock.
        counter: rises with each press of this button, where it has one.
        faults: members that were wrong and left out. A bad field costs that field, never the press.
    """

    wire_id: str
    press_id: str | None = None
    kind: PressKind = "panic"
    pressed_at: datetime | None = None
    counter: int | None = None
    health: Health = field(default_factory=Health)
    faults: tuple[str, ...] = ()

    @property
    def button_id(self) -> str:
        """The id that the registry knows: ids match without regard to case."""
        return self.wire_id.lower()


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A button says that it is there, and how it is."""

    wire_id: str
    health: Health = field(default_factory=Health)

    @property
    def button_id(self) -> str:
        """The id that the registry knows."""
        return self.wire_id.lower()


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A bridge says that it cannot reach a button any more."""

    wire_id: str

    @property
    def button_id(self) -> str:
        """The id that the registry knows."""
        return self.wire_id.lower()


@dataclass(frozen=True, slots=True)
class Status:
    """A gateway says that it is there, or its broker says that it is gone."""

    gateway_id: str
    state: Literal["online", "offline"]


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing to do with a press, and known to be so."""

    reason: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """Cannot be understood or trusted: goes to the quarantine.

    Attributes:
        reason: a fixed word, for counting: `payload_too_large`, `not_json`, ...
        detail: a sentence for the human who looks at it.
        wire_id: the button's id, where the topic still told it: it gets a receipt.
        press_id: the press's id, where the payload still told it.
    """

    reason: str
    detail: str
    wire_id: str | None = None
    press_id: str | None = None


Signal: TypeAlias = Press | Heartbeat | Status | Ignored | Rejected


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came: the input of every dialect.

    Attributes:
        qos: with which it was delivered. One of 0 was sent just now: brokers keep none for who was away.
        broker: host and port that it came from; empty where it did not come from one.
    """

    topic: str
    payload: bytes
    retain: bool = False
    qos: int = 0
    broker: str = ""


Publish: TypeAlias = Callable[[str, dict[str, object]], None]
"""Sends JSON to a topic of the broker that a message came from, with QoS 1, without waiting."""
