"""What is switched on, and behind which prefix."""

import pytest

from alarmd.core.dialects.chosen import NAMES, choose
from alarmd.core.dialects.device import Reading
from alarmd.core.errors import InvalidError
from alarmd.core.signal import Message, Rejected


def first(prefixes: str, name: str, topic: str, payload: str) -> Reading | None:
    decoded = choose([name], prefixes).decode(Message(topic, payload.encode()))
    assert not isinstance(decoded, Rejected)
    return decoded[0] if decoded else None


def test_by_default_only_native_buttons_are_heard() -> None:
    chosen = choose(["native"])
    assert chosen.native
    assert chosen.filters() == ()
    assert chosen.decode(Message("zigbee2mqtt/b/action", b"single")) is None


def test_all_is_everything() -> None:
    chosen = choose(["all"])
    assert chosen.native
    assert len(chosen.choices) == len(NAMES) - 2
    assert "homie/5/+/+/button" in chosen.filters()


def test_only_what_is_switched_on_is_subscribed_to() -> None:
    chosen = choose(["zigbee2mqtt", "rtl_433"])
    assert not chosen.native
    assert chosen.filters() == (
        "zigbee2mqtt/#",
        "rtl_433/+/events",
        "rtl_433/+/devices/#",
        "rtl_433/+/availability",
    )


def test_a_plus_in_a_prefix_is_any_one_level() -> None:
    written = "zigbee2mqtt=+/z2m, z2m ; shelly=shellies/+"
    assert choose(["zigbee2mqtt"], written).filters() == ("+/z2m/#", "z2m/#")
    reading = first(written, "zigbee2mqtt", "seocho/z2m/b", '{"action": "single"}')
    assert reading
    assert (reading.button_id, reading.event, reading.gateway_id) == ("b", "single", "seocho/z2m")
    reading = first(written, "zigbee2mqtt", "z2m/b", '{"action": "single"}')
    assert reading
    assert reading.gateway_id == "z2m"
    assert first(written, "zigbee2mqtt", "a/b/z2m/c", '{"action": "single"}') is None
    assert first(written, "zigbee2mqtt", f"{'a' * 125}/z2m/c", '{"action": "single"}') is None  # too long for an id
    events = '[{"component": "input:0", "event": "single_push"}]'
    pushed = f'{{"src": "i4", "method": "NotifyEvent", "params": {{"events": {events}}}}}'
    reading = first(written, "shelly", "shellies/i4/events/rpc", pushed)
    assert reading
    assert reading.button_id == "i4/input:0"


@pytest.mark.parametrize(
    ("names", "prefixes", "said"),
    [
        (["zigbe2mqtt"], "", "there is no dialect 'zigbe2mqtt'; give all, or any of native, zigbee2mqtt"),
        ([], "", "names no dialect"),
        (["native"], "zigbee2mqtt", "names no prefix; write it as zigbee2mqtt=z2m"),
        (["native"], "native=x", "'native' is no dialect with a prefix"),
        (["native"], "tasmota=stat#", "is no prefix"),
        (["native"], "tasmota=a+/b", "is no prefix"),
        (["native"], "tasmota=alarmd", "is not for buttons"),
    ],
)
def test_a_mistake_is_one_clear_line(names: list[str], prefixes: str, said: str) -> None:
    with pytest.raises(InvalidError, match=r"^ALARMD_DIALECT") as refused:
        choose(names, prefixes)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_somebody_elses_status_is_no_matter_of_ours() -> None:
    chosen = choose(["shelly", "esphome"])
    assert chosen.decode(Message("octoprint/status", b"printing")) is None
    assert chosen.decode(Message("x/status/y", b"{")) is None
    assert isinstance(chosen.decode(Message("x/events/rpc", b"{")), Rejected)
    assert isinstance(chosen.decode(Message("x/status/input:0", b"{")), Rejected)
