"""What each message on a broker would become, for people who look on: nothing of it is recorded."""

from datetime import datetime
from typing import Any, Final

from alarmd.core import dialects
from alarmd.core.dialects.chosen import Chosen
from alarmd.core.dialects.device import Decoded, Reading, without_press
from alarmd.core.dialects.ecosystems import SECRETS
from alarmd.core.dialects.lines import line
from alarmd.core.dialects.redact import HIDDEN, redact
from alarmd.core.dialects.repeats import Seen, Verdict, judge
from alarmd.core.explain import NATIVE, explain
from alarmd.core.signal import Message, Press, Rejected

_NAMED_SECRETS: Final = frozenset(name.lower() for name in SECRETS)
_MOST_SHOWN: Final = 500  # characters of a payload
_REMEMBERED: Final = 10_000  # native presses
_URGENCY: Final[tuple[Verdict, ...]] = ("press", "repeat", "restated", "stale")


class Overheard:
    """Follows what is heard, from the first message on: what came before it, it does not know.

    Nor does it know the registry: which buttons are enrolled, and what their profiles say.

    Args:
        chosen: what is listened to.
    """

    def __init__(self, chosen: Chosen) -> None:
        self._chosen = chosen
        self._seen: dict[tuple[str, str | None], Seen] = {}
        self._connected: dict[str, datetime] = {}
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
            told, verdict = self._bought(self._chosen.decode(message), heard_at)
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
        gateway = reading.gateway_id or ""
        if reading.connects and not reading.retained:
            self._connected[gateway] = heard_at
        judgement = judge(self._seen.get(key, Seen()), reading, heard_at, self._connected.get(gateway))
        if judgement.seen != Seen():
            self._seen[key] = judgement.seen
        return judgement.verdict


def _shown(message: Message) -> str:
    """The payload, cut off where it is long; on a topic of a secret alone it is nothing but the secret."""
    if message.topic.rpartition("/")[2].lower() in _NAMED_SECRETS:
        return HIDDEN
    shown = redact(message.payload, SECRETS)
    return shown if len(shown) <= _MOST_SHOWN else f"{shown[:_MOST_SHOWN]}..."
