"""What Tasmota and ESPHome send for buttons, contacts, Zigbee and radio bridges."""

from typing import Any

import pytest

from tests.core.dialects.cases import Expected, check, press


def zigbee(**members: Any) -> Expected:
    return {"ZbReceived": {"0x099F": {"Device": "0x099F", "LinkQuality": 70, **members}}}


@pytest.mark.parametrize(
    ("topic", "payload", "expected"),
    [
        ("stat/t/BUTTON1", {"ACTION": "TRIPLE"}, press("triple", button_id="t/1")),
        ("stat/t/BUTTON", "3", press("hold", button_id="t")),
        ("stat/t/BUTTON", "15", {"kind": "ignore", "event": "clear"}),
        ("stat/t/RESULT", {"Switch2": {"Action": "ON"}}, press("on", button_id="t/switch2")),
        ("stat/t/RESULT", {"POWER": "ON"}, {"kind": "ignore", "button_id": "t"}),
        ("tele/t/SENSOR", {"Time": "x", "Switch1": "OFF"}, {"kind": "ignore"}),
        ("tele/t/SENSOR", {"Time": "x", "DS18B20": {}}, {"kind": "heartbeat", "button_id": "t"}),
        ("tele/t/LWT", "Online", {"kind": "heartbeat", "button_id": "t"}),
        ("tele/t/LWT", "Offline", {"kind": "offline", "button_id": "t"}),
        ("tele/t/RESULT", {"RfReceived": {"Sync": 1, "Data": "7028D2", "RfKey": "None"}},
         press("code", button_id="7028D2")),
        ("tele/t/RESULT", {"RfRaw": {"Data": "AA B1"}}, {"kind": "ignore"}),
        ("tele/t/SENSOR", zigbee(**{"0500!00": "010000FF0000"}), press("alarm", button_id="0x099F", linkquality=70)),
        ("tele/t/SENSOR", zigbee(**{"0500!00": "000000FF0000"}), {"kind": "heartbeat"}),
        ("tele/t/SENSOR", zigbee(ZoneStatusChange=0x000D), press("alarm", tamper=True, battery_low=True)),
        ("tele/t/SENSOR", zigbee(ZoneStatusChange=0x0101), {"kind": "test"}),
        ("tele/t/SENSOR", zigbee(**{"0501!02": ""}), press("emergency")),
        ("tele/t/SENSOR", zigbee(**{"0501!04": ""}), press("panic")),
        ("tele/t/SENSOR", zigbee(**{"0501!00": "03"}), {"kind": "ignore"}),
        ("tele/t/SENSOR", zigbee(**{"0006!FD": "02"}, Endpoint=3), press("hold", endpoint="3")),
        ("tele/t/SENSOR", zigbee(**{"0006!00": ""}, Power=0), press("off")),
        ("tele/t/SENSOR", zigbee(Power=True, Dimmer=3), {"kind": "heartbeat"}),
        ("tele/t/SENSOR", zigbee(BatteryVoltage=2.9, BatteryPercentage=71), {"kind": "battery", "battery_pct": 71}),
        ("tele/t/SENSOR", {"ZbReceived": {"0x7596": {"0006!01": ""}}}, press("on", button_id="0x7596")),
        ("n/binary_sensor/front_door/state", "ON", {"kind": "ignore", "reason": "no_button"}),
        ("n/binary_sensor/panic_tamper/state", "ON", {"kind": "tamper"}),
        ("n/binary_sensor/panic_battery_low/state", "ON", {"kind": "battery", "battery_low": True}),
        ("n/event/panic/state", {"event_type": "long_press"}, press("long_press", button_id="n/panic")),
        ("n/text_sensor/button/state", "double", press("double")),
        ("n/text_sensor/version/state", "2024.6.0", {"kind": "ignore"}),
        ("n/sensor/panic_battery/state", "83.0", {"kind": "battery", "button_id": "n/panic", "battery_pct": 83}),
        ("n/sensor/battery_voltage/state", "2.98", {"kind": "heartbeat", "button_id": "n", "battery_v": 2.98}),
        ("n/sensor/wifi_signal/state", "-61", {"kind": "heartbeat", "rssi": -61}),
        ("n/sensor/temperature/state", "nan", {"kind": "ignore"}),
        ("n/debug", "[D] topic n/binary_sensor/panic/state ON", {"kind": "ignore"}),
        ("homeassistant/status", "online", {"kind": "ignore", "button_id": None}),
    ],
)  # fmt: skip
def test_tasmota_and_esphome(topic: str, payload: Any, expected: Expected) -> None:
    check(topic, payload, expected)
