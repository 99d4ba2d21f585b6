"""The access log: who has read where alarms are, for administrators."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from alarmd.core.access import Access, Reading
from alarmd.db import access_log
from alarmd.db.access_log import Filters
from alarmd.db.keys import Caller
from alarmd.web.context import Context
from alarmd.web.deps import Admin, In
from alarmd.web.json_body import StrictRoute
from alarmd.web.paging import Cursor, Limit, Page, page, read_cursor
from alarmd.web.problems import documented

router = APIRouter(prefix="/v1/access-log", tags=["audit"], route_class=StrictRoute)

_LONGEST_QUERY = 2000


class AccessModel(BaseModel):
    """One reading of where alarms are."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    at: datetime
    key_id: UUID = Field(description="of the key, or of the person who logged in through the provider")
    who: str = Field(description="the key's name, or the person's", examples=["노원경찰서 상황실"])
    what: Reading = Field(
        description="an alarm, a list, the board, a report, or the stream of events from its opening to its end"
    )
    query: str | None = Field(
        description="which list or report, as the URL asked for it", examples=["state=open&limit=50"]
    )
    alarms: list[UUID] = Field(description="those that were shown; of a report and of a stream none are named")


@router.get("", summary="List who has read where alarms are, the newest first", responses=documented())
async def list_accesses(
    context: In,
    _: Admin,
    *,
    who: Annotated[str | None, Query(max_length=500, description="a name, exactly")] = None,
    what: Annotated[Reading | None, Query(description="what was read")] = None,
    alarm_id: Annotated[UUID | None, Query(description="one that was shown")] = None,
    since: Annotated[AwareDatetime | None, Query(description="at or after")] = None,
    until: Annotated[AwareDatetime | None, Query(description="before")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[AccessModel]:
    """It is written within a second, and kept for 400 days at least, whatever the retention is."""
    after = read_cursor(cursor, lambda at, access_id: (datetime.fromisoformat(at), UUID(access_id)))
    filters = Filters(who, what, alarm_id, since, until)
    async with context.pool.acquire() as connection:
        found = await access_log.page(connection, filters, after=after, limit=limit + 1)
    return page(found, limit, AccessModel.model_validate, lambda read: (read.at.isoformat(), read.id))


def note(
    context: Context, key: Caller, what: Reading, *, alarms: Iterable[UUID] = (), request: Request | None = None
) -> None:
    """Write down that somebody has read where alarms are; it costs the reader nothing."""
    query = request.url.query[:_LONGEST_QUERY] if request else None
    context.seen(Access(context.now(), key.id, key.actor.name, what, query, tuple(alarms)))
