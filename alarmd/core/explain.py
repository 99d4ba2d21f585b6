"""What alarmd makes of a message, for people and tests: one flat JSON object."""

import base64
import json
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, Final

from alarmd.core import dialects
from alarmd.core.dialects import lines
from alarmd.core.errors import InvalidError
from alarmd.core.signal import Health, Heartbeat, Ignored, Message, Press, Rejected, Status

NATIVE: Final = "alarmd/"


def explain_all(messages: Iterable[Message]) -> Iterator[dict[str, Any]]:
    """What each message says, in order: those of native buttons, and those of buttons bought in a shop."""
    bought: deque[Message] = deque()
    of_bought = lines.lines(iter(bought.popleft, None))
    for message in messages:
        if message.topic.startswith(NATIVE):
            yield explain(message)
        else:
            bought.append(message)
            yield next(of_bought)


def explain(message: Message) -> dict[str, Any]:
    """What a message of a native button says.

    The members `kind`, `button_id`, `battery_pct`, `counter`, `event`, `dialect`; and `reason` where it is ignored.

    `kind` is press, test, battery, heartbeat, offline, tamper or ignore: the most urgent thing that the message says.
    """
    signal = dialects.decode(message)
    said: dict[str, Any] = {
        "kind": "ignore",
        "button_id": None,
        "battery_pct": None,
        "counter": None,
        "event": None,
        "dialect": "native",
    }
    match signal:
        case Press():
            kind = {"test": "test", "cancel": "press"}.get(signal.kind, "press")
            said |= {"kind": kind, "event": signal.kind, "counter": signal.counter}
            said |= {"button_id": signal.button_id, "battery_pct": signal.health.battery_pct}
        case Heartbeat():
            said |= {"kind": _kind(signal.health), "event": "heartbeat"}
            said |= {"button_id": signal.button_id, "battery_pct": signal.health.battery_pct}
        case Status():
            said |= {"kind": "heartbeat" if signal.state == "online" else "offline", "event": signal.state}
            said |= {"gateway_id": signal.gateway_id}
        case Rejected():
            button_id = signal.wire_id.lower() if signal.wire_id else None
            said |= {"button_id": button_id, "reason": signal.reason, "detail": signal.detail}
        case Ignored():
            said |= {"dialect": "native" if signal.reason != "foreign_topic" else None, "reason": signal.reason}
    return said


def _kind(health: Health) -> str:
    if health.tamper:
        return "tamper"
    return "battery" if health.battery_pct is not None else "heartbeat"


def read_lines(lines: Iterable[str]) -> Iterator[Message]:
    """Messages that are written down, a JSON object `{"topic", "payload" or "payload_b64", "retain"}` each.

    Raises:
        InvalidError: a line is none; the text says which.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            members = json.loads(line)
            payload = members.get("payload")
            data = base64.b64decode(members["payload_b64"]) if payload is None else str(payload).encode()
            message = Message(str(members["topic"]), data, bool(members.get("retain", False)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidError(
                f'line {number} of the input: give a JSON object with "topic" and "payload" or "payload_b64"'
            ) from error
        yield message
