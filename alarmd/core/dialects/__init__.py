"""From a topic and a payload to a signal. One file for each button ecosystem; this one is for native buttons."""

import hashlib
from datetime import datetime
from typing import Final

from alarmd.core.dialects import native
from alarmd.core.signal import Ignored, Message, Press, Rejected, Signal

FOREIGN: Final = "foreign_topic"


def decode(message: Message) -> Signal:
    """What a message of a native button means; one of another topic is `Ignored` as FOREIGN.

    Never raises: what cannot be understood is a `Rejected` with its reason.
    """
    return native.decode(message) or Ignored(FOREIGN)


def press_id(press: Press, message: Message, received_at: datetime) -> str:
    """The press's own id, or one derived from topic, payload and the second in which it was received."""
    if press.press_id is not None:
        return press.press_id
    second = received_at.replace(microsecond=0).isoformat()
    digest = hashlib.sha256(b"\0".join((message.topic.encode(), message.payload, second.encode())))
    return f"derived-{digest.hexdigest()[:32]}"


__all__ = ["FOREIGN", "Rejected", "decode", "press_id"]
