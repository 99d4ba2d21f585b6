"""What other LoRaWAN buttons send, with a codec and without, through both network servers."""

from typing import Any

import pytest

from tests.core.dialects.cases import Expected, check, press


def chirpstack(
    port: int, data: str, profile: str = "", eui: str = "0102030405060708", **members: Any
) -> tuple[str, Expected]:
    info = {"deviceInfo": {"devEui": eui, "deviceProfileName": profile}}
    return f"application/a/device/{eui}/event/up", {**info, "fPort": port, "fCnt": 5, "data": data, **members}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (chirpstack(85, "/zQDEQA="), press("trigger", endpoint="3")),
        (chirpstack(85, "AXVkAAA="), {"kind": "battery", "battery_pct": 100}),
        (chirpstack(85, "/y4="), press("unknown")),
        (chirpstack(85, "AWcQAQ=="), {"kind": "ignore", "reason": "no_codec"}),
        (chirpstack(147, "Af43AAAEAAA="), press("pressed", battery_v=3.9)),
        (chirpstack(6, "AU0BmAEAAAAAAAA="), press("alarm", battery_v=2.4, battery_low=True)),
        (chirpstack(6, "ARABHgEAAAAAAAA="), press("alarm", model="RB02I")),
        (chirpstack(18, "CnT5hgAH"), press("sos", battery_pct=None)),
        (chirpstack(19, "SVp/QjA="), press("sos", battery_pct=90)),
        (chirpstack(210, "AAEBBAzkfQAUAQ=="), press("sos", battery_v=3.3, battery_low=False)),
        (chirpstack(2, "AVp4VAbPM9hNIGAASwGQAA==", "LGT92"), press("alarm", battery_v=3.36)),
        (chirpstack(2, "AasCmwE=", "MClimate button"), press("1")),
        (chirpstack(5, "CQAAQAAAAAAAAA==", eui="2cf7f1c000000001"), press("sos")),
        (chirpstack(5, "CQAAgAAAAAAAAA==", eui="2cf7f1c000000001"), press("press_once")),
        (chirpstack(5, "CQAAgAAAAAAAAA=="), {"kind": "ignore"}),
        (chirpstack(85, "", object={"button_2": "trigger", "battery": 50}),
         press("trigger", endpoint="2", battery_pct=50)),
        (chirpstack(9, "AA==", object={"ALARM_status": "TRUE", "BatV": 3.1}), press("alarm", battery_v=3.1)),
        (chirpstack(9, "AA==", object={"Alarm": "TRUE", "Bat": 3.05, "TempC": 20}), press("alarm", battery_v=3.05)),
        (chirpstack(9, "AA==", object={"messages": [[{"type": "Event Status", "measurementValue": [
            {"id": 7, "eventName": "SOS event."}]}, {"type": "Battery", "measurementValue": 90}]]}),
         press("sos", battery_pct=90)),
        (chirpstack(9, "AA==", object={"eventType": "SOS_MODE_END", "sosFlag": 0}), {"kind": "heartbeat"}),
        (chirpstack(9, "AA==", object={"sos": False, "emergency_button": "released"}), {"kind": "heartbeat"}),
        (chirpstack(9, "AA==", object={"panic": 1, "tamper": True}), press("panic", also=["tamper"])),
        (chirpstack(9, "AA==", object={"temperature": 21.5, "temperature_alarm": True}), {"kind": "heartbeat"}),
        (chirpstack(9, "AA==", object={"self_test": True, "battery": 5}), {"kind": "test", "battery_pct": 5}),
        (chirpstack(0, ""), {"kind": "heartbeat", "counter": 5}),
        (chirpstack(7, "TXoA", "TrackerD"), press("alarm", battery_v=3.45)),
        (chirpstack(2, "FQYBAA==", eui="7894e80000000001"), press("pressed", endpoint="1")),
        (chirpstack(2, "FQYBAQ==", eui="7894e80000000001"), {"kind": "heartbeat"}),
        (chirpstack(2, "FQIA", "RBS305"), {"kind": "tamper"}),
        (chirpstack(2, "FQECADA=", "RBS305"), {"kind": "battery", "battery_low": True, "battery_v": 3.0}),
        (chirpstack(10, "ANNPApUB", eui="647fda0000000001"), press("emergency", battery_pct=79)),
        (chirpstack(10, "ANNPApUA", "SEAL"), {"kind": "battery", "event": None}),
        (chirpstack(10, "", object={"battery_lifetime_pct": 79, "safety_status": {"safety_status_eb": 1}}),
         press("emergency", battery_pct=79)),
        (chirpstack(2, "FQYBAA==", object={"Type": "BUTTON", "Button": {"Event": "Button 2", "State": "Held"}}),
         press("held", endpoint="2")),
        (chirpstack(2, "FQYBAQ==", object={"Type": "BUTTON", "Button": {"Event": "Button 2", "State": "Released"}}),
         {"kind": "heartbeat", "event": None}),
        (chirpstack(2, "FQECADA=", object={"Type": "SUPERVISORY", "Supervisory": {"BatteryLow": 0, "Battery": "3.0V"}}),
         {"kind": "heartbeat", "battery_v": 3.0, "battery_pct": None, "battery_low": False}),
        (chirpstack(85, "%%%", fCnt="x", time="1970-01-01T00:00:00Z", object={"button": "short"}),
         press("short", counter=None, faults=["time", "fCnt"])),
        (("application/a/device/01/event/status", {"batteryLevel": 0, "externalPowerSource": True}),
         {"kind": "heartbeat"}),
        (("application/a/device/01/event/txack", "\x08"), {"kind": "ignore", "button_id": "01", "reason": "no_uplink"}),
        (("eu868/gateway/0016/state/conn", {"gatewayId": "0016", "state": "OFFLINE"}),
         {"kind": "offline", "scope": "gateway"}),
        (("v3/a@t/devices/d/join", {"end_device_ids": {"device_id": "d"}, "join_accept": {}}), {"kind": "heartbeat"}),
        (("v3/a@t/devices/d/down/sent", {}), {"kind": "ignore", "button_id": "d", "reason": "no_uplink"}),
        (("v3/a@t/devices/d/up", {"simulated": True, "uplink_message": {"f_port": 85, "frm_payload": "/y4B"}}),
         {"kind": "test", "event": "short", "counter": 0}),
        (("v3/a@t/devices/d/up", {"uplink_message": {"last_battery_percentage": {"value": 86.61}}}),
         {"kind": "battery", "battery_pct": 86.61}),
    ],
)  # fmt: skip
def test_lorawan(sent: tuple[str, Any], expected: Expected) -> None:
    check(*sent, expected)
