"""What Zigbee2MQTT sends for other models and in its other output modes."""

from typing import Any

import pytest

from tests.core.dialects.cases import Expected, check, press

KEYPAD = {"action_code": "2468", "action_transaction": 84, "action_zone": 0, "battery": 100}


@pytest.mark.parametrize(
    ("topic", "payload", "expected"),
    [
        ("b", {"action": "double", "battery": 80}, press("double", battery_pct=80)),
        ("b", {"action": "1_single"}, press("single", endpoint="1")),
        ("b", {"action": "button_2_hold"}, press("hold", endpoint="2")),
        ("b", {"action": "button_2_release"}, {"kind": "ignore", "event": "release"}),
        ("b", {"action": "single_both"}, press("single", endpoint="both")),
        ("b", {"action": "hold_release"}, {"kind": "ignore"}),
        ("b", {"action": "brightness_stop"}, {"kind": "ignore"}),
        ("b", {"action": "arrow_left_click"}, press("arrow_left_click")),
        ("b", {"action": "arm_all_zones", **KEYPAD}, {"kind": "ignore", "event": "arm_all_zones"}),
        ("b", {"action": "disarm", **KEYPAD}, {"kind": "ignore"}),
        ("b", {"action": "emergency", **KEYPAD}, press("emergency", counter=84)),
        ("b", {"click": "single"}, press("single")),
        ("b/click", "double", press("double", button_id="b")),
        ("b/action", "", {"kind": "heartbeat", "button_id": "b"}),
        ("b/action", "null", {"kind": "heartbeat"}),
        ("b/sos", "true", press("sos", button_id="b")),
        ("b/tamper", "true", {"kind": "tamper", "button_id": "b"}),
        ("b/battery_low", "true", {"kind": "battery", "battery_low": True}),
        ("b/linkquality", "18", {"kind": "heartbeat", "linkquality": 18}),
        ("b/last_seen", "1776440002000", {"kind": "heartbeat", "button_id": "b"}),
        ("b/update-state", "idle", {"kind": "ignore", "button_id": "b"}),
        ("b", {"action": "single", "battery": "100.00"}, press("single", battery_pct=100)),
        ("b", {"action": "single", "battery": 255}, press("single", battery_pct=None, faults=["battery"])),
        ("b", {"action": "single", "last_seen": "2 minutes ago"}, press("single", at=None, faults=None)),
        ("b", {"action": "single", "last_seen": "1970-01-01T00:00:00Z"}, press("single", faults=["last_seen"])),
        ("b", {"action": "single", "last_seen": 1776440002.5}, press("single", at="2026-04-17T15:33:22.500000+00:00")),
        ("b", {"action": "single", "last_seen": "2026-04-17T23:33:22"}, press("single", at=None, faults=None)),
        ("b", {"action": "single", "tamper": "TRUE"}, press("single", tamper=True, also=["tamper"])),
        ("b", {"state": "ON", "brightness": 3}, {"kind": "ignore", "reason": "nothing_told"}),
        ("b/availability", "online", {"kind": "heartbeat", "button_id": "b"}),
        ("b/availability", {"state": "offline"}, {"kind": "offline", "button_id": "b"}),
        ("bridge/state", "offline", {"kind": "offline", "scope": "bridge", "button_id": None}),
        ("bridge/devices", [], {"kind": "ignore", "scope": "bridge"}),
        ("bridge/event", {"type": "device_interview", "data": {"ieee_address": "0x1", "status": "failed"}},
         {"kind": "ignore", "button_id": "0x1"}),
        ("bridge/event", {"type": "\u0378", "data": {"ieee_address": "0x1"}}, {"kind": "ignore", "event": None}),
        ("b/set/state", "ON", {"kind": "ignore", "button_id": None}),
        ("b", "", {"kind": "ignore", "reason": "removed"}),
    ],
)  # fmt: skip
def test_zigbee2mqtt(topic: str, payload: Any, expected: Expected) -> None:
    check(f"zigbee2mqtt/{topic}", payload, expected)
