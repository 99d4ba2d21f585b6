"""What `/readyz` says: the truth about database, brokers, outbox and canary."""

from collections.abc import Mapping
from typing import Final

from alarmd.db.condition import Condition
from alarmd.web.context import Part, Readiness

_STALLED_S: Final = 60.0


def readiness(outbox: Condition | None, brokers: Mapping[str, bool], canary: tuple[float, bool] | None) -> Readiness:
    """How the service is.

    Args:
        outbox: None while the database does not answer.
        brokers: whether each is connected, by host and port; none where this process listens to none.
        canary: the age of the last one that arrived, in seconds, and whether that is too old; None where there is none.
    """
    parts = {"database": Part(outbox is not None, "answers" if outbox else "does not answer")}
    for broker, connected in brokers.items():
        parts[f"broker {broker}"] = Part(connected, "connected" if connected else "not connected")
    if outbox is not None:
        detail = f"{outbox.depth} owed, the oldest for {outbox.oldest_s:.0f} s"
        parts["outbox"] = Part(outbox.oldest_s < _STALLED_S, detail, outbox.oldest_s)
    if canary is not None:
        age_s, late = canary
        parts["canary"] = Part(not late, f"the last that arrived was sent {age_s:.0f} s ago", age_s)
    return Readiness(ready=outbox is not None and (not brokers or any(brokers.values())), parts=parts)
