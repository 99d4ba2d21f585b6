"""Practice: an administrator presses a button of a store, to see a press travel or to show it."""

import asyncio
import json
import time
from typing import Final
from uuid import UUID, uuid4

from fastapi import APIRouter
from pydantic import BaseModel, Field

from alarmd.core.alert import timestamp
from alarmd.core.errors import ConflictError, UnavailableError
from alarmd.db import audit, buttons, practice, stores
from alarmd.db.pool import Connection
from alarmd.web.deps import Admin, In
from alarmd.web.device_ids import DeviceId
from alarmd.web.idempotency import Once
from alarmd.web.models import Body
from alarmd.web.presses import PressReceipt
from alarmd.web.problems import CONFLICT, NOT_FOUND, documented

router = APIRouter(prefix="/v1/stores", tags=["presses"], route_class=Once)

_COMMIT_WITHIN_S: Final = 10.0


class PracticeBody(Body):
    """Which button is pressed."""

    button_id: DeviceId = Field(description="one of the store's; matched without regard to case", examples=["sim-0001"])


class PracticeReceipt(PressReceipt):
    """The press is committed."""

    took_ms: float = Field(description="from the press until it was committed", examples=[3.2])


class Practice(BaseModel):
    """What would come of a press for practice."""

    endpoints: list[str] = Field(
        description="names of those that would be told; none where no endpoint of its routes accepts tests",
        examples=[["노원경찰서"]],
    )


@router.get(
    "/{store_id}/practice", summary="Who would be told of a press for practice", responses=documented(NOT_FOUND)
)
async def get_practice(context: In, _: Admin, store_id: UUID) -> Practice:
    """By the rule that all tests go by. Where nobody would be told the press is recorded, and goes no further."""
    async with context.pool.acquire() as connection:
        await stores.get(connection, store_id)
        return Practice(endpoints=await practice.told(connection, store_id))


@router.post(
    "/{store_id}/practice",
    status_code=202,
    summary="Press a button for practice",
    responses=documented(NOT_FOUND, CONFLICT),
)
async def practise(context: In, key: Admin, store_id: UUID, body: PracticeBody) -> PracticeReceipt:
    """The press takes the way of every press, and is a test by itself: it goes only to endpoints that accept tests.

    No test mode is needed: real presses of the store are real meanwhile. Of the button it tells nothing: neither that
    it lives, nor that it is proven. 409 if the button is revoked or not in this store.
    """
    press_id = f"practice-{uuid4().hex}"
    async with context.pool.acquire() as connection, connection.transaction():
        button_id = await _button_of(connection, store_id, body.button_id)
        # Before the press, which is committed apart: there is no practice of which nobody knows whose it was.
        await audit.record(
            connection,
            key.actor,
            "store.practised",
            f"stores/{store_id}",
            after={"button_id": button_id, "press_id": press_id},
        )
    told = {"press_id": press_id, "kind": "test", "pressed_at": timestamp(context.now()), "practised_by": key.name}
    begun = time.monotonic()
    try:
        async with asyncio.timeout(_COMMIT_WITHIN_S):
            recorded = await context.practise(button_id, press_id, json.dumps(told, ensure_ascii=False).encode())
    except TimeoutError as error:
        raise UnavailableError(
            "not committed yet: it may come later; look at the board before you press again"
        ) from error
    took_ms = (time.monotonic() - begun) * 1000
    return PracticeReceipt(press_id=recorded.press_id, alarm_id=recorded.alarm_id, took_ms=took_ms)


async def _button_of(connection: Connection, store_id: UUID, button_id: str) -> str:
    """The id of a button, as the registry spells it.

    Raises:
        NotFoundError: there is no such store or button.
        ConflictError: the button is not one of the store's.
    """
    store = await stores.get(connection, store_id)
    button = await buttons.get(connection, button_id)
    if button.store_id != store.id or button.revoked_at is not None:
        raise ConflictError(f"the button {button.id} is not in this store: choose one of its buttons, or assign it")
    return button.id
