"""Sessions of the console: who is logged in, for administrators, and an end of it."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from alarmd.db import audit, audited, console_sessions
from alarmd.db.keys import Role
from alarmd.web.deps import Admin, In
from alarmd.web.json_body import StrictRoute
from alarmd.web.paging import Cursor, Limit, Page, page, read_cursor
from alarmd.web.problems import NOT_FOUND, documented

router = APIRouter(prefix="/v1/sessions", tags=["keys"], route_class=StrictRoute)


class SessionModel(BaseModel):
    """Somebody who is logged in to the console."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str = Field(description="the key's name, or the person's", examples=["노원경찰서 상황실"])
    role: Role
    key_id: UUID | None = Field(description="null where they logged in through the provider")
    issuer: str | None = Field(description="the provider, as it names itself; null where they logged in with a key")
    subject: str | None = Field(description="the person, as the provider names them")
    created_at: datetime = Field(description="when they logged in")
    expires_at: datetime = Field(description="until when they stay logged in at most")


@router.get("", summary="List who is logged in to the console, the newest first", responses=documented())
async def list_sessions(context: In, _: Admin, limit: Limit = 50, cursor: Cursor = None) -> Page[SessionModel]:
    """Sessions that are open. One that has ended is not kept."""
    async with context.pool.acquire() as connection:
        found = await console_sessions.page(connection, after=read_cursor(cursor, UUID), limit=limit + 1)
    return page(found, limit, SessionModel.model_validate, lambda session: (session.id,))


@router.delete("/{session_id}", summary="End a session", status_code=204, responses=documented(NOT_FOUND))
async def end_session(context: In, admin: Admin, session_id: UUID) -> Response:
    """Whoever has it is out at once, on every replica, and may log in again: a key that leaked is revoked instead."""
    async with context.pool.acquire() as connection, connection.transaction():
        ended = await console_sessions.end(connection, session_id)
        before = audited.of_session(ended)
        await audit.record(connection, admin.actor, "session.ended", f"sessions/{session_id}", before=before)
    return Response(status_code=204)
