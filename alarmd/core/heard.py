"""What the messages of a bought button come to: a press, and what there is to know of its health."""

import hashlib
from collections.abc import Iterator

from alarmd.core.dialects.device import Condition, Reading, registered, spelled
from alarmd.core.dialects.repeats import Heard
from alarmd.core.profile import Meaning
from alarmd.core.signal import Health, Heartbeat, Press, PressKind, Status, Unreachable


def tells(reading: Reading) -> bool:
    """Whether it may be a press, or matters for what is one later: it is judged from what is remembered."""
    if reading.button_id is None or reading.retained:
        return False
    deed = {"press", "test"} & set(reading.kinds)
    return bool(deed) or reading.event is not None or reading.state is not None or reading.restarts


def is_stale_press(reading: Reading) -> bool:
    """Whether it is a press that the broker had kept: over, but somebody should know of it."""
    return reading.retained and reading.reason == "retained"


def is_node(reading: Reading) -> bool:
    """Whether it only tells that what others depend on is there or gone: a bridge, a gateway, an ESPHome node."""
    if reading.scope != "button":
        return True
    return reading.button_id is not None and reading.button_id == reading.gateway_id and reading.event is None


def is_alive(reading: Reading) -> bool:
    """Whether a device that may be a button was heard just now, and said something of itself."""
    if reading.scope != "button" or is_node(reading) or not reading.sign_of_life:
        return False
    told = reading.event is not None or reading.state is not None or reading.condition != Condition()
    return told or reading.kinds != ("ignore",)


def vitals(reading: Reading) -> Iterator[Heartbeat | Status | Unreachable]:
    """What a reading tells of the health of its button, and of what the button depends on.

    What the broker kept is no sign of life; that something is gone is true until it is heard.
    """
    gone = "offline" in reading.kinds
    if is_node(reading):
        if reading.gateway_id and (gone or ("heartbeat" in reading.kinds and not reading.retained)):
            yield Status(registered(reading.gateway_id), "offline" if gone else "online")
    elif gone and reading.button_id is not None:
        yield Unreachable(spelled(reading.button_id))
    elif is_alive(reading):
        yield Heartbeat(spelled(reading.button_id or ""), health(reading))


def health(reading: Reading) -> Health:
    """The condition of its device, as supervision knows it."""
    condition = reading.condition
    percent = condition.battery_pct
    return Health(
        battery_pct=None if percent is None else round(percent),
        rssi_dbm=condition.rssi_dbm,
        tamper=condition.tamper,
        gateway_id=registered(reading.gateway_id) if reading.gateway_id else None,
        battery_v=condition.battery_v,
        battery_low=condition.battery_low,
        link_quality=condition.link_quality,
    )


def press(reading: Reading, means: Meaning, *, of_other: bool = False) -> Press:
    """The press that a reading of a button is.

    With `of_other` the button that is enrolled under this id is another one, heard in another way: this one is unknown,
    and has a name of its own.
    """
    named = spelled(reading.button_id or "")
    kind: PressKind = "test" if means == "test" else "cancel" if means == "cancel" else "panic"
    return Press(
        wire_id=f"{reading.dialect}:{named}" if of_other else named,
        kind=kind,
        pressed_at=reading.at,
        counter=reading.counter.value if reading.counter else None,
        health=health(reading),
        faults=reading.faults,
    )


def press_id(button_id: str, heard: Heard) -> str:
    """One id for all the messages of a press: of its button, when it was first heard, and what was done."""
    counter = heard.counter
    told = (button_id, heard.at.isoformat(), heard.event, heard.endpoint, counter and (counter.session, counter.value))
    return f"heard-{hashlib.sha256(repr(told).encode()).hexdigest()[:32]}"
