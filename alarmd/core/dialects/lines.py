"""What alarmd makes of messages of bought buttons, one flat JSON object each, for people and tests."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from alarmd.core.dialects import ecosystems, shelly
from alarmd.core.dialects.custom import Mapping as OwnMapping
from alarmd.core.dialects.device import URGENCY, Component, Decoded, Reading, without_press
from alarmd.core.dialects.ecosystems import EVERYTHING, Choice
from alarmd.core.dialects.ready_made import READY_MADE
from alarmd.core.dialects.repeats import Seen, judge
from alarmd.core.signal import Message, Rejected

_ONE_MOMENT: Final = datetime(2026, 1, 1, tzinfo=UTC)  # lines have no times: only states and counts are compared


def line(decoded: Decoded | None) -> dict[str, Any]:
    """The members `kind`, `button_id`, `battery_pct`, `counter`, `event`, `dialect`, and others that say something.

    Of several readings it tells the most urgent. What nobody understands is ignored, with its reason.
    """
    told: dict[str, Any] = dict.fromkeys(("kind", "button_id", "battery_pct", "counter", "event", "dialect"))
    if decoded is None:
        return told | {"kind": "ignore", "reason": "foreign_topic"}
    if isinstance(decoded, Rejected):
        return told | {
            "kind": "ignore",
            "button_id": decoded.wire_id,
            "reason": decoded.reason,
            "detail": decoded.detail,
        }
    reading = min(decoded, key=lambda one: URGENCY.index(one.kind))
    told |= {"kind": reading.kind, "button_id": reading.button_id, "event": reading.event, "dialect": reading.dialect}
    told["battery_pct"] = _whole(reading.condition.battery_pct)
    told["counter"] = reading.counter.value if reading.counter else None
    return told | {name: value for name, value in _others(reading).items() if value is not None}


def lines(
    messages: Iterable[Message],
    choices: Iterable[Choice] = EVERYTHING,
    mappings: Iterable[OwnMapping] = READY_MADE,
    known: Mapping[str, Component] | None = None,
) -> Iterator[dict[str, Any]]:
    """One object for each message, in order. A state that an earlier one told already is no press again.

    Args:
        messages: in the order in which they came.
        choices: the ecosystems that are switched on.
        mappings: of the operator.
        known: what the parts of Shelly gateways stand for; a gateway's own answer among the messages adds to it.
    """
    chosen, own, parts = tuple(choices), tuple(mappings), dict(known or {})
    seen: dict[tuple[str, str | None], Seen] = {}
    for message in messages:
        if message.topic.endswith("/rpc"):
            parts |= shelly.components(message)
        decoded = ecosystems.decode(message, chosen, own, parts)
        if isinstance(decoded, tuple):
            decoded = tuple(_edge(seen, reading) for reading in decoded)
        yield line(decoded)


def _edge(seen: dict[tuple[str, str | None], Seen], reading: Reading) -> Reading:
    if reading.state is None or reading.retained:
        return reading
    key = (reading.dialect, reading.button_id)
    judgement = judge(seen.get(key, Seen()), reading, _ONE_MOMENT)
    seen[key] = judgement.seen
    told = judgement.verdict == "restated" or (judgement.verdict == "repeat" and reading.counter is not None)
    return without_press(reading, "restated") if told else reading


def _others(reading: Reading) -> dict[str, Any]:
    condition = reading.condition
    return {
        "also": list(reading.kinds[1:]) or None,
        "endpoint": reading.endpoint,
        "battery_v": condition.battery_v,
        "battery_low": condition.battery_low,
        "linkquality": condition.link_quality,
        "rssi": condition.rssi_dbm,
        "tamper": condition.tamper,
        "model": reading.model,
        "gateway_id": reading.gateway_id,
        "at": reading.at.isoformat() if reading.at else None,
        "scope": None if reading.scope == "button" else reading.scope,
        "broadcast": reading.broadcast or None,
        "retained": reading.retained or None,
        "faults": list(reading.faults) or None,
        "reason": reading.reason,
    }


def _whole(figure: float | None) -> float | None:
    return int(figure) if figure is not None and figure.is_integer() else figure
