"""Endpoints that are sent nothing for a while."""

from uuid import UUID

from fastapi import APIRouter, Response

from alarmd.core.alert import timestamp
from alarmd.db import audit, endpoints, pauses
from alarmd.db.endpoints import EndpointRecord
from alarmd.db.keys import Caller
from alarmd.db.pool import Connection
from alarmd.web.deps import Admin, In
from alarmd.web.endpoint_models import EndpointModel, PauseBody, show
from alarmd.web.etag import set_etag
from alarmd.web.idempotency import Once
from alarmd.web.problems import NOT_FOUND, documented

router = APIRouter(prefix="/v1/endpoints", tags=["endpoints"], route_class=Once)


@router.post("/{endpoint_id}/pause", summary="Send it nothing for a while", responses=documented(NOT_FOUND))
async def pause_endpoint(
    context: In, key: Admin, endpoint_id: UUID, body: PauseBody, response: Response
) -> EndpointModel:
    """While its server is mended, say. What it is owed waits, and is sent when the pause ends by itself.

    Nothing else waits with it: the next in the chain is told at once, of each alarm that it has not taken and of each
    that comes. A fault `endpoint_paused` is shown meanwhile. Pausing it again sets a new end.
    """
    async with context.pool.acquire() as connection, connection.transaction():
        await audit.hold(connection)
        before = await endpoints.get(connection, endpoint_id)
        record = await pauses.pause(connection, endpoint_id, until=body.until, by=key.name, reason=body.reason)
        await _record(connection, key, "paused", before, record)
    context.wake()
    set_etag(response, record.version)
    return show(record)


@router.post("/{endpoint_id}/resume", summary="End its pause now", responses=documented(NOT_FOUND))
async def resume_endpoint(context: In, key: Admin, endpoint_id: UUID, response: Response) -> EndpointModel:
    """What waited for it is sent at once. One that is not paused stays as it is."""
    async with context.pool.acquire() as connection, connection.transaction():
        await audit.hold(connection)
        before = await endpoints.get(connection, endpoint_id)
        record = await pauses.resume(connection, endpoint_id)
        await _record(connection, key, "resumed", before, record)
    context.wake()
    set_etag(response, record.version)
    return show(record)


async def _record(
    connection: Connection, key: Caller, done: str, before: EndpointRecord, after: EndpointRecord
) -> None:
    await audit.record(
        connection,
        key.actor,
        f"endpoint.{done}",
        f"endpoints/{after.id}",
        before=_until(before),
        after=_until(after),
    )


def _until(record: EndpointRecord) -> dict[str, str | None]:
    return {"paused_until": timestamp(record.pause.until) if record.pause else None}
