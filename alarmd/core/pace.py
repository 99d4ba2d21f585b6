"""How many attempts an endpoint may have at once: many while it answers, few while it does not."""

from typing import Final

from alarmd.core.delivery import Outcome

AT_ONCE: Final = 32
HELD_FOR_EACH: Final = 4  # deliveries in hand for each attempt that may be under way

_TROUBLE: Final = 3  # failures in a row


class Pace:
    """The pace of one endpoint: halved by each failure, doubled by each success.

    A dead endpoint is knocked at by one attempt at a time, and one that comes back is not run over.
    """

    def __init__(self) -> None:
        self.at_once = AT_ONCE
        """Attempts that may be under way at once."""
        self._failures = 0

    @property
    def in_hand(self) -> int:
        """Deliveries that may be claimed: those under way and those next in line."""
        return self.at_once * HELD_FOR_EACH

    def note(self, outcome: Outcome) -> bool:
        """Adapt to an outcome; True when the endpoint answers again after trouble, and may have what waits for it."""
        if not outcome.delivered:
            self._failures += 1
            self.at_once = max(1, self.at_once // 2)
            return False
        recovered = self._failures >= _TROUBLE
        self._failures = 0
        self.at_once = min(AT_ONCE, self.at_once * 2)
        return recovered
