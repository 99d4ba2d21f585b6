"""The native dialect takes whatever comes: a signal, or a named reason why not."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from alarmd.core.dialects import decode
from alarmd.core.dialects.native import read_press
from alarmd.core.explain import explain
from alarmd.core.signal import Heartbeat, Ignored, Message, Press, Rejected, Status
from alarmd.core.wire import PressPayload

PRESS = "alarmd/v1/buttons/B-1/press"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
members = st.fixed_dictionaries(
    {},
    optional={
        "press_id": st.from_regex(r"\A[A-Za-z0-9_.:-]{1,64}\Z") | json_values,
        "pressed_at": st.datetimes().map(lambda moment: moment.isoformat() + "+09:00") | json_values,
        "kind": st.sampled_from(["panic", "test", "cancel"]) | json_values,
        "counter": st.integers(0, 10) | json_values,
        "battery_pct": st.integers(-1, 101) | json_values,
        "rssi_dbm": st.integers(-300, 300) | json_values,
        "tamper": st.booleans() | json_values,
        "firmware": json_values,
        "gateway_id": json_values,
        "something_else": json_values,
    },
)


@given(
    topic=st.text(max_size=80)
    | st.sampled_from([PRESS, "alarmd/v1/buttons/B-1/heartbeat", "alarmd/v1/gateways/g/status"]),
    payload=st.binary(max_size=300),
    retain=st.booleans(),
)
def test_any_bytes_on_any_topic_give_a_signal_or_a_reason(topic: str, payload: bytes, *, retain: bool) -> None:
    message = Message(topic, payload, retain)
    signal = decode(message)
    if isinstance(signal, Rejected | Ignored):
        assert signal.reason
    assert json.dumps(explain(message))


@given(members)
def test_a_press_with_any_members_is_a_press_unless_its_id_or_kind_is_wrong(sent: dict[str, Any]) -> None:
    payload = json.dumps(sent).encode()
    signal = read_press("B-1", payload)
    if isinstance(signal, Rejected):
        assert signal.reason in {"bad_press_id", "bad_kind", "not_json", "payload_too_large", "too_deep"}
        return
    assert signal.press_id == sent.get("press_id")
    assert signal.kind == (sent.get("kind") or "panic")
    for name in signal.faults:
        assert sent[name] is not None


@given(members)
def test_what_the_published_schema_takes_is_read_without_a_fault(sent: dict[str, Any]) -> None:
    schema = PressPayload.model_json_schema()
    if not (Draft202012Validator(schema).is_valid(sent) and _is_json(sent)):
        return
    signal = read_press("B-1", json.dumps(sent).encode())
    assert isinstance(signal, Press)
    assert (signal.press_id, signal.counter) == (sent.get("press_id"), sent.get("counter"))
    assert signal.kind == sent.get("kind", "panic")
    assert signal.health.battery_pct == sent.get("battery_pct")


def _is_json(value: object) -> bool:
    """Whether it can be written as JSON, which has no infinite numbers."""
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("topic", "payload", "retain", "expected"),
    [
        (PRESS, b"", False, Press),
        (PRESS, b"", True, Rejected),
        ("alarmd/v1/buttons//press", b"", False, Rejected),
        ("alarmd/v1/buttons/a b/press", b"", False, Rejected),
        (f"alarmd/v1/buttons/{'x' * 65}/press", b"", False, Rejected),
        ("alarmd/v1/buttons/B-1/heartbeat", b"{}", False, Heartbeat),
        ("alarmd/v1/buttons/B-1/heartbeat", b"{}", True, Ignored),
        ("alarmd/v1/buttons/B-1/heartbeat", b"nonsense", False, Rejected),
        ("alarmd/v1/buttons/B-1/receipt", b"{}", False, Ignored),
        ("alarmd/v1/gateways/G-1/status", b'{"state": "offline"}', True, Status),
        ("alarmd/v1/gateways/G-1/status", b'{"state": "online"}', True, Ignored),
        ("alarmd/v1/gateways/G-1/status", b'{"state": "asleep"}', False, Rejected),
        ("alarmd/v2/buttons/B-1/press", b"{}", False, Ignored),
        ("$SYS/broker/uptime", b"1", False, Ignored),
    ],
)
def test_what_each_message_is(topic: str, payload: bytes, *, retain: bool, expected: type) -> None:
    assert isinstance(decode(Message(topic, payload, retain)), expected)


@pytest.mark.parametrize(
    "moment", ["1970-01-01T00:00:00Z", "2026-11-23T10:00:00", "yesterday", 5, "0001-01-01T00:00:00+14:00"]
)
def test_an_implausible_clock_costs_the_time_and_not_the_press(moment: object) -> None:
    signal = read_press("B-1", json.dumps({"press_id": "p", "pressed_at": moment}).encode())
    assert isinstance(signal, Press)
    assert signal.pressed_at is None
    assert signal.faults == ("pressed_at",)
