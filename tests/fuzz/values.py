"""Values by chance: any that JSON can hold, and those that programs stumble over."""

import json
from collections.abc import Sequence
from random import Random
from typing import Any, Final, TypeVar

T = TypeVar("T")

_SCALARS: Final[tuple[Any, ...]] = (
    None, True, False, 0, 1, -1, 255, 256, 65536, 2**31, 2**53 + 1, 2**64, 10**400, -0.0, 0.1, 51.5, 1e308, -1e308,
    float("nan"), float("inf"), "", " ", "0", "null", "FALSE", "100.00", "2.4(low battery)", "emergency", "single_left",
    "2 minutes ago", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "\ud800", "\x00",
    "\u202e", "서초구", "1" * 200, "x" * 20_000, "\\" * 3_000, "٣", "²", "1_0", "0x1F", "inf", "nan", "-", ".", "{}",
)  # fmt: skip


def pick(chance: Random, choices: Sequence[T]) -> T:
    """One of them."""
    return choices[int(chance.random() * len(choices))]


def up_to(chance: Random, most: int) -> int:
    """A whole number from 0 to `most`."""
    return int(chance.random() * (most + 1))


def any_bytes(chance: Random, most: int = 200) -> bytes:
    """Any bytes."""
    return bytes(up_to(chance, 255) for _ in range(up_to(chance, most)))


def any_value(chance: Random, depth: int = 3) -> Any:
    """Any value that JSON can hold, and some that it cannot."""
    kind = up_to(chance, 9)
    if kind < 6 or depth == 0:
        return pick(chance, _SCALARS)
    if kind == 6:
        return chance.random() * 10.0 ** (up_to(chance, 40) - 20)
    if kind == 7:
        return "".join(chr(up_to(chance, 0x2FFF)) for _ in range(up_to(chance, 12)))
    if kind == 8:
        return [any_value(chance, depth - 1) for _ in range(up_to(chance, 4))]
    return {name(chance): any_value(chance, depth - 1) for _ in range(up_to(chance, 4))}


def any_json(chance: Random) -> bytes:
    """Any JSON."""
    return as_json(any_value(chance))


def as_json(value: Any) -> bytes:
    """As JSON; a lone surrogate is sometimes what it is in other languages: three bytes that are no UTF-8."""
    return json.dumps(value).encode()


def name(chance: Random) -> str:
    """A member's name."""
    return pick(
        chance, ("battery", "action", "id", "model", "event", "state", "sos", "button", "", "\ud800", "x" * 300)
    )
