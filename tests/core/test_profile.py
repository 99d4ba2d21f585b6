"""What an event of a button means."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarmd.core.dialects.device import Kind, Reading
from alarmd.core.errors import InvalidError
from alarmd.core.profile import MEANINGS, Meaning, meaning, meant, read, silent_after_s

PRESS = Reading("zigbee2mqtt", "b", ("press", "battery"), "single", "left")
RELEASE = Reading("zigbee2mqtt", "b", ("ignore",), "Contact Open")


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({}, "panic"),
        ({"single": "test"}, "test"),
        ({"SINGLE": "cancel"}, "cancel"),
        ({"single": "test", "single@left": "nothing"}, "nothing"),
        ({"single@right": "nothing"}, "panic"),
        ({"*": "nothing"}, "nothing"),
        ({"*": "nothing", "*@left": "test"}, "test"),
        ({"*@left": "nothing", "single": "panic"}, "panic"),
    ],
)
def test_the_most_exact_rule_counts(rules: dict[str, str], expected: Meaning) -> None:
    assert meaning(PRESS, read(rules)) == expected


def test_a_profile_may_see_a_press_where_nobody_else_does() -> None:
    """A SimpliSafe keychain says `Contact Open` for its panic button."""
    assert meaning(RELEASE, None) == "nothing"
    assert meaning(RELEASE, read({"contact open": "panic"})) == "panic"
    assert meant(RELEASE, "panic").kinds == ("press",)


def test_everything_else_is_no_release() -> None:
    assert meaning(RELEASE, read({"*": "panic"})) == "nothing"


def test_what_the_broker_kept_means_nothing_whatever_the_profile_says() -> None:
    kept = Reading("zigbee2mqtt", "b", ("ignore",), "single", retained=True, reason="retained")
    assert meaning(kept, read({"single": "panic"})) == "nothing"


def test_a_reading_keeps_what_else_it_tells() -> None:
    assert meant(PRESS, "panic").kinds == ("press", "battery")
    assert meant(PRESS, "cancel").kinds == ("press", "battery")
    assert meant(PRESS, "test").kinds == ("test", "battery")
    assert meant(PRESS, "nothing").kinds == ("battery",)


@pytest.mark.parametrize(
    "rules", [{"single": "police"}, {"": "panic"}, {"@left": "panic"}, {"a@": "test"}, {"\n": "test"}]
)
def test_a_rule_that_is_none_is_named(rules: dict[str, str]) -> None:
    with pytest.raises(InvalidError) as refused:
        read(rules)
    assert all(fault.where.startswith("body.profile.") for fault in refused.value.faults)


def test_there_are_not_too_many_rules() -> None:
    with pytest.raises(InvalidError, match="at most 64"):
        read({f"event {number}": "panic" for number in range(65)})


def test_sleepers_have_their_own_intervals() -> None:
    assert silent_after_s("chirpstack", "WS101 EU868") == 172_800
    assert silent_after_s("shelly", "SBBT-002C") is None
    assert silent_after_s("rtl_433", None) is None
    assert silent_after_s("native", None) == 86_400


kinds = st.lists(st.sampled_from(get_args(Kind)), min_size=1, max_size=3, unique=True).map(tuple)
readings = st.builds(Reading, st.just("custom"), st.just("b"), kinds, st.text() | st.none(), st.text() | st.none())
rules = st.dictionaries(st.text(min_size=1), st.sampled_from(MEANINGS), max_size=8)


@given(readings, rules)
def test_any_reading_means_something_and_a_press_is_one_exactly_if_it_is_meant(
    reading: Reading, profile: dict[str, Meaning]
) -> None:
    means = meaning(reading, profile)
    assert means in MEANINGS
    told = meant(reading, means)
    assert told.kinds
    assert bool({"press", "test"} & set(told.kinds)) == (means != "nothing")
    others = set(reading.kinds) - {"press", "test", "ignore"}
    assert others <= set(told.kinds)
