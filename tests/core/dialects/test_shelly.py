"""What other Shelly devices, firmwares and gateway scripts send."""

from typing import Any

import pytest

from tests.core.dialects.cases import Expected, check, press


def notified(method: str, **params: Any) -> Expected:
    return {
        "src": "shellyplusi4-1",
        "dst": "shellyplusi4-1/events",
        "method": method,
        "params": {"ts": 1.7e9, **params},
    }


BLU = {
    "encryption": False,
    "BTHome_version": 2,
    "pid": 6,
    "battery": 70,
    "button": 1,
    "rssi": -76,
    "address": "5c:c7:c1:f2:e4:7c",
}


@pytest.mark.parametrize(
    ("topic", "payload", "expected"),
    [
        ("s/events/rpc", notified("NotifyEvent", events=[{"component": "input:0", "id": 0, "event": "double_push"}]),
         press("double_push", button_id="shellyplusi4-1/input:0")),
        ("s/events/rpc", notified("NotifyEvent", events=[{"component": "input:0", "event": "btn_up"},
                                                         {"component": "input:0", "event": "triple_push"}]),
         press("triple_push")),
        ("s/events/rpc",
         notified("NotifyEvent", events=[{"component": "script:1", "event": "shelly-blu", "data": BLU}]),
         press("single", button_id="5c:c7:c1:f2:e4:7c", battery_pct=70, counter=6, gateway_id="shellyplusi4-1")),
        ("s/events/rpc", notified("NotifyStatus", **{"bthomedevice:202": {"id": 202, "rssi": -60, "battery": 88}}),
         {"kind": "battery", "button_id": "shellyplusi4-1/bthomedevice:202", "battery_pct": 88, "rssi": -60}),
        ("s/events/rpc", notified("NotifyStatus", **{"devicepower:0": {"battery": {"V": 5.9, "percent": 77}}}),
         {"kind": "battery", "button_id": "shellyplusi4-1", "battery_pct": 77, "battery_v": 5.9}),
        ("s/events/rpc", notified("NotifyStatus", **{"input:0": {"id": 0, "state": True}}), press("on")),
        ("shellyplus1-1/status/input:0", {"id": 0, "state": True}, {"kind": "ignore", "reason": "switch"}),
        ("shellyplus1-1/online", "false", {"kind": "offline", "button_id": "shellyplus1-1"}),
        ("shellyplus1-1/status/switch:0", {"id": 0, "output": True}, {"kind": "ignore"}),
        ("shelly-blu/events/5c:c7:c1:f2:e4:7c", {**BLU, "button": [0, 0, 4, 0]}, press("long", endpoint="3")),
        ("shelly-blu/events/5c:c7:c1:f2:e4:7c", {**BLU, "button": 0}, {"kind": "battery", "event": None}),
        ("shelly-blu/events/5c:c7:c1:f2:e4:7c", {**BLU, "button": 77}, press("unknown")),
        ("shelly-blu/events/5c:c7:c1:f2:e4:7c", {"pid": 6, "button": ["null", 0]},
         {"kind": "ignore", "reason": "release"}),
        ("shelly-blu/events/5c:c7:c1:f2:e4:7c", {**BLU, "encryption": True}, {"kind": "ignore", "reason": "encrypted"}),
        ("shellies/shellyix3-1/input_event/2", {"event": "L", "event_cnt": 9},
         press("long", button_id="shellyix3-1/input:2", counter=9)),
        ("shellies/shellybutton1-1/input_event/0", {"event": "SSS", "event_cnt": "x"}, press("triple", counter=None)),
        ("shellies/shellyix3-1/input_event/\x07", {"event": "L", "event_cnt": 9},
         {"kind": "ignore", "reason": "status"}),
        ("shellies/shellyix3-1/online", "false", {"kind": "offline", "button_id": "shellyix3-1"}),
        ("shellies/shellyix3-1/input/0", "1", {"kind": "ignore"}),
        ("shellies/announce", {"id": "shellybutton1-1", "mac": "A"},
         {"kind": "heartbeat", "button_id": "shellybutton1-1"}),
    ],
)  # fmt: skip
def test_shelly(topic: str, payload: Any, expected: Expected) -> None:
    check(topic, payload, expected)
