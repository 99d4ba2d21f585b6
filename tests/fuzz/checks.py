"""What must be true of whatever comes: readings or a named reason, each said in full, and never an exception."""

import json
from typing import Final

from alarmd.core.dialects import custom, ecosystems
from alarmd.core.dialects.device import URGENCY, Decoded, Reading
from alarmd.core.dialects.ecosystems import ECOSYSTEMS
from alarmd.core.dialects.lines import line
from alarmd.core.dialects.ready_made import READY_MADE
from alarmd.core.signal import Message, Rejected
from tests.core.dialects.cases import KNOWN

SECRETS: Final = frozenset[str]().union(*(one.secrets for one in ECOSYSTEMS.values()))

REASONS: Final = {
    "answer", "asleep", "attribute", "bridge", "bridge_event", "car_key", "command", "encrypted", "event", "field",
    "figure", "keypad", "log", "no_action", "no_button", "no_code", "no_codec", "no_event", "no_id", "no_report",
    "no_state", "no_uplink", "not_json", "nothing_pressed", "nothing_told", "release", "removed", "restated", "result",
    "retained", "states", "status", "switch", "text", "told_by_input_event",
}  # fmt: skip
"""Why something is ignored: they are counted, so that none may be made up from what was sent."""
REFUSALS: Final = {
    "bad_id", "bad_state", "not_an_object", "not_json", "not_utf8", "payload_too_large", "too_deep",
}  # fmt: skip
"""Why something cannot be understood."""

MAPPING: Final = custom.read(
    {
        "name": "counter key",
        "topic": "shop/{store}/keys/{key}",
        "fields": {
            "button_id": "{store}-{key}",
            "event": "/what/0/code",
            "battery_pct": "/health/battery~1pct",
            "battery_v": "/health/volts",
            "battery_low": "/health/low",
            "link_quality": "/health/link",
            "rssi_dbm": "/health/rssi",
            "tamper": "/health/lid",
            "counter": "/n",
            "at": "/ts",
            "endpoint": "/what/0/key",
            "model": "/model",
            "gateway_id": "{store}",
        },
        "events": {"17": "panic", "18": "test"},
        "kinds": {"door": "ignore"},
        "counter_bits": 16,
    }
)
"""One that reads every field there is."""

MAPPINGS: Final = (*READY_MADE, MAPPING)


def understood(message: Message) -> Decoded | None:
    """What it says, having looked that it is said in full."""
    decoded = ecosystems.decode(message, mappings=MAPPINGS, known=KNOWN)
    look_at(decoded)
    return decoded


def look_at(decoded: Decoded | None) -> None:
    """Look that what was decoded is said in full."""
    if isinstance(decoded, Rejected):
        assert decoded.reason in REFUSALS, decoded.reason
        assert decoded.detail
    elif decoded is not None:
        assert decoded
        for reading in decoded:
            _look_at(reading)
    json.dumps(line(decoded), ensure_ascii=False, allow_nan=False).encode()


def _look_at(reading: Reading) -> None:
    assert reading.kinds
    assert reading.kinds == tuple(dict.fromkeys(reading.kinds))
    assert set(reading.kinds) <= set(URGENCY)
    assert "ignore" not in reading.kinds or (reading.reason in REASONS and reading.kinds == ("ignore",)), reading.reason
    assert reading.reason is None or reading.reason in REASONS, reading.reason
    for name in (reading.button_id, reading.event, reading.endpoint, reading.model, reading.alias, reading.gateway_id):
        assert name is None or (name.isprintable() and name)
    assert not (reading.retained and reading.kind in {"press", "test"})
    condition = reading.condition
    for figure, lowest, highest in (
        (condition.battery_pct, 0, 100),
        (condition.battery_v, 0, 60),
        (condition.link_quality, 0, 255),
        (condition.rssi_dbm, -200, 20),
        (reading.counter.value if reading.counter else None, 0, 2**32 - 1),
    ):
        assert figure is None or lowest <= figure <= highest
