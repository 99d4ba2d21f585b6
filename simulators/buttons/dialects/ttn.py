"""The Things Stack v3: uplinks with QoS 0; a tracker whose SOS rides along with its positions until it is ended."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from simulators.buttons.dialects import lorawan
from simulators.buttons.dialects.ecosystem import Ecosystem, Model, Moment, Sent, as_json

_APPLICATION = "hold-up"
_GATEWAY = "eui-aa555a0000000101"
_ENDED_BEFORE_S = 2.0
_FRAMES_OF_A_DEED = 3


def _device_id(device: lorawan.Device, number: int) -> str:
    return f"{device.name.lower().replace(' ', '-')}-{number:04}"


def _up(
    device: lorawan.Device, number: int, uplink: lorawan.Uplink, moment: Moment, after_s: float = 0.0, frame: int = 0
) -> Sent:
    """`frame` is how many frames came before it within the same deed."""
    ids = {"device_id": _device_id(device, number), "application_ids": {"application_id": _APPLICATION}}
    ids |= {"dev_eui": device.eui(number).upper(), "dev_addr": f"26{number:06X}"}
    at = moment.time(after_s).isoformat().replace("+00:00", "Z")
    told: dict[str, Any] = {"f_port": uplink.port, "frm_payload": uplink.data, "received_at": at}
    count = _FRAMES_OF_A_DEED * moment.frame + frame
    if count:
        told["f_cnt"] = count  # protobuf leaves out a 0
    if uplink.decoded is not None:
        told["decoded_payload"] = uplink.decoded
    told["rx_metadata"] = [{"gateway_ids": {"gateway_id": _GATEWAY}, "rssi": moment.rssi(), "snr": 9.2}]
    payload = as_json({"end_device_ids": ids, "received_at": at, "uplink_message": told})
    return Sent(after_s, f"v3/{_APPLICATION}@ttn/devices/{_device_id(device, number)}/up", payload)


def _press(device: lorawan.Device, number: int, moment: Moment) -> Iterator[Sent]:
    yield _up(device, number, device.press(moment), moment)


def _report(device: lorawan.Device, number: int, moment: Moment) -> Iterator[Sent]:
    yield _up(device, number, device.report(moment), moment)


def _tracker_press(number: int, moment: Moment) -> Iterator[Sent]:
    """The alarm before was ended; the new one is told by two positions, ten seconds apart."""
    if moment.press > 1:
        yield _up(lorawan.ABEEWAY, number, lorawan.ended(moment), moment)
    for copy in (0, 1):
        after_s = _ENDED_BEFORE_S + 10.0 * copy
        yield _up(lorawan.ABEEWAY, number, lorawan.ABEEWAY.press(moment), moment, after_s, copy + 1)


def _model(name: str, device: lorawan.Device) -> Model:
    return Model(name, partial(_device_id, device), partial(_press, device), partial(_report, device))


ECOSYSTEM = Ecosystem(
    "ttn",
    (
        _model("Milesight WS101", lorawan.WS101),
        _model("Browan TBPB100", lorawan.TBPB100),
        _model("Netvox R312A", lorawan.R312A),
        Model(
            "Abeeway Micro Tracker",
            partial(_device_id, lorawan.ABEEWAY),
            _tracker_press,
            partial(_report, lorawan.ABEEWAY),
        ),
    ),
)
