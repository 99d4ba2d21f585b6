"""What the police answer in the body of their 2xx, and what it means."""

import json
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """They have it. `reference` is the number of the case in their own system."""

    by: str | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class Refused:
    """They cannot take it: the next in the chain is to have it."""

    reason: str


Answer: TypeAlias = Acknowledged | Refused

_MAX_TEXT = 200


def read_answer(body: bytes) -> Answer | None:
    """Read `{"acknowledged": true, "reference", "by"}` or `{"rejected": true, "reason"}`; None for anything else.

    A 2xx is a delivery whatever its body says, so nothing here is an error.
    """
    if not body:
        return None
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict):
        return None
    if answer.get("acknowledged") is True:
        return Acknowledged(by=_text(answer.get("by")), reference=_text(answer.get("reference")))
    if answer.get("rejected") is True:
        return Refused(reason=_text(answer.get("reason")) or "no reason given")
    return None


def _text(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return None
    # Neither a NUL nor half a character, which JSON can spell, can be stored.
    storable = value.replace("\x00", "").encode("utf-8", "replace").decode()
    return storable.strip()[:_MAX_TEXT] or None
