"""JSON by the letter of RFC 8259: UTF-8, no NaN, and no deeper than a person would write."""

import json
from typing import Any, Final, NoReturn

_MAX_DEPTH = 32


class NotJsonError(ValueError):
    """It is not JSON. `reason` is a fixed word, for counting; `detail` a sentence for a person."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def read(content: bytes) -> Any:
    """The value that the bytes stand for.

    Raises:
        NotJsonError: they are `not_utf8`, `not_json` or `too_deep`.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotJsonError("not_utf8", f"byte {error.start} is not UTF-8") from error
    if text.count("[") + text.count("{") > _MAX_DEPTH and _depth(text) > _MAX_DEPTH:
        raise NotJsonError("too_deep", f"nested deeper than {_MAX_DEPTH} levels")
    try:
        return _DECODER.decode(text)
    except ValueError as error:
        raise NotJsonError("not_json", f"not JSON: {error}") from error


def _depth(text: str) -> int:
    """The most brackets open at once, those within strings counted as well: never less than the real depth."""
    depth = deepest = 0
    for character in text:
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant)
