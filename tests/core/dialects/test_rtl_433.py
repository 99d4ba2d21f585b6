"""What security remotes, pendants and keypads say through rtl_433, OpenMQTTGateway and their kin."""

from typing import Any

import pytest

from tests.core.dialects.cases import Expected, check, press


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"model": "SimpliSafe-Sensor", "id": "1M38R", "seq": 98, "state": 1, "extradata": "Contact Open"},
         press("Contact Open", button_id="1M38R", counter=98)),
        ({"model": "SimpliSafe Sensor", "device": "1M38R", "seq": 99, "state": 3, "extradata": "Alarm Off"},
         {"kind": "ignore", "button_id": "1M38R"}),
        ({"model": "SimpliSafe-Keypad", "id": "1JZAG", "seq": 32, "extradata": "Disarm Pin: 1234"},
         {"kind": "ignore", "event": "disarm_pin"}),
        ({"model": "SimpliSafe-Keypad", "id": "1JZAG", "seq": 32, "extradata": "Arm System - Away"},
         {"kind": "ignore"}),
        ({"model": "X10-Security", "id": "1", "event": "KEY-FOB DISARM"}, {"kind": "ignore"}),
        ({"model": "X10-Security", "id": "1", "event": "KR18 PANIC"}, press("KR18 PANIC")),
        ({"model": "X10-Security", "id": "1", "event": "MOTION TRIPPED", "tamper": 1}, {"kind": "tamper"}),
        ({"model": "Honeywell-Security", "id": 1, "contact_open": 0, "alarm": 1, "battery_ok": 0, "heartbeat": 0},
         press("alarm", battery_low=True)),
        ({"model": "Honeywell-Security", "id": 1, "contact_open": 1, "heartbeat": 1, "battery_ok": 1},
         {"kind": "heartbeat"}),
        ({"model": "Honeywell-Security", "id": 1, "contact_open": 1, "reed_open": 0, "heartbeat": 0}, press("open")),
        ({"model": "Honeywell-Security", "id": 1, "tamper": 1, "heartbeat": 0}, {"kind": "tamper"}),
        ({"model": "DSC-Security", "id": 1, "closed": 1, "event": 1, "tamper": 0, "battery_ok": 1}, press("event")),
        ({"model": "DSC-Security", "id": 1, "closed": 1, "event": 0, "tamper": 0}, {"kind": "heartbeat"}),
        ({"model": "Visonic-Powercode", "id": "6f4770", "alarm": 1, "restore": 1, "supervised": 1}, press("alarm")),
        ({"model": "Visonic-Powercode", "id": "6f4770", "alarm": 0, "tamper": 1}, {"kind": "tamper"}),
        ({"model": "Interlogix-Security", "subtype": "panic", "id": "3a10d7", "battery_ok": 1, "switch1": "OPEN"},
         {"kind": "heartbeat"}),
        ({"model": "Interlogix-Security", "subtype": "unknown", "id": "3a10d7", "switch1": "CLOSED"}, press("unknown")),
        ({"model": "Kerui-Security", "id": 1, "cmd": 11, "tamper": 1}, {"kind": "tamper"}),
        ({"model": "Kerui-Security", "id": 1, "cmd": 10, "motion": 1}, {"kind": "heartbeat"}),
        ({"model": "Chuango-Security", "id": 1, "cmd": "Alarm", "cmd_id": 2}, press("alarm")),
        ({"model": "Chuango-Security", "id": 1, "cmd": "Low Battery"}, {"kind": "battery", "battery_low": True}),
        ({"model": "Chuango-Security", "id": 1, "cmd": "Disarm"}, {"kind": "ignore"}),
        ({"model": "Generic-Remote", "id": 27111, "cmd": 22, "tristate": "X1"}, press("22", button_id="27111")),
        ({"model": "Microchip-HCS200", "id": "A1", "button": 4, "battery_ok": 1}, press("4")),
        ({"model": "EV1527", "rows": [], "codes": ["{25}b94e478"]}, press(None, button_id="{25}b94e478")),
        ({"model": "Proove-Security", "id": 1, "channel": 3, "state": "OFF", "unit": 3}, {"kind": "ignore"}),
        ({"model": "Proove-Security", "id": 1, "channel": 3, "state": "ON", "unit": 3}, press("on", endpoint="3")),
        ({"model": "Honeywell-ActivLink", "id": "1", "subtype": "PIR-Motion", "alert": "Normal"},
         {"kind": "heartbeat"}),
        ({"model": "Ford-CarRemote", "id": "1", "button_str": "Panic"}, {"kind": "ignore", "reason": "car_key"}),
        ({"model": "Toyota", "type": "TPMS", "id": "1"}, {"kind": "ignore"}),
        ({"model": "Nexus-TH", "id": 1, "temperature_C": 20.1, "button": 1, "battery_ok": 0}, {"kind": "battery"}),
    ],
)  # fmt: skip
def test_rtl_433(members: Expected, expected: Expected) -> None:
    check("rtl_433/host/events", {"time": "2026-11-23 22:10:40", **members}, expected)
    check("home/OMG/RTL_433toMQTT/x/y", members, {**expected, "gateway_id": "OMG"})


@pytest.mark.parametrize(
    ("topic", "payload", "expected"),
    [
        ("rtl_433/h/devices/X10-Security/a25d/event", "KR15 PANIC",
         press("KR15 PANIC", button_id="a25d", broadcast=True)),
        ("rtl_433/h/devices/Interlogix-Security/panic/3a10d7/switch1", "CLOSED", press("panic", button_id="3a10d7")),
        ("rtl_433/h/devices/Acurite-Tower/12/wind_dir_deg", "12", {"kind": "ignore", "button_id": "12"}),
        ("rtl_433/h/availability", "offline", {"kind": "offline", "scope": "receiver"}),
        ("rtl_433/h/states", {"enabled": 1}, {"kind": "ignore"}),
        ("home/OMG/433toMQTT", {"value": 7350482, "protocol": 1, "length": 24, "delay": 238},
         press("code", button_id="7350482")),
        ("home/OMG/433toMQTT", "7350482", press("code", button_id="7350482", broadcast=True)),
        ("home/OMG/SRFBtoMQTT", {"raw": "2B", "value": 8}, press("code", button_id="8")),
        ("home/OMG/PilighttoMQTT",
         {"message": {"systemcode": 31, "unitcode": 8, "state": "down"}, "protocol": "elro_800"},
         press("down", button_id="31-8")),
        ("home/OMG/BTtoMQTT/A4", {"id": "A4:C1", "rssi": -60, "batt": 90, "packet": 7, "button": 1},
         press("single", button_id="A4:C1", battery_pct=90, counter=7)),
        ("home/OMG/LWT", "offline", {"kind": "offline", "scope": "receiver"}),
        ("home/OMG/SYStoMQTT", {"uptime": 1}, {"kind": "heartbeat", "scope": "receiver"}),
    ],
)  # fmt: skip
def test_radio_receivers(topic: str, payload: Any, expected: Expected) -> None:
    check(topic, payload, expected)
