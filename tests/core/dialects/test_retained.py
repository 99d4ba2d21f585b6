"""A press that the broker kept is over, in every dialect."""

from typing import Any

import pytest

from tests.core.dialects.cases import told


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("zigbee2mqtt/b", {"action": "emergency"}),
        ("zigbee2mqtt/b/action", "emergency"),
        ("shellies/shellybutton1-1/input_event/0", {"event": "S", "event_cnt": 2}),
        ("n/binary_sensor/panic/state", "ON"),
        ("rtl_433/h/events", {"model": "Generic-Remote", "id": 1, "cmd": 2}),
        ("home/OMG/433toMQTT", {"value": 1}),
        ("homie/5/s/panic/button", "pressed"),
        ("v3/a@t/devices/d/up", {"uplink_message": {"f_port": 85, "frm_payload": "/y4B"}}),
    ],
)
def test_a_press_that_the_broker_kept_is_never_one(topic: str, payload: Any) -> None:
    assert told(topic, payload)["kind"] == "press"
    kept = told(topic, payload, retain=True)
    assert (kept["kind"], kept["reason"], kept["retained"]) == ("ignore", "retained", True)
