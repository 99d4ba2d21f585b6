"""Mappings that come with alarmd, to be used as they are or copied: Homie, Home Buttons, deCONZ, Sparkplug."""

from typing import Final

from alarmd.core.dialects.custom import Mapping
from alarmd.core.dialects.device import Kind

_THERE: Final[dict[str, Kind]] = {"online": "heartbeat", "offline": "offline"}
_HOMIE_STATES: Final = {
    "init": "online",
    "ready": "online",
    "alert": "online",
    "sleeping": "online",
    "disconnected": "offline",
    "lost": "offline",
}


def _homie(version: str, topic: str) -> tuple[Mapping, ...]:
    return (
        Mapping(
            f"homie {version} state",
            f"{topic}/$state",
            {"button_id": "{device}", "event": "$", "gateway_id": "{device}"},
            _HOMIE_STATES,
            _THERE,
        ),
        Mapping(
            f"homie {version} button",
            f"{topic}/{{node}}/button",
            {"button_id": "{device}/{node}", "event": "$", "gateway_id": "{device}"},
        ),
        Mapping(
            f"homie {version} action",
            f"{topic}/{{node}}/action",
            {"button_id": "{device}/{node}", "event": "$", "gateway_id": "{device}"},
        ),
        Mapping(
            f"homie {version} battery",
            f"{topic}/{{node}}/battery",
            {"button_id": "{device}/{node}", "battery_pct": "$", "gateway_id": "{device}"},
        ),
    )


_HOME_BUTTONS: Final = (
    *(
        Mapping(
            f"home buttons {event}",
            f"homebuttons/{{device}}/button_{{number}}_{event}",
            {"button_id": "{device}/{number}", "event": event, "gateway_id": "{device}"},
        )
        for event in ("double", "triple", "quad", "long")
    ),
    Mapping(
        "home buttons single",
        "homebuttons/{device}/button_{number}",
        {"button_id": "{device}/{number}", "event": "single", "gateway_id": "{device}"},
    ),
    Mapping(
        "home buttons available",
        "homebuttons/{device}/available",
        {"button_id": "{device}", "event": "$", "gateway_id": "{device}"},
        kinds=_THERE,
    ),
    Mapping("home buttons battery", "homebuttons/{device}/battery", {"button_id": "{device}", "battery_pct": "$"}),
    Mapping(
        "home buttons system",
        "homebuttons/{device}/system_state",
        {"button_id": "{device}", "rssi_dbm": "/wifi_rssi", "battery_pct": "/battery"},
    ),
)

_DECONZ: Final = (
    Mapping(
        "deconz",
        "deconz/sensors/{number}",
        {
            "button_id": "deconz-{number}",
            "event": "/state/buttonevent",
            "battery_pct": "/config/battery",
            "battery_low": "/state/lowbattery",
            "tamper": "/state/tampered",
            "at": "/state/lastupdated",
            "model": "/modelid",
        },
        events={
            "1000": "initial_press", "1001": "hold", "1002": "single", "1003": "long", "1004": "double",
            "1005": "triple", "3002": "emergency",
        },
        kinds={"initial_press": "ignore"},
    ),
)  # fmt: skip

_HOME_ASSISTANT: Final = (
    Mapping(
        "home assistant trigger",
        "home/{store}/sos",
        {"button_id": "{store}", "event": "$"},
        events={"SOS": "button_short_press"},
    ),
)

_SPARKPLUG: Final = tuple(
    Mapping(
        f"sparkplug {word}",
        f"spBv1.0/{{group}}/{word}/{device}",
        {"button_id": device, "event": "online" if word.endswith("BIRTH") else "offline"},
        kinds=_THERE,
    )
    for word, device in (
        ("NBIRTH", "{node}"),
        ("NDEATH", "{node}"),
        ("DBIRTH", "{node}/{device}"),
        ("DDEATH", "{node}/{device}"),
    )
)  # their presses are protobuf: a mapping cannot read them, but births and deaths need no payload

READY_MADE: Final = (
    *_homie("5", "homie/5/{device}"),
    *_homie("4", "homie/{device}"),
    *_HOME_BUTTONS,
    *_DECONZ,
    *_HOME_ASSISTANT,
    *_SPARKPLUG,
)
