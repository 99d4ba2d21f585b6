"""Something wrong with a real payload: with its members, or with its bytes."""

import base64
import copy
import json
from collections.abc import Callable
from random import Random
from typing import Any, Final

from tests.fuzz.values import any_bytes, any_value, as_json, name, pick, up_to

_FRAMES: Final = frozenset({"data", "frm_payload", "payload_raw"})
_PORTS: Final = frozenset({"fPort", "f_port", "port"})
_DECODED: Final = frozenset({"object", "decoded_payload", "payload_fields"})


def broken(chance: Random, payload: bytes) -> bytes:
    """A real payload with one to four things wrong in it."""
    try:
        document = json.loads(payload)
    except ValueError:
        return _damaged(chance, payload)
    for _ in range(1 + up_to(chance, 3)):
        document = pick(chance, _CHANGES)(chance, document)
    written = as_json(document)
    return _damaged(chance, written) if up_to(chance, 4) == 0 else written


def _paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, one in inside for path in ((*here, key), *_paths(one, (*here, key)))]


def _place(chance: Random, document: Any) -> tuple[Any, Any] | None:
    """An object or list within the document, and a key in it; None where there is none."""
    paths = _paths(document)
    if not paths:
        return None
    *above, last = pick(chance, paths)
    for key in above:
        document = document[key]
    return document, last


def _replaced(chance: Random, document: Any) -> Any:
    document = copy.deepcopy(document)
    place = _place(chance, document)
    if place is None:
        return any_value(chance)
    place[0][place[1]] = any_value(chance)
    return document


def _removed(chance: Random, document: Any) -> Any:
    document = copy.deepcopy(document)
    place = _place(chance, document)
    if place is not None:
        del place[0][place[1]]
    return document


def _swapped(chance: Random, document: Any) -> Any:
    """Two values in each other's place."""
    document = copy.deepcopy(document)
    one, other = _place(chance, document), _place(chance, document)
    if one is not None and other is not None:
        (here, key), (there, name) = one, other
        here[key], there[name] = copy.deepcopy(there[name]), copy.deepcopy(here[key])
    return document


def _renamed(chance: Random, document: Any) -> Any:
    document = copy.deepcopy(document)
    place = _place(chance, document)
    if place is not None and isinstance(place[1], str):
        value = place[0].pop(place[1])
        place[0][pick(chance, (place[1].upper(), f"{place[1]}_", f" {place[1]}", place[1][:-1], name(chance)))] = value
    return document


def _nested(chance: Random, document: Any) -> Any:
    """A value within up to 60 brackets."""
    document = copy.deepcopy(document)
    place = _place(chance, document)
    if place is not None:
        for _ in range(up_to(chance, 60)):
            inside = place[0][place[1]]
            place[0][place[1]] = [inside] if up_to(chance, 1) else {name(chance): inside}
    return document


def _written_as_text(chance: Random, document: Any) -> Any:
    """A number or truth as a text, or a text as what it says."""
    document = copy.deepcopy(document)
    place = _place(chance, document)
    if place is not None and not isinstance(place[0][place[1]], dict | list):
        place[0][place[1]] = json.dumps(place[0][place[1]])
    return document


def _with_another_frame(chance: Random, document: Any) -> Any:
    """A LoRaWAN frame of any bytes on any port, and no codec; anything else gets any value."""
    holder = document.get("uplink_message", document) if isinstance(document, dict) else document
    if not isinstance(holder, dict) or not holder.keys() & _FRAMES:
        return _replaced(chance, document)
    frame = base64.b64encode(any_bytes(chance, 40)).decode()
    port = pick(chance, (1, 2, 3, 5, 6, 7, 8, 10, 18, 19, 85, 147, 210, up_to(chance, 300)))
    changed = {key: value for key, value in holder.items() if key not in _DECODED}
    changed |= {key: frame for key in _FRAMES if key in holder} | {key: port for key in _PORTS if key in holder}
    return {**document, "uplink_message": changed} if "uplink_message" in document else changed


_CHANGES: Final[tuple[Callable[[Random, Any], Any], ...]] = (
    _replaced, _replaced, _removed, _swapped, _renamed, _nested, _written_as_text, _with_another_frame,
)  # fmt: skip


def _damaged(chance: Random, payload: bytes) -> bytes:
    """The bytes cut off, put together, doubled, or with others among them."""
    at, end = sorted((up_to(chance, len(payload)), up_to(chance, len(payload))))
    begin, middle, rest = payload[:at], payload[at:end], payload[end:]
    return pick(
        chance,
        (
            begin,
            begin + any_bytes(chance, 8) + rest,
            begin + middle * 2 + rest,
            begin + bytes((pick(chance, b'[{"\\ 0.-e,:\x00'),)) * up_to(chance, 70_000) + rest,
            b"\xef\xbb\xbf" + payload,
            payload.decode("utf-8", "replace").encode("utf-16"),
            payload.replace(b"{", b'{"action":"single","battery":1,', 1),  # members twice
            payload.replace(b"\\ud800", b"\xed\xa0\x80") + b" " * up_to(chance, 9),
            payload.swapcase(),
        ),
    )
