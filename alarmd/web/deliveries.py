"""Deliveries: what is owed to whom, and what became of it."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from alarmd.core.errors import NotFoundError
from alarmd.db import audit, deliveries
from alarmd.db.pool import Connection, Row
from alarmd.web.alarm_models import DeliveryWithAttempts, with_attempts
from alarmd.web.deps import In, Operator
from alarmd.web.idempotency import Once
from alarmd.web.models import Body, LongText
from alarmd.web.paging import Cursor, Limit, Page, page, read_cursor
from alarmd.web.problems import CONFLICT, NOT_FOUND, documented

router = APIRouter(prefix="/v1/deliveries", tags=["deliveries"], route_class=Once)


class CancelBody(Body):
    """Why a delivery is given up."""

    reason: LongText = Field(description="why it need not be sent any more", examples=["전화로 알림"])


@router.get("", summary="List what is owed, and what was", responses=documented())
async def list_deliveries(
    context: In,
    _: Operator,
    *,
    state: Annotated[
        Literal["pending", "delivered", "cancelled"] | None, Query(description="what became of it so far")
    ] = None,
    endpoint_id: Annotated[UUID | None, Query(description="to whom it is owed")] = None,
    alarm_id: Annotated[UUID | None, Query(description="of which alarm it tells")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[DeliveryWithAttempts]:
    """In the order in which they came to be owed, each with its attempts."""
    async with context.pool.acquire() as connection:
        found = await deliveries.page(
            connection,
            alarm_id=alarm_id,
            endpoint_id=endpoint_id,
            state=state,
            after=read_cursor(cursor, UUID),
            limit=limit + 1,
        )
        shown = await _with_attempts(connection, found)
    return page(shown, limit, DeliveryWithAttempts.model_validate, lambda row: (row["id"],))


@router.get("/{delivery_id}", summary="One delivery, with its attempts", responses=documented(NOT_FOUND))
async def get_delivery(context: In, _: Operator, delivery_id: UUID) -> DeliveryWithAttempts:
    """Each attempt with its time, status, duration and the first bytes of what came back."""
    async with context.pool.acquire() as connection:
        return await _one(connection, delivery_id)


@router.post("/{delivery_id}/retry", summary="Try a delivery now", responses=documented(NOT_FOUND, CONFLICT))
async def retry_delivery(context: In, key: Operator, delivery_id: UUID) -> DeliveryWithAttempts:
    """One that was cancelled is owed again; one that was delivered is sent again, under the same `webhook-id`.

    The alarm's timeline says who asked for it.
    """
    async with context.pool.acquire() as connection, connection.transaction():
        await audit.hold(connection)
        await deliveries.hold(connection, delivery_id)
        before = _told(await _one(connection, delivery_id))
        await deliveries.retry(connection, delivery_id, by=key.name)
        answer = await _one(connection, delivery_id)
        await audit.record(
            connection,
            key.actor,
            "delivery.retried",
            f"deliveries/{delivery_id}",
            before=None
            if before == _told(answer)
            else before,  # it is under way, and somebody asked for it all the same
            after=_told(answer),
        )
    context.wake()
    return answer


@router.post("/{delivery_id}/cancel", summary="Give a delivery up", responses=documented(NOT_FOUND, CONFLICT))
async def cancel_delivery(
    context: In, key: Operator, delivery_id: UUID, body: CancelBody | None = None
) -> DeliveryWithAttempts:
    """Deliveries are never given up by themselves: a human does it, here. The alarm's timeline says who, and why."""
    async with context.pool.acquire() as connection, connection.transaction():
        await audit.hold(connection)
        await deliveries.hold(connection, delivery_id)
        before = _told(await _one(connection, delivery_id))
        await deliveries.cancel(connection, delivery_id, by=key.name, reason=body.reason if body else None)
        answer = await _one(connection, delivery_id)
        await audit.record(
            connection,
            key.actor,
            "delivery.cancelled",
            f"deliveries/{delivery_id}",
            before=before,
            after=_told(answer),
        )
    context.wake()
    return answer


def _told(delivery: DeliveryWithAttempts) -> dict[str, Any]:
    """What the audit keeps of it; why it was cancelled stands on the alarm's timeline."""
    return {"state": delivery.state, "due_at": delivery.due_at, "cancelled_by": delivery.cancelled_by}


async def _one(connection: Connection, delivery_id: UUID) -> DeliveryWithAttempts:
    found = await deliveries.page(connection, delivery_id=delivery_id, limit=1)
    if not found:
        raise NotFoundError(f"there is no delivery with the id {delivery_id}")
    return DeliveryWithAttempts.model_validate((await _with_attempts(connection, found))[0])


async def _with_attempts(connection: Connection, found: Sequence[Row]) -> list[dict[str, Any]]:
    return with_attempts(found, await deliveries.attempts(connection, [row["id"] for row in found]))
