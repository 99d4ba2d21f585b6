"""Takes PINs, codes and keys out of payloads before anybody logs or shows them."""

import json
import re
from collections.abc import Collection
from typing import Any, Final

from alarmd.core import strict_json
from alarmd.core.strict_json import NotJsonError

HIDDEN: Final = "***"

_SPOKEN: Final = re.compile(r"\b(pin|pin code|password|passcode)(\W{1,3})(\w{2,})", re.IGNORECASE)


def redact(payload: bytes, secrets: Collection[str]) -> str:
    """The payload as a text without its secrets; what is no UTF-8 is replaced.

    Args:
        payload: as it came.
        secrets: the members whose values are hidden, wherever they stand; case does not matter.
    """
    names = {name.lower() for name in secrets}
    try:
        document = strict_json.read(payload)
    except NotJsonError:
        return _spoken(payload.decode("utf-8", "replace"), names)
    return json.dumps(_hidden(document, names), ensure_ascii=False)


def hide(payload: bytes, secrets: Collection[str]) -> str | None:
    """The payload as a text without its secrets; None where it has none, and may be shown as it is."""
    text = redact(payload, secrets)
    return text if text.count(HIDDEN) > payload.count(HIDDEN.encode()) else None


def _hidden(value: Any, names: set[str]) -> Any:
    if isinstance(value, dict):
        return {
            name: HIDDEN if name.lower() in names and inside not in (None, "") else _hidden(inside, names)
            for name, inside in value.items()
        }
    if isinstance(value, list):
        return [_hidden(inside, names) for inside in value]
    return _spoken(value, names) if isinstance(value, str) else value


def _spoken(text: str, names: set[str]) -> str:
    """A text that speaks of a PIN, or quotes a payload as a log line does."""
    text = _SPOKEN.sub(rf"\1\2{HIDDEN}", text)
    if not names:
        return text
    listed = "|".join(re.escape(name) for name in sorted(names))
    quoted = re.compile(rf'("(?:{listed})\\*"\s*:\s*)(\\*"[^"\\]*|[^,}}\]\s]+)', re.IGNORECASE)
    return quoted.sub(rf'\1"{HIDDEN}', text)
