"""rtl_433: every copy of a transmission is an event of its own, in JSON and once more field by field."""

from collections.abc import Iterator
from typing import Any

from simulators.buttons.dialects.ecosystem import Ecosystem, Model, Moment, Sent, as_json

_PREFIX = "rtl_433/raspi"
_EIGHT_COPIES = (0.0, 0.118, 0.385, 0.528, 0.769, 0.937, 1.154, 1.347)  # recorded: rtl_433_tests, interlogix/05
_FOUR_COPIES = (0.0, 0.09, 0.18, 0.27)  # recorded: rtl_433_tests, x10_sec
_TWO_COPIES = (0.0, 0.25)
_COUNTS = 2**8


def _event(moment: Moment, after_s: float, **members: Any) -> Sent:
    """By default the time is local, and without its zone."""
    at = f"{moment.time(after_s):%Y-%m-%d %H:%M:%S}"
    return Sent(after_s, f"{_PREFIX}/events", as_json({"time": at, **members}))


def pendant(number: int, *, pressed: bool) -> dict[str, Any]:
    """What rtl_433 makes of an Interlogix pendant: five inputs, the first is its key."""
    told = {"model": "Interlogix-Security", "subtype": "panic", "id": pendant_id(number), "battery_ok": 1}
    told |= {f"switch{place}": "CLOSED" if pressed and place == 1 else "OPEN" for place in range(1, 6)}
    return {**told, "raw_message": "cd15b8"}


def pendant_id(number: int) -> str:
    """Its id: six digits in hex, the first of them 3."""
    return f"3{number:05x}"


def _pendant_press(number: int, moment: Moment) -> Iterator[Sent]:
    for after_s in _EIGHT_COPIES:
        yield _event(moment, after_s, **pendant(number, pressed=True))


def _pendant_report(number: int, moment: Moment) -> Iterator[Sent]:
    yield _event(moment, 0.0, **pendant(number, pressed=False))


def _keyfob_id(number: int) -> str:
    return f"a{number:03x}"


def _keyfob_press(number: int, moment: Moment) -> Iterator[Sent]:
    fields = {"code": "98", "event": "KR15 PANIC", "mic": "CRC"}
    above = f"{_PREFIX}/devices/X10-Security/{_keyfob_id(number)}"
    for after_s in _FOUR_COPIES:
        yield _event(moment, after_s, model="X10-Security", id=_keyfob_id(number), **fields)
        for name, value in fields.items():
            yield Sent(after_s + 0.001, f"{above}/{name}", value)


def _keypad_id(number: int) -> str:
    return f"1J{number:03}"


def _keypad_press(number: int, moment: Moment) -> Iterator[Sent]:
    for after_s in _TWO_COPIES:
        told = {"model": "SimpliSafe-Keypad", "id": _keypad_id(number), "seq": moment.frame % _COUNTS}
        yield _event(moment, after_s, **told, extradata="Keypad Panic Button")


def availability(topic: str, word: str) -> Sent:
    """Whether a receiver is there; the broker keeps it."""
    return Sent(0.0, topic, word, retain=True)


ECOSYSTEM = Ecosystem(
    "rtl_433",
    (
        Model("Interlogix panic pendant", pendant_id, _pendant_press, _pendant_report),
        Model("X10 KR15", _keyfob_id, _keyfob_press),
        Model("SimpliSafe keypad", _keypad_id, _keypad_press),
    ),
    birth=(availability(f"{_PREFIX}/availability", "online"),),
    will=availability(f"{_PREFIX}/availability", "offline"),
)
