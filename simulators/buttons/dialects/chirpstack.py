"""ChirpStack v4: uplinks, some passed on again with the same frame counter, joins, status, and the gateway's state."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from simulators.buttons.dialects import lorawan
from simulators.buttons.dialects.ecosystem import Ecosystem, Model, Moment, Sent, as_json

_APPLICATION = "17c82e96-be03-4f38-aef3-f83d48582d97"
_GATEWAY = "0016c001f153a14c"
_AGAIN_S = 48.0  # issue 460 of chirpstack-application-server


def _event(device: lorawan.Device, number: int, what: str, moment: Moment, after_s: float, **members: Any) -> Sent:
    info = {"applicationId": _APPLICATION, "applicationName": "hold-up", "deviceProfileName": device.name}
    info |= {"deviceName": f"store {number}", "devEui": device.eui(number)}
    told = {"deduplicationId": moment.token(), "time": moment.time(after_s).isoformat(), "deviceInfo": info, **members}
    return Sent(after_s, f"application/{_APPLICATION}/device/{device.eui(number)}/event/{what}", as_json(told))


def _up(device: lorawan.Device, number: int, uplink: lorawan.Uplink, moment: Moment, after_s: float = 0.0) -> Sent:
    told: dict[str, Any] = {"devAddr": f"{number:08x}", "dr": 5, "fPort": uplink.port, "data": uplink.data}
    if moment.frame:
        told["fCnt"] = moment.frame  # protobuf leaves out a 0
    if uplink.decoded is not None:
        told["object"] = uplink.decoded
    told["rxInfo"] = [{"gatewayId": _GATEWAY, "uplinkId": moment.frame, "rssi": moment.rssi(), "snr": 10.5}]
    return _event(device, number, "up", moment, after_s, **told)


def _press(device: lorawan.Device, number: int, moment: Moment) -> Iterator[Sent]:
    yield from _join(device, number, moment)
    yield _up(device, number, device.press(moment), moment)
    yield _up(device, number, device.press(moment), moment, _AGAIN_S)


def _report(device: lorawan.Device, number: int, moment: Moment) -> Iterator[Sent]:
    yield from _join(device, number, moment)
    yield _up(device, number, device.report(moment), moment)
    yield _event(device, number, "status", moment, 0.4, margin=10, batteryLevel=moment.battery_pct + 0.3)


def _join(device: lorawan.Device, number: int, moment: Moment) -> Iterator[Sent]:
    """Before its first frame a device joins, and counts from 0."""
    if moment.frame == 0:
        yield _event(device, number, "join", moment, 0.0, devAddr=f"{number:08x}")


def _model(name: str, device: lorawan.Device) -> Model:
    return Model(name, device.eui, partial(_press, device), partial(_report, device))


def _gateway(state: str) -> Sent:
    payload = as_json({"gatewayId": _GATEWAY, "state": state})
    return Sent(0.0, f"kr920/gateway/{_GATEWAY}/state/conn", payload, retain=True)


ECOSYSTEM = Ecosystem(
    "chirpstack",
    (
        _model("Milesight WS101", lorawan.WS101),
        _model("Milesight WS101, no codec on the server", lorawan.WS101_WITHOUT_CODEC),
        _model("Netvox R312A", lorawan.R312A),
    ),
    birth=(_gateway("ONLINE"),),
    will=_gateway("OFFLINE"),
)
