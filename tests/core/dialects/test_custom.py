"""An operator's mapping: topics with names, JSON pointers, plain values, and errors that say how to mend it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarmd.core.dialects import custom
from alarmd.core.dialects.device import Reading
from alarmd.core.dialects.ready_made import READY_MADE
from alarmd.core.errors import InvalidError
from alarmd.core.signal import Message, Rejected
from tests.core.dialects.cases import unhurried

DOCUMENT: dict[str, Any] = {
    "name": "counter key",
    "topic": "shop/{store}/keys/{key}",
    "fields": {
        "button_id": "{store}-{key}",
        "event": "/what/0/code",
        "battery_pct": "/health/battery~1pct",
        "tamper": "/health/lid",
        "counter": "/n",
        "at": "/ts",
        "gateway_id": "{store}",
    },
    "events": {"17": "panic", "18": "test"},
    "kinds": {"door": "ignore"},
    "counter_bits": 16,
}
PAYLOAD = {"what": [{"code": 17}], "health": {"battery/pct": "83 %", "lid": "FALSE"}, "n": 65535, "ts": 1776440002000}


def reading(payload: Any, *, retain: bool = False) -> Reading:
    decoded = custom.decode(Message("shop/seocho/keys/3", json.dumps(payload).encode(), retain), custom.read(DOCUMENT))
    assert isinstance(decoded, tuple)
    return decoded[0]


def test_fields_come_from_pointers_and_from_the_topic() -> None:
    found = reading(PAYLOAD)
    assert (found.button_id, found.kinds, found.event) == ("seocho-3", ("press", "battery"), "panic")
    assert (found.condition.battery_pct, found.condition.tamper, found.gateway_id) == (83, False, "seocho")
    assert found.counter is not None
    assert (found.counter.value, found.counter.bits) == (65535, 16)
    assert found.at is not None


@pytest.mark.parametrize(
    ("code", "kinds"),
    [
        (18, ("test", "battery")),
        ("door", ("ignore",)),
        ("released", ("ignore",)),
        (None, ("battery",)),
        (99, ("press", "battery")),
    ],
)
def test_an_event_is_what_the_mapping_says_or_else_the_default(code: object, kinds: tuple[str, ...]) -> None:
    assert reading({**PAYLOAD, "what": [{"code": code}]}).kinds == kinds


def test_a_counter_wider_than_it_should_be_costs_the_counter_and_not_the_press() -> None:
    found = reading({**PAYLOAD, "n": 65536})
    assert (found.kind, found.counter, found.faults) == ("press", None, ("counter",))


def test_it_is_subscribed_to_by_a_filter() -> None:
    assert custom.read(DOCUMENT).filter() == "shop/+/keys/+"
    assert custom.decode(Message("shop/seocho/other/3", b"{}"), custom.read(DOCUMENT)) is None


def test_a_payload_that_is_no_json_is_refused_with_a_reason() -> None:
    decoded = custom.decode(Message("shop/a/keys/b", b"{"), custom.read(DOCUMENT))
    assert isinstance(decoded, Rejected)
    assert decoded.reason == "not_json"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": None}, "name"),
        ({"topic": "shop/+/x"}, "not + or #"),
        ({"fields": {}}, "button_id"),
        ({"fields": []}, "object of strings"),
        ({"fields": {"button_id": "{shop}"}}, "{shop} is not in its topic"),
        ({"fields": {"button_id": "a", "volume": "b"}}, "there is no field volume"),
        ({"kinds": {"x": "panic"}}, "panic is no kind"),
        ({"counter_bits": 12}, "8, 16 or 32"),
    ],
)
def test_a_wrong_mapping_says_how_to_mend_it(change: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidError) as error:
        custom.read({**DOCUMENT, **change})
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("/a/b", 1),
        ("/c/1", 3),
        ("/c/01", 3),
        ("/c/9", None),
        ("/c/x", None),
        ("/d~1e", 4),
        ("/f~0g", 5),
        ("/a/b/c", None),
    ],
)
def test_pointers_point_as_rfc_6901_says(pointer: str, found: object) -> None:
    document = {"a": {"b": 1}, "c": [2, 3], "d/e": 4, "f~g": 5}
    assert custom.point(document, pointer) == found


def test_the_mappings_that_come_along_can_be_written_as_documents() -> None:
    for mapping in READY_MADE:
        document = {"name": mapping.name, "topic": mapping.topic, "fields": dict(mapping.fields)}
        again = custom.read({**document, "events": dict(mapping.events), "kinds": dict(mapping.kinds)})
        assert again == mapping


@unhurried
@given(
    st.dictionaries(
        st.sampled_from(["name", "topic", "fields", "events", "kinds"]),
        st.text() | st.dictionaries(st.text(), st.text()),
    )
)
def test_any_document_is_a_mapping_or_an_error_in_words(document: dict[str, Any]) -> None:
    try:
        mapping = custom.read(document)
    except InvalidError:
        return
    custom.decode(Message(mapping.topic, b"{}"), mapping)


def test_a_name_that_stands_twice_in_a_topic_is_the_same_text_twice() -> None:
    mapping = custom.read({"name": "n", "topic": "{store}/of/{store}", "fields": {"button_id": "{store}"}})
    assert custom.decode(Message("a/of/a", b"1"), mapping) is not None
    assert custom.decode(Message("a/of/b", b"1"), mapping) is None
