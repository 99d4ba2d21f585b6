"""Whatever comes on whatever topic: readings or a named reason, and never an exception."""

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from alarmd.core.dialects import ecosystems
from alarmd.core.dialects.device import URGENCY, Decoded
from alarmd.core.dialects.ecosystems import ECOSYSTEMS
from alarmd.core.dialects.lines import line, lines
from alarmd.core.dialects.ready_made import READY_MADE
from alarmd.core.dialects.redact import redact
from alarmd.core.signal import Message, Rejected
from tests.core.dialects.cases import CASES, KNOWN, unhurried

TOPICS = sorted({case["topic"] for case in CASES} | {
    "zigbee2mqtt/b/battery", "zigbee2mqtt/b/linkquality", "shelly-blu/events/a4:c1:38:8d:18:b2", "gw/rpc",
    "shellies/announce", "shellies/shellyix3-1/input_event/2", "rtl_433/h/devices/Generic-Remote/1/cmd",
    "rtl_433/h/states", "home/OMG/433toMQTT", "home/OMG/PilighttoMQTT", "home/OMG/RTL_433toMQTT/x", "home/OMG/LWT",
    "home/OMG/BTtoMQTT/A4C1388D18B2", "stat/t/BUTTON1", "tele/t/LWT", "node/event/panic/state",
    "node/sensor/batt/state",
    "node/text_sensor/x/state", "v3/a@t/devices/d/join", "application/1/device/0101010101010101/event/status",
})  # fmt: skip

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(
        ["emergency", "100.00", "FALSE", "2 minutes ago", "1970-01-01T00:00:00Z", 255, -1, 1e308, "\ud800"]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)
documents = [case["payload"] for case in CASES if case["payload"] and case["payload"].lstrip().startswith("{")]


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, one in inside for path in ((*here, key), *paths(one, (*here, key)))]


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, bytes]:
    """A real message with one to three of its values replaced or removed."""
    case = draw(st.sampled_from([case for case in CASES if case["payload"] in documents]))
    document = copy.deepcopy(json.loads(case["payload"]))
    for _ in range(draw(st.integers(1, 3))):
        found = paths(document)
        if not found:
            break
        *above, last = draw(st.sampled_from(found))
        holder = document
        for key in above:
            holder = holder[key]
        if draw(st.booleans()):
            holder[last] = draw(json_values)
        else:
            del holder[last]
    return case["topic"], json.dumps(document).encode()


def understood(message: Message) -> Decoded | None:
    """What it says, having looked that it is said in full."""
    decoded = ecosystems.decode(message, mappings=READY_MADE, known=KNOWN)
    if isinstance(decoded, Rejected):
        assert decoded.reason
        assert decoded.detail
    elif decoded is not None:
        assert decoded
        for reading in decoded:
            assert reading.kinds == tuple(dict.fromkeys(reading.kinds))
            assert set(reading.kinds) <= set(URGENCY)
            assert "ignore" not in reading.kinds or (reading.reason and reading.kinds == ("ignore",))
            assert reading.button_id is None or reading.button_id.isprintable()
            assert not (reading.retained and reading.kind in {"press", "test"})
            battery = reading.condition.battery_pct
            assert battery is None or 0 <= battery <= 100
    json.dumps(line(decoded), ensure_ascii=False, allow_nan=False).encode()
    return decoded


@unhurried
@given(topic=st.sampled_from(TOPICS) | st.text(max_size=60), payload=st.binary(max_size=200), retain=st.booleans())
def test_any_bytes_on_any_topic_give_readings_or_a_reason(topic: str, payload: bytes, *, retain: bool) -> None:
    understood(Message(topic, payload, retain))


@unhurried
@given(topic=st.sampled_from(TOPICS), value=json_values, retain=st.booleans())
def test_any_json_on_a_topic_of_a_button_gives_readings_or_a_reason(topic: str, value: Any, *, retain: bool) -> None:
    understood(Message(topic, json.dumps(value).encode(), retain))


@settings(unhurried, max_examples=400)
@given(sent=mutated(), retain=st.booleans())
def test_a_real_message_with_wrong_fields_gives_readings_or_a_reason(sent: tuple[str, bytes], *, retain: bool) -> None:
    message = Message(*sent, retain)
    understood(message)
    assert len(list(lines([message, message]))) == 2


@unhurried
@given(sent=mutated())
def test_every_dialect_reads_the_messages_of_every_other(sent: tuple[str, bytes]) -> None:
    topic, payload = sent
    for ecosystem in ECOSYSTEMS.values():
        for prefix in (*ecosystem.prefixes, topic.split("/")[0]):
            ecosystem.decode(Message(topic, payload), prefix)


@unhurried
@given(sent=mutated(), noise=st.binary(max_size=60))
def test_what_is_shown_never_fails(sent: tuple[str, bytes], noise: bytes) -> None:
    secrets = frozenset().union(*(one.secrets for one in ECOSYSTEMS.values()))
    redact(sent[1], secrets).encode("utf-8", "surrogatepass")
    redact(noise, secrets)


@unhurried
@given(
    document=json_values, field=st.sampled_from(["battery", "linkquality", "voltage", "last_seen", "tamper", "device"])
)
def test_a_bad_field_costs_that_field_and_not_the_press(document: Any, field: str) -> None:
    payload = json.dumps({"action": "emergency", field: document}).encode()
    decoded = understood(Message("zigbee2mqtt/b", payload))
    if isinstance(decoded, Rejected):
        assert decoded.reason in {"not_json", "too_deep"}  # NaN, and what is nested too deeply, is no JSON at all
    else:
        assert decoded is not None
        assert (decoded[0].kind, decoded[0].event) == ("press", "emergency")
