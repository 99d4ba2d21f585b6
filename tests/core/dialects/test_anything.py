"""Whatever comes on whatever topic: readings or a named reason, never an exception; `make fuzz` goes on for long."""

import json
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from alarmd.core.dialects.ecosystems import ECOSYSTEMS
from alarmd.core.dialects.lines import lines
from alarmd.core.dialects.redact import redact
from alarmd.core.signal import Message, Rejected
from tests.core.dialects.cases import unhurried
from tests.fuzz.checks import SECRETS, understood
from tests.fuzz.messages import REAL, any_message
from tests.fuzz.mutate import broken
from tests.fuzz.values import any_value, pick

BOUGHT = [name for name in REAL if name != "native"]
TOPICS = sorted({topic for name in BOUGHT for topic, _ in REAL[name]})

chances = st.randoms(use_true_random=False)
json_values = chances.map(any_value)


def broken_message(chance: Random) -> tuple[str, bytes]:
    """A real message with something wrong in it, on its own topic."""
    topic, payload = pick(chance, REAL[pick(chance, BOUGHT)])
    return topic, broken(chance, payload)


mutated = chances.map(broken_message)


@unhurried
@given(topic=st.sampled_from(TOPICS) | st.text(max_size=60), payload=st.binary(max_size=200), retain=st.booleans())
def test_any_bytes_on_any_topic_give_readings_or_a_reason(topic: str, payload: bytes, *, retain: bool) -> None:
    understood(Message(topic, payload, retain))


@unhurried
@given(topic=st.sampled_from(TOPICS), value=json_values, retain=st.booleans())
def test_any_json_on_a_topic_of_a_button_gives_readings_or_a_reason(topic: str, value: Any, *, retain: bool) -> None:
    understood(Message(topic, json.dumps(value).encode(), retain))


@unhurried
@given(chance=chances, dialect=st.sampled_from(BOUGHT))
def test_a_message_broken_in_any_way_gives_readings_or_a_reason(chance: Random, dialect: str) -> None:
    understood(any_message(chance, dialect))


@settings(unhurried, max_examples=400)
@given(sent=mutated, retain=st.booleans())
def test_a_real_message_with_wrong_fields_gives_readings_or_a_reason(sent: tuple[str, bytes], *, retain: bool) -> None:
    message = Message(*sent, retain)
    understood(message)
    assert len(list(lines([message, message]))) == 2


@unhurried
@given(sent=mutated)
def test_every_dialect_reads_the_messages_of_every_other(sent: tuple[str, bytes]) -> None:
    topic, payload = sent
    for ecosystem in ECOSYSTEMS.values():
        for prefix in (*ecosystem.prefixes, topic.split("/")[0]):
            ecosystem.decode(Message(topic, payload), prefix)


@unhurried
@given(sent=mutated, noise=st.binary(max_size=60))
def test_what_is_shown_never_fails(sent: tuple[str, bytes], noise: bytes) -> None:
    redact(sent[1], SECRETS).encode("utf-8", "surrogatepass")
    redact(noise, SECRETS)


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
