"""The quarantine: what could not be understood or trusted, for a human to look at."""

import base64
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from alarmd.core.dialects.ecosystems import SECRETS
from alarmd.core.dialects.redact import hide
from alarmd.db import audit, quarantine
from alarmd.db.pool import Row
from alarmd.web.deps import In, Operator
from alarmd.web.idempotency import Once
from alarmd.web.paging import Cursor, Limit, Page, page, read_cursor
from alarmd.web.problems import NOT_FOUND, documented

router = APIRouter(prefix="/v1/quarantine", tags=["quarantine"], route_class=Once)


class QuarantinedModel(BaseModel):
    """Something that was put aside, as it came."""

    id: UUID
    reason: str = Field(examples=["not_json"])
    detail: str = Field(description="the reason in a sentence", examples=["not JSON: Expecting value"])
    source: Literal["mqtt", "http"]
    topic: str | None
    button_id: str | None = Field(description="the button that it seems to be of")
    payload: str | None = Field(description="as text; null where it is not UTF-8")
    payload_b64: str = Field(description="the very bytes; where something was hidden, those of `payload`")
    redacted: bool = Field(description="whether a PIN, code or key in it is hidden")
    times: int = Field(description="how often the same came")
    first_at: datetime
    last_at: datetime
    dismissed_at: datetime | None
    dismissed_by: str | None


@router.get("", summary="List what is in quarantine, the latest first", responses=documented())
async def list_quarantine(
    context: In,
    _: Operator,
    *,
    dismissed: Annotated[bool, Query(description="those that a human has looked at, in place of the others")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[QuarantinedModel]:
    """Nothing that came in is dropped: what is not a press, or cannot be trusted, waits here for a human."""
    after = read_cursor(cursor, lambda last_at, entry_id: (datetime.fromisoformat(last_at), UUID(entry_id)))
    async with context.pool.acquire() as connection:
        found = await quarantine.page(connection, dismissed=dismissed, after=after, limit=limit + 1)
    return page(found, limit, _show, lambda row: (row["last_at"].isoformat(), row["id"]))


@router.post("/{entry_id}/dismiss", summary="Dismiss: a human has looked at it", responses=documented(NOT_FOUND))
async def dismiss_quarantined(context: In, key: Operator, entry_id: UUID) -> QuarantinedModel:
    """If the same comes again it is shown again, unless it is a press that a broker keeps."""
    async with context.pool.acquire() as connection, connection.transaction():
        await audit.hold(connection)
        row, was_shown = await quarantine.dismiss(connection, entry_id, by=key.name)
        if was_shown:
            await audit.record(
                connection,
                key.actor,
                "quarantine.dismissed",
                f"quarantine/{entry_id}",
                before={"dismissed_by": None},
                after={"dismissed_by": row["dismissed_by"], "reason": row["reason"]},
            )
    return _show(row)


def _show(row: Row) -> QuarantinedModel:
    payload: bytes = row["payload"]
    hidden = None if _is_native(row["topic"]) else hide(payload, SECRETS)
    if hidden is not None:
        payload = hidden.encode()
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        text = None
    shown = dict(row) | {"payload": text, "payload_b64": base64.b64encode(payload).decode()}
    return QuarantinedModel.model_validate(shown | {"redacted": hidden is not None})


def _is_native(topic: str | None) -> bool:
    return topic is None or topic.startswith("alarmd/")
