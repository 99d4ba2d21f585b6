"""Ids of devices in paths: a bought button may have slashes, spaces and any letters in its id (RFC 3986, 2.1)."""

from typing import Annotated, Final
from urllib.parse import quote, unquote

from fastapi import Path
from pydantic import AfterValidator, Field
from starlette.types import ASGIApp, Receive, Scope, Send

from alarmd.core.dialects.device import MAX_ID_LENGTH, is_device_id

_SLASH: Final = "\ue000"  # of the private use area: no id has it, since it is not printable


class EncodedSlashes:
    """Keeps `%2F` in a path apart from the slashes between its parts, which otherwise are one after decoding."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with the encoded slashes of its path set apart."""
        raw: bytes = scope.get("raw_path") or b""
        if scope["type"] == "http" and b"%2f" in raw.lower():
            path = raw.partition(b"?")[0].decode("ascii", "replace")
            apart = _SLASH.join(unquote(part) for part in path.replace("%2f", "%2F").split("%2F"))
            scope = {**scope, "path": apart}
        await self._app(scope, receive, send)


def encoded(device_id: str) -> str:
    """An id as one part of a path."""
    return quote(device_id, safe="")


def with_slashes(part: str) -> str:
    """One part of a path, with the slashes that were encoded in it."""
    return part.replace(_SLASH, "/")


def _in_path(part: str) -> str:
    return _device(with_slashes(part))


def _device(text: str) -> str:
    if not is_device_id(text):
        raise ValueError(f"no id: 1 to {MAX_ID_LENGTH} printable characters")
    return text


_MATCHED: Final = "matched without regard to case; URL-encoded, so that / is %2F"

DeviceId = Annotated[str, AfterValidator(_device), Field(min_length=1, max_length=MAX_ID_LENGTH)]
"""The id of a button, in a body."""

ButtonId = Annotated[str, Path(description=_MATCHED, max_length=MAX_ID_LENGTH), AfterValidator(_in_path)]
GatewayId = Annotated[str, Path(description=_MATCHED, max_length=MAX_ID_LENGTH), AfterValidator(_in_path)]
