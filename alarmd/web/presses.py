"""Presses over HTTP, from gateways and cellular buttons that cannot do MQTT."""

import asyncio
from typing import Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from alarmd.core import strict_json
from alarmd.core.dialects.native import read_press
from alarmd.core.errors import Fault, InvalidError, UnavailableError
from alarmd.core.signal import MAX_PAYLOAD_BYTES, Press, Rejected, is_id
from alarmd.core.strict_json import NotJsonError
from alarmd.core.wire import Identifier, PressPayload
from alarmd.web.deps import In, OperatorOrPress
from alarmd.web.json_body import StrictRoute
from alarmd.web.problems import TOO_LARGE, documented

router = APIRouter(prefix="/v1/presses", tags=["presses"], route_class=StrictRoute)

_COMMIT_WITHIN_S = 10.0


class HttpPress(PressPayload):
    """A press as over MQTT, with the button's id."""

    button_id: Identifier = Field(description="matched without regard to case", examples=["button-1"])


class PressReceipt(BaseModel):
    """The press is committed."""

    press_id: str = Field(description="its own, or the one that alarmd gave it")
    alarm_id: UUID | None = Field(description="the alarm that it opened or joined; null for a cancel without one")
    state: Literal["recorded"] = "recorded"


_SCHEMA: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": HttpPress.model_json_schema(mode="validation"),
                "example": {"button_id": "button-1", "press_id": "01JD3Y7Q", "pressed_at": "2026-11-23T21:04:05+09:00"},
            }
        },
    }
}


# The body is read here and not by a model: of a press, a bad member costs that member and never the press, and what
# is not a press goes to the quarantine as it came. Idempotency is the press_id's own.
@router.post(
    "",
    summary="Send a press",
    status_code=202,
    responses=documented(TOO_LARGE),
    openapi_extra=_SCHEMA,
)
async def send_press(context: In, _: OperatorOrPress, request: Request) -> PressReceipt:
    """Answered after the commit. No answer, or a 503: send it again under the same press_id, until there is a 202."""
    payload = await request.body()
    signal = _read(payload)
    try:
        async with asyncio.timeout(_COMMIT_WITHIN_S):
            if isinstance(signal, Rejected):
                await context.reject(signal, payload)
                raise InvalidError(f"{signal.detail}; it is kept in quarantine", [Fault("body", signal.detail)])
            recorded = await context.accept(signal, payload)
    except TimeoutError as error:
        raise UnavailableError("not committed yet: send it again under the same press_id") from error
    return PressReceipt(press_id=recorded.press_id, alarm_id=recorded.alarm_id)


def _read(payload: bytes) -> Press | Rejected:
    button_id = _button_id(payload)
    signal = read_press(button_id or "", payload)
    if isinstance(signal, Press) and button_id is None:
        return Rejected("bad_id", "button_id is missing or no id: 1 to 64 of A-Z a-z 0-9 _ . : -")
    return signal


def _button_id(payload: bytes) -> str | None:
    """The button's id, where the payload tells one."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        return None
    try:
        members = strict_json.read(payload)
    except NotJsonError:
        return None
    button_id = members.get("button_id") if isinstance(members, dict) else None
    return button_id if isinstance(button_id, str) and is_id(button_id) else None
