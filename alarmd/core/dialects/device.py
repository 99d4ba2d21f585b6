"""What a button bought in a shop, or the bridge before it, tells: the same few fields for every ecosystem."""

import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal, TypeAlias

from alarmd.core.signal import Rejected

Kind = Literal["press", "test", "tamper", "offline", "battery", "heartbeat", "ignore"]
Scope = Literal["button", "bridge", "gateway", "receiver"]
Bits = Literal[8, 16, 32]

MAX_PAYLOAD_BYTES: Final = 64 * 1024  # an uplink that forty LoRaWAN gateways heard has 20 KiB
MAX_ID_LENGTH: Final = 128
URGENCY: Final[tuple[Kind, ...]] = ("press", "test", "tamper", "offline", "battery", "heartbeat", "ignore")


def is_device_id(text: str) -> bool:
    """Whether the text may be the id of a device: Zigbee2MQTT lets people write names with slashes, spaces, Hangul."""
    return 0 < len(text) <= MAX_ID_LENGTH and text.isprintable() and not text.isspace()


def spelled(text: str) -> str:
    """An id in the one spelling of its syllables (NFC): macOS writes 가 as two characters."""
    return unicodedata.normalize("NFC", text)


def registered(text: str) -> str:
    """The id that the registry knows: ids match without regard to case, and to how syllables are composed."""
    return spelled(text).lower()


@dataclass(frozen=True, slots=True)
class Counter:
    """A number that tells one press from the next.

    Attributes:
        value: as the device said it.
        bits: how wide it is: after `2**bits - 1` it begins again at 0.
        session: within which the numbers count up (a LoRaWAN address); None where the device tells none.
    """

    value: int
    bits: Bits
    session: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """The press is a state that lasts, and not a moment: only its edges are news.

    Attributes:
        value: what is compared with the last one heard; `""` when nothing is pressed.
        rides: whether it comes along with every later report (an `sos: true` in a battery report). Where it does not,
            the device sends it when it changes, and once more when its bridge has come back.
    """

    value: str
    rides: bool

    @property
    def on(self) -> bool:
        """Whether something is pressed."""
        return bool(self.value)


@dataclass(frozen=True, slots=True)
class Condition:
    """How the device is; None where the message does not say.

    `battery_pct` is 0 to 100, `battery_v` in volts, `link_quality` 0 to 255, `rssi_dbm` in dBm.
    """

    battery_pct: float | None = None
    battery_v: float | None = None
    battery_low: bool | None = None
    link_quality: int | None = None
    rssi_dbm: int | None = None
    tamper: bool | None = None

    @property
    def tells_battery(self) -> bool:
        """Whether it says anything of the battery that somebody should know: a state in percent, or that it is low."""
        return self.battery_pct is not None or self.battery_low is True


@dataclass(frozen=True, slots=True)
class Reading:
    """What one message says of one device.

    Attributes:
        dialect: of which ecosystem it is.
        button_id: as the ecosystem spells it; None where the message is of no single button.
        kinds: all that it is by default, the most urgent first. A profile in the registry may see its event otherwise.
        event: the device's own word for what was done to it (`single`, `long`, `sos`, ...); None where nothing was.
        endpoint: which of several buttons of the device (`left`, `2`).
        alias: another id of the same device, where the message told it (IEEE address and friendly name).
        at: when, by a clock of the sender that can be believed.
        gateway_id: what it came through.
        state: where the press is a state that lasts.
        restarts: the device began anew: its counters may start again.
        connects: it has come to the broker just now, and so what it tells next may be what it told before.
        broadcast: radio that everybody in reach sends and hears: it may be a passer-by's.
        retained: the broker kept it and sends it again on subscribing: old by nature, no sign of life.
        scope: of what it tells: a button, or the bridge, gateway or receiver that others depend on.
        faults: members that were wrong and left out. A bad field costs that field, never the press.
        reason: why it is ignored: a fixed word, for counting.
    """

    dialect: str
    button_id: str | None
    kinds: tuple[Kind, ...]
    event: str | None = None
    endpoint: str | None = None
    model: str | None = None
    alias: str | None = None
    counter: Counter | None = None
    condition: Condition = field(default_factory=Condition)
    at: datetime | None = None
    gateway_id: str | None = None
    state: State | None = None
    restarts: bool = False
    connects: bool = False
    broadcast: bool = False
    retained: bool = False
    scope: Scope = "button"
    faults: tuple[str, ...] = ()
    reason: str | None = None

    @property
    def kind(self) -> Kind:
        """The most urgent thing that it says."""
        return self.kinds[0]

    @property
    def sign_of_life(self) -> bool:
        """Whether the device itself was heard just now."""
        return self.button_id is not None and not self.retained and "offline" not in self.kinds


@dataclass(frozen=True, slots=True)
class Component:
    """What a part of a Shelly gateway stands for; only its configuration tells.

    Attributes:
        address: the Bluetooth address of the device.
        object_id: which BTHome figure a sensor shows (1 is the battery in percent); None for the device itself.
    """

    address: str
    object_id: int | None = None


Decoded: TypeAlias = tuple[Reading, ...] | Rejected


def ignored(dialect: str, reason: str, button_id: str | None = None, scope: Scope = "button") -> tuple[Reading, ...]:
    """A message with nothing in it for us, and known to be so."""
    return (Reading(dialect, button_id, ("ignore",), reason=reason, scope=scope),)


def stale(reading: Reading) -> Reading:
    """The reading as the broker kept it: a press that was kept is over, and opens nothing."""
    kept = replace(reading, retained=True)
    return without_press(kept, "retained") if kept.kind in {"press", "test"} else kept


def without_press(reading: Reading, reason: str) -> Reading:
    """What is left of a reading when its press is no news: its event and condition stay, for the record."""
    rest = tuple(kind for kind in reading.kinds if kind not in {"press", "test"})
    if reason == "retained" or not rest:
        return replace(reading, kinds=("ignore",), reason=reason)
    return replace(reading, kinds=rest, reason=reason)


def most_urgent(kinds: set[Kind]) -> tuple[Kind, ...]:
    """The kinds in order of urgency; to be ignored is something only when it is nothing else."""
    return tuple(kind for kind in URGENCY if kind in kinds and (kind != "ignore" or len(kinds) == 1))
