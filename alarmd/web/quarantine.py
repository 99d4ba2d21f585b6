"""The quarantine: what could not be understood or trusted, for a human to look at."""

import asyncio
import base64
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from alarmd.core.dialects.ecosystems import SECRETS
from alarmd.core.dialects.redact import hide
from alarmd.core.errors import UnavailableError
from alarmd.db import audit, quarantine, quarantined_presses
from alarmd.db.accept import Rules
from alarmd.db.keys import Caller
from alarmd.db.pool import Connection, Row
from alarmd.db.quarantined_presses import Raised, Vouched
from alarmd.db.retry import until_done
from alarmd.web.alarm_models import AlarmModel, show
from alarmd.web.deps import In, Operator
from alarmd.web.device_ids import DeviceId
from alarmd.web.idempotency import Once
from alarmd.web.models import Body, LongText
from alarmd.web.paging import Cursor, Limit, Page, page, read_cursor
from alarmd.web.problems import CONFLICT, NOT_FOUND, documented

router = APIRouter(prefix="/v1/quarantine", tags=["quarantine"], route_class=Once)

_COMMIT_WITHIN_S = 10.0


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
    dismissed_at: datetime | None = Field(description="when a human has decided on it")
    dismissed_by: str | None
    dismiss_reason: str | None
    alarm_id: UUID | None = Field(description="the alarm that a human made of it; null: none")


class DismissBody(Body):
    """Why it is nothing to act on."""

    reason: LongText | None = Field(
        default=None, description="for whoever looks at it again", examples=["설치 기사의 시험 전문"]
    )


class QuarantinedPressBody(Body):
    """That it was a press: at which store, and of which of its buttons."""

    store_id: UUID = Field(description="where it was pressed", examples=["01935000-1111-7222-8333-444455556666"])
    button_id: DeviceId | None = Field(
        default=None, description="a button of this store; left out: nobody knows which it was", examples=["button-1"]
    )
    note: LongText | None = Field(
        default=None, description="for the alarm's timeline", examples=["점주와 통화: 눌렀다고 함"]
    )


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


@router.post(
    "/{entry_id}/dismiss", summary="Dismiss: a human has looked at it", responses=documented(NOT_FOUND, CONFLICT)
)
async def dismiss_quarantined(
    context: In, key: Operator, entry_id: UUID, body: DismissBody | None = None
) -> QuarantinedModel:
    """If the same comes again it is shown again, unless it is a press that a broker keeps.

    409 if somebody has made an alarm of it meanwhile.
    """
    async with context.pool.acquire() as connection, connection.transaction():
        await audit.hold(connection)
        reason = body.reason if body else None
        row, was_shown = await quarantine.dismiss(connection, entry_id, by=key.name, reason=reason)
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


@router.post(
    "/{entry_id}/alarm",
    summary="Make it an alarm: a human says that it was a press",
    responses=documented(NOT_FOUND, CONFLICT),
)
async def raise_quarantined(context: In, key: Operator, entry_id: UUID, body: QuarantinedPressBody) -> AlarmModel:
    """It takes the way of any other press: an alarm opens at the store, or it joins one, and the police are alerted.

    The alarm is marked with how late it is: since the message last came. Its timeline says who decided so. Doing it
    twice is one alarm; 409 if somebody has made one at another store of it. What was dismissed may still be a press.
    """
    vouched = Vouched(body.store_id, body.button_id, key.name, body.note)
    rules = Rules(context.settings.coalesce_s, context.settings.stale_after_s, claimant=None)

    async def commit(connection: Connection) -> Raised:
        async with connection.transaction():
            await quarantined_presses.hold_place(connection, vouched)
            await audit.hold(connection)
            raised = await quarantined_presses.raise_alarm(connection, entry_id, vouched, rules)
            if raised.fresh:
                await _record_alarm(connection, key, entry_id, raised)
            return raised

    try:
        async with asyncio.timeout(_COMMIT_WITHIN_S):
            raised, _ = await until_done(context.pool, commit, "make an alarm of what is in quarantine")
    except TimeoutError as error:
        raise UnavailableError("not committed yet: do it again, until there is an answer") from error
    if raised.fresh:
        context.metrics.presses.labels("panic", "recorded").inc()
    context.wake()
    return show(raised.alarm)


async def _record_alarm(connection: Connection, key: Caller, entry_id: UUID, raised: Raised) -> None:
    await audit.record(
        connection,
        key.actor,
        "quarantine.alarmed",
        f"quarantine/{entry_id}",
        before={"alarm_id": None},
        after={"reason": raised.reason, "dismissed_by": key.name, "alarm_id": str(raised.alarm.id)},
    )


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
