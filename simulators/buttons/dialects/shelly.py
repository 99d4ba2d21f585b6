"""Shelly second generation and later: inputs with their edges, BLU buttons through a gateway and through its script."""

from collections.abc import Iterator
from typing import Any

from simulators.buttons.dialects.ecosystem import Ecosystem, Model, Moment, Sent, as_json

_GATEWAYS = ("shellyblugwg3-84fce63bf464", "shellyblugwg3-84fce63bf465")
_FIRST_COMPONENT = 200  # what a gateway calls its first Bluetooth device
_SINGLE = 1


def _input_id(number: int) -> str:
    return f"{_input(number)}/input:0"


def _input(number: int) -> str:
    return f"shellyplusi4-a8032a{number:06x}"


def _event(device: str, component: str, event: str, at: float, after_s: float) -> Sent:
    told = {"component": component, "id": int(component.partition(":")[2]), "event": event, "ts": round(at, 2)}
    frame = {"src": device, "dst": f"{device}/events", "method": "NotifyEvent"}
    payload = as_json({**frame, "params": {"ts": round(at, 2), "events": [told]}})
    return Sent(after_s, f"{device}/events/rpc", payload, 1)


def _input_press(number: int, moment: Moment) -> Iterator[Sent]:
    for after_s, event in ((0.0, "btn_down"), (0.18, "btn_up"), (0.48, "single_push")):
        yield _event(_input(number), "input:0", event, moment.at + after_s, after_s)


def _input_appears(number: int, _: Moment) -> Iterator[Sent]:
    yield Sent(0.0, f"{_input(number)}/online", "true", retain=True)


def _component(number: int) -> str:
    return f"bthomedevice:{_FIRST_COMPONENT + number - 1}"


def _paired_id(number: int) -> str:
    return f"{_GATEWAYS[0]}/{_component(number)}"


def _paired_press(number: int, moment: Moment) -> Iterator[Sent]:
    yield _event(_GATEWAYS[0], _component(number), "single_push", moment.at, 0.0)
    yield from _paired_report(number, moment)


def _paired_report(number: int, moment: Moment) -> Iterator[Sent]:
    told = {"id": _FIRST_COMPONENT + number - 1, "rssi": moment.rssi(), "battery": moment.battery_pct}
    told |= {"packet_id": moment.frame % 256, "last_updated_ts": int(moment.at)}
    yield Sent(0.05, f"{_GATEWAYS[0]}/status/{_component(number)}", as_json(told), 1)


def _address(number: int) -> str:
    return ":".join(f"{number:012x}"[at : at + 2] for at in range(0, 12, 2)).replace("00:00:00", "a4:c1:38", 1)


def _advertised(number: int, moment: Moment, button: int) -> Iterator[Sent]:
    """Two gateways in its reach tell the same packet, each with the strength that it heard."""
    for heard, gateway in enumerate(_GATEWAYS):
        told: dict[str, Any] = {
            "encryption": False,
            "BTHome_version": 2,
            "pid": moment.frame % 256,
            "battery": moment.battery_pct,
        }
        told |= {"button": button, "rssi": moment.rssi(), "address": _address(number), "gateway": gateway}
        yield Sent(0.04 * heard, f"shelly-blu/events/{_address(number)}", as_json(told))


def _script_press(number: int, moment: Moment) -> Iterator[Sent]:
    yield from _advertised(number, moment, _SINGLE)


def _script_report(number: int, moment: Moment) -> Iterator[Sent]:
    yield from _advertised(number, moment, 0)


ECOSYSTEM = Ecosystem(
    "shelly",
    (
        Model("Shelly Plus i4", _input_id, _input_press, appear=_input_appears),
        Model("Shelly BLU Button1, paired with a gateway", _paired_id, _paired_press, _paired_report),
        Model("Shelly BLU Button1, through a gateway's script", _address, _script_press, _script_report),
    ),
    birth=(Sent(0.0, f"{_GATEWAYS[0]}/online", "true", retain=True),),
    will=Sent(0.0, f"{_GATEWAYS[0]}/online", "false", retain=True),
)
