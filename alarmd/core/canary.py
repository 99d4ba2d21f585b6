"""The canary: a press that alarmd sends itself, to see that the way of a press is open."""

from typing import Final

PREFIX: Final = "alarmd.canary."
"""Begins the reserved button ids: a press of one is a canary, and nothing else is."""

_LONGEST_ID = 64


def button_id(client_id: str) -> str:
    """The reserved button id of a replica; of a long client id its end, which is where replicas differ."""
    return PREFIX + client_id[len(PREFIX) - _LONGEST_ID :]


def is_canary(wire_id: str) -> bool:
    """Whether a button id is a reserved one."""
    return wire_id.lower().startswith(PREFIX)


def is_late(age_s: float, interval_s: float) -> bool:
    """Whether something is wrong on the way, when the canary that last arrived was sent `age_s` seconds ago."""
    return age_s > 2 * interval_s + 10
