"""The words of devices for what was done to them, and what kind each is by default."""

import re
from typing import Final

from alarmd.core.dialects.device import Kind

_OVER: Final = {"release", "released", "stop", "clear", "idle", "off", "none", "null", "btn_up", "btn_down"}
_ARMING: Final = re.compile(
    r"(arm|disarm|exit_delay|entry_delay|not_ready|invalid_code|armed|disarmed|get_panel_status)(_|$)"
)
_PLACES: Final = {"left", "right", "both", "center", "top", "bottom", "middle", "all"}
_DEEDS: Final = {
    "single", "double", "triple", "quadruple", "quintuple", "many", "hold", "long", "short", "press", "click", "push",
    "pressed", "release", "hold_release", "long_release", "short_release", "double_press", "long_press", "short_press",
    "on", "off", "toggle", "sos", "panic", "emergency", "single_press", "triple_press", "hold_press", "initial_press",
}  # fmt: skip


def normal(word: str) -> str:
    """The word in lower case with one underscore between its parts: `Long Press` is `long_press`."""
    return re.sub(r"[\s\-]+", "_", word.strip().lower())


def short(word: str) -> str:
    """The word without the `press` that LoRaWAN codecs put behind it: `short press` is `short`."""
    return re.sub(r"_(press|click|push|pressed)$", "", normal(word))


def split(action: str) -> tuple[str, str | None]:
    """An action's deed, and which button of the device it was: `single_left`, `1_double`, `button_2_hold`."""
    word = normal(action)
    parts = word.split("_")
    for place, rest in ((parts[0], parts[1:]), (parts[-1], parts[:-1])):
        deed = "_".join(rest).removeprefix("button_")
        if (place in _PLACES or place.isdigit()) and deed in _DEEDS:
            return deed, place
    if parts[0] == "button" and len(parts) > 2 and parts[1].isdigit() and "_".join(parts[2:]) in _DEEDS:  # noqa: PLR2004 (button, number, deed)
        return "_".join(parts[2:]), parts[1]
    return word, None


def kind(word: str) -> Kind:
    """What a deed is by default: a press, unless it is known to be something else."""
    deed = normal(word)
    if deed == "test" or deed.endswith("_test"):
        return "test"
    if deed.startswith("tamper"):
        return "tamper"
    if not deed or deed in _OVER or _ARMING.match(deed) or deed.split("_")[-1] in {"release", "released", "stop"}:
        return "ignore"
    return "press"


def is_deed(word: str) -> bool:
    """Whether the word is one that buttons are known to say."""
    return normal(word) in _DEEDS
