"""Faults: what is wrong with the service, or with what it watches."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from alarmd.core.fault import FaultKind
from alarmd.db import audit, faults
from alarmd.db.faults import Fault
from alarmd.web.deps import In, Operator, Viewer
from alarmd.web.idempotency import Once
from alarmd.web.paging import Cursor, Limit, Page, page, read_cursor
from alarmd.web.problems import NOT_FOUND, documented

router = APIRouter(prefix="/v1/faults", tags=["faults"], route_class=Once)


class FaultModel(BaseModel):
    """Something that is wrong, or was until `cleared_at`."""

    id: UUID
    kind: FaultKind
    subject: str = Field(description="what it is about: an endpoint's name, a button's or gateway's id, a broker")
    detail: str = Field(description="what there is to know of it, in a sentence")
    raised_at: datetime
    cleared_at: datetime | None
    cleared_by: str | None = Field(description="a key's name, or `alarmd` where it was right again by itself")


@router.get("", summary="List the faults, the newest first", responses=documented())
async def list_faults(
    context: In,
    _: Viewer,
    *,
    cleared: Annotated[bool, Query(description="those that are over, in place of those that are not")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[FaultModel]:
    """Each is raised once, however often it is noticed, and cleared when it is right again."""
    async with context.pool.acquire() as connection:
        found = await faults.page(connection, cleared=cleared, after=read_cursor(cursor, UUID), limit=limit + 1)
    return page(found, limit, _show, lambda fault: (fault.id,))


@router.post("/{fault_id}/clear", summary="Clear: a human has seen to it", responses=documented(NOT_FOUND))
async def clear_fault(context: In, key: Operator, fault_id: UUID) -> FaultModel:
    """One that still is wrong is raised anew when it is next noticed."""
    async with context.pool.acquire() as connection, connection.transaction():
        await audit.hold(connection)
        fault, was_open = await faults.dismiss(connection, fault_id, by=key.name)
        if was_open:
            await audit.record(
                connection,
                key.actor,
                "fault.cleared",
                f"faults/{fault_id}",
                before={"cleared_by": None},
                after={"cleared_by": fault.cleared_by, "kind": fault.kind, "subject": fault.subject},
            )
    context.wake()
    return _show(fault)


def _show(fault: Fault) -> FaultModel:
    return FaultModel(**{name: getattr(fault, name) for name in FaultModel.model_fields})
