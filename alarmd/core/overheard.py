"""What each message on a broker would become, for people who look on: nothing of it is recorded."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from alarmd.core import dialects
from alarmd.core.dialects import ecosystems, shelly
from alarmd.core.dialects.custom import Mapping as OwnMapping
from alarmd.core.dialects.device import Component, Decoded, Reading, without_press
from alarmd.core.dialects.ecosystems import ECOSYSTEMS, Choice
from alarmd.core.dialects.lines import line
from alarmd.core.dialects.redact import HIDDEN, redact
from alarmd.core.dialects.repeats import Seen, Verdict, judge
from alarmd.core.explain import NATIVE, explain
from alarmd.core.signal import Message, Press, Rejected

_SECRETS: Final = frozenset(name for one in ECOSYSTEMS.values() for name in one.secrets)
_NAMED_SECRETS: Final = frozenset(name.lower() for name in _SECRETS)
_MOST_SHOWN: Final = 500  # characters of a payload
_REMEMBERED: Final = 10_000  # native presses
_URGENCY: Final[tuple[Verdict, ...]] = ("press", "repeat", "restated", "stale")


class Overheard:
    """Follows what is heard, from the first message on: what came before it, it does not know.

    Args:
        choices: the ecosystems that are listened to.
        mappings: of the operator.
    """

    def __init__(self, choices: Iterable[Choice], mappings: Iterable[OwnMapping]) -> None:
        self._choices, self._mappings = tuple(choices), tuple(mappings)
        self._parts: Mapping[str, Component] = {}
        self._seen: dict[tuple[str, str | None], Seen] = {}
        self._bridges_up: dict[str, datetime] = {}
        self._pressed: dict[tuple[str, str], None] = {}

    def tell(self, message: Message, heard_at: datetime) -> dict[str, Any]:
        """The message's topic, what `decode` says of it, what it would be, and its payload without PINs and codes.

        `would_be` stands where it is something like a press: `press` is a new one; `repeat` the same one again;
        `restated` a state that was known; `stale` one that the broker had kept; `quarantine` what a human has to look
        at.
        """
        if message.topic.startswith(NATIVE):
            told, verdict = explain(message), self._native(message, heard_at)
        else:
            told, verdict = self._bought(self._decode(message), heard_at)
        said = {name: value for name, value in told.items() if value is not None}
        would_be = {"would_be": verdict} if verdict else {}
        return {"topic": message.topic, **would_be, **said, "payload": _shown(message)}

    def _native(self, message: Message, heard_at: datetime) -> str | None:
        signal = dialects.decode(message)
        if isinstance(signal, Rejected):
            return "quarantine"
        if not isinstance(signal, Press):
            return None
        press = (signal.button_id, dialects.press_id(signal, message, heard_at))
        if press in self._pressed:
            return "repeat"
        self._pressed[press] = None
        if len(self._pressed) > _REMEMBERED:
            del self._pressed[next(iter(self._pressed))]
        return "press"

    def _decode(self, message: Message) -> Decoded | None:
        if message.topic.endswith("/rpc"):
            self._parts = {**self._parts, **shelly.components(message)}
        return ecosystems.decode(message, self._choices, self._mappings, self._parts)

    def _bought(self, decoded: Decoded | None, heard_at: datetime) -> tuple[dict[str, Any], str | None]:
        if not isinstance(decoded, tuple):
            return line(decoded), None if decoded is None else "quarantine"
        verdicts = [self._judge(reading, heard_at) for reading in decoded]
        known = [
            without_press(reading, "restated") if verdict == "restated" else reading
            for reading, verdict in zip(decoded, verdicts, strict=True)
        ]
        return line(tuple(known)), next((verdict for verdict in _URGENCY if verdict in verdicts), None)

    def _judge(self, reading: Reading, heard_at: datetime) -> Verdict:
        key = (reading.dialect, reading.button_id)
        bridge_up_at = self._bridges_up.get(reading.gateway_id or "")
        judgement = judge(self._seen.get(key, Seen()), reading, heard_at, bridge_up_at)
        if judgement.seen != Seen():
            self._seen[key] = judgement.seen
        node = reading.button_id if reading.scope == "button" else reading.gateway_id
        if node is not None and reading.kind == "heartbeat" and not reading.retained and reading.event is None:
            self._bridges_up[node] = heard_at
        return judgement.verdict


def _shown(message: Message) -> str:
    """The payload, cut off where it is long; on a topic of a secret alone it is nothing but the secret."""
    if message.topic.rpartition("/")[2].lower() in _NAMED_SECRETS:
        return HIDDEN
    shown = redact(message.payload, _SECRETS)
    return shown if len(shown) <= _MOST_SHOWN else f"{shown[:_MOST_SHOWN]}..."
