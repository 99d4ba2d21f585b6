"""Alarms: read them, and take the steps that a human takes."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime

from alarmd.core.alarm import Alarm, AlarmKind, AlarmState
from alarmd.db import alarm_reads, alarms, audit, audited
from alarmd.db.alarm_reads import Filters
from alarmd.db.keys import Caller
from alarmd.db.pool import Connection
from alarmd.web import access_log
from alarmd.web.alarm_models import (
    AcknowledgeBody,
    AlarmModel,
    AlarmWithHistory,
    CloseBody,
    NoteBody,
    RejectBody,
    ReopenBody,
    show,
    show_with_history,
)
from alarmd.web.context import Context
from alarmd.web.deps import In, OperatorOrPolice, ViewerOrPolice
from alarmd.web.idempotency import Once
from alarmd.web.paging import Cursor, Limit, Page, page, read_cursor
from alarmd.web.problems import CONFLICT, NOT_FOUND, documented

router = APIRouter(prefix="/v1", tags=["alarms"], route_class=Once)


@router.get("/alarms", summary="List alarms, the newest first", responses=documented())
async def list_alarms(
    context: In,
    key: ViewerOrPolice,
    request: Request,
    *,
    state: Annotated[list[AlarmState] | None, Query(description="may be given several times")] = None,
    kind: Annotated[AlarmKind | None, Query(description="tests and canaries are alarms as well")] = None,
    store_id: Annotated[UUID | None, Query(description="the store it is at")] = None,
    button_id: Annotated[str | None, Query(max_length=128, description="the button that opened it")] = None,
    located: Annotated[bool | None, Query(description="whether its store is known")] = None,
    since: Annotated[AwareDatetime | None, Query(description="opened at or after")] = None,
    until: Annotated[AwareDatetime | None, Query(description="opened before")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[AlarmModel]:
    """Alarms that fit every filter. A police key of an endpoint sees those that the endpoint was told of."""
    after = read_cursor(cursor, lambda opened_at, alarm_id: (datetime.fromisoformat(opened_at), UUID(alarm_id)))
    filters = Filters(state, kind, store_id, button_id, located, since, until, key.endpoint_id)
    async with context.pool.acquire() as connection:
        found = await alarm_reads.page(connection, filters, after=after, limit=limit + 1)
    access_log.note(context, key, "list", alarms=(alarm.id for alarm in found[:limit]), request=request)
    return Page.model_validate(page(found, limit, show, lambda alarm: (alarm.opened_at.isoformat(), alarm.id)))


@router.get("/alarms/{alarm_id}", summary="One alarm, with all that happened to it", responses=documented(NOT_FOUND))
async def get_alarm(context: In, key: ViewerOrPolice, alarm_id: UUID) -> AlarmWithHistory:
    """Its presses, timeline, alerts, deliveries and attempts, and who did what."""
    async with (
        context.pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        alarm = await alarm_reads.get(connection, alarm_id, endpoint_id=key.endpoint_id)
        shown = show_with_history(alarm, await alarm_reads.history(connection, alarm_id))
    access_log.note(context, key, "alarm", alarms=[alarm_id])
    return shown


@router.post(
    "/alarms/{alarm_id}/acknowledge",
    summary="Acknowledge: the police have it",
    responses=documented(NOT_FOUND, CONFLICT),
)
async def acknowledge(
    context: In, key: OperatorOrPolice, alarm_id: UUID, body: AcknowledgeBody | None = None
) -> AlarmModel:
    """The first who acknowledges has it; the next learns in the 409 who that is. The same once more changes nothing."""
    said = body or AcknowledgeBody()

    async def step(connection: Connection) -> Alarm:
        return await alarms.acknowledge(
            connection,
            alarm_id,
            by=said.by or key.name,
            reference=said.reference,
            endpoint_id=key.endpoint_id,
            note=said.note,
        )

    return await _take(context, key, alarm_id, "acknowledged", step)


@router.post(
    "/alarms/{alarm_id}/reject", summary="Reject: the police refuse it", responses=documented(NOT_FOUND, CONFLICT)
)
async def reject(context: In, key: OperatorOrPolice, alarm_id: UUID, body: RejectBody) -> AlarmModel:
    """The alarm stays open, for somebody else to take: the next in its chain is told at once, operators are alerted.

    For an endpoint's key, the same once more changes nothing.
    """

    async def step(connection: Connection) -> Alarm:
        by = body.by or key.name
        alarm = await alarms.reject(
            connection, alarm_id, by=by, reason=body.reason, reference=body.reference, endpoint_id=key.endpoint_id
        )
        await _note(connection, alarm_id, by, body)
        return alarm

    return await _take(context, key, alarm_id, "rejected", step, said={"by": body.by})


@router.post("/alarms/{alarm_id}/close", summary="Close: it is over", responses=documented(NOT_FOUND, CONFLICT))
async def close(context: In, key: OperatorOrPolice, alarm_id: UUID, body: CloseBody) -> AlarmModel:
    """Only a human closes an alarm. The next press at the store opens a new one. Who was told of it is told of this."""

    async def step(connection: Connection) -> Alarm:
        return await alarms.close(
            connection,
            alarm_id,
            by=body.by or key.name,
            disposition=body.disposition,
            note=body.note,
            reference=body.reference,
            endpoint_id=key.endpoint_id,
        )

    return await _take(context, key, alarm_id, "closed", step)


@router.post(
    "/alarms/{alarm_id}/reopen",
    summary="Open again: it is not over, or nobody has it after all",
    responses=documented(NOT_FOUND, CONFLICT),
)
async def reopen(context: In, key: OperatorOrPolice, alarm_id: UUID, body: ReopenBody) -> AlarmModel:
    """From acknowledged or closed back to open, as if nobody had ever had it; what was stands on its timeline.

    All who were told of the alarm are sent `alarm.reopened`, and the times of its chain count anew. A press at the
    store joins it only where it would have without this: after a closing the next press opens an alarm of its own.
    """

    async def step(connection: Connection) -> Alarm:
        by = body.by or key.name
        alarm = await alarms.reopen(connection, alarm_id, by=by, reason=body.reason, reference=body.reference)
        await _note(connection, alarm_id, by, body)
        return alarm

    reopened = await _take(context, key, alarm_id, "reopened", step)
    await context.locate()  # nobody may have been told of it yet
    return reopened


@router.post("/alarms/{alarm_id}/note", summary="Put a note on the timeline", responses=documented(NOT_FOUND))
async def note(context: In, key: OperatorOrPolice, alarm_id: UUID, body: NoteBody) -> AlarmModel:
    """Whatever state the alarm is in."""

    async def step(connection: Connection) -> Alarm:
        by = body.by or key.name
        return await alarms.note(connection, alarm_id, by=by, text=body.note, reference=body.reference)

    return await _take(context, key, alarm_id, "noted", step, said={"by": body.by})


async def _take(
    context: Context,
    key: Caller,
    alarm_id: UUID,
    done: str,
    step: Callable[[Connection], Awaitable[Alarm]],
    *,
    said: dict[str, Any] | None = None,
) -> AlarmModel:
    """Take a step with an alarm that the key may see, in one transaction.

    `said` is what the audit is told of a step that leaves the alarm as it was.
    """
    async with context.pool.acquire() as connection, connection.transaction():
        await audit.hold(connection)  # before the alarm, which a press may wait for
        before = await alarm_reads.get(connection, alarm_id, endpoint_id=key.endpoint_id)
        alarm = await step(connection)
        await audit.record(
            connection,
            key.actor,
            f"alarm.{done}",
            f"alarms/{alarm_id}",
            before=None if said else audited.of_alarm(before),
            after=said or audited.of_alarm(alarm),
        )
    context.wake()
    return show(alarm)


async def _note(connection: Connection, alarm_id: UUID, by: str, said: AcknowledgeBody) -> None:
    if said.note is not None:
        await alarms.note(connection, alarm_id, by=by, text=said.note, reference=said.reference)
