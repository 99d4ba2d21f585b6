"""The audit: every change, by whom and when; and what has become of one store or button."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from alarmd.core.audit import Door, Link
from alarmd.core.dialects.device import registered
from alarmd.db import audit, buttons, stores
from alarmd.db.audit import Filters
from alarmd.db.pool import Connection
from alarmd.web.deps import Admin, In, Viewer
from alarmd.web.device_ids import ButtonId
from alarmd.web.json_body import StrictRoute
from alarmd.web.paging import Cursor, Limit, Page, page, read_cursor
from alarmd.web.problems import NOT_FOUND, documented

router = APIRouter(prefix="/v1", tags=["audit"], route_class=StrictRoute)

_WHAT = r"^[a-z_]+(\.[a-z_]+)?$"


class AuditModel(BaseModel):
    """A change, as it was written down with it. `before` and `after` have the members that differ."""

    seq: int = Field(description="its place in the chain, from 1", examples=[42])
    at: datetime
    what: str = Field(examples=["store.changed"])
    subject: str = Field(examples=["stores/01935000-1111-7222-8333-444455556666"])
    who: str = Field(
        description="the key's or the person's name; on the command line the user's", examples=["registry desk"]
    )
    key_id: UUID | None = Field(description="of the key, or of the person who logged in through the provider")
    door: Door = Field(
        description="`import` is of a file, by HTTP or command line; `service` is alarmd itself, by setting or schedule"
    )
    before: dict[str, Any] | None = Field(
        description="null where there was nothing, or nothing that is kept", examples=[{"phone": "+8227160302"}]
    )
    after: dict[str, Any] | None = Field(
        description="null where there is nothing any more", examples=[{"phone": "+8227160303"}]
    )
    hash: str = Field(
        description="SHA-256 of the hash before and of this entry, as hex",
        pattern="^[0-9a-f]{64}$",
        examples=["0f" * 32],
    )


class BrokenModel(BaseModel):
    """The first entry that is not as it was written."""

    seq: int
    reason: str = Field(examples=["the hash of entry 7 is not that of its content and of the entry before it"])


class VerdictModel(BaseModel):
    """What a look at the whole chain has shown."""

    whole: bool
    entries: int = Field(description="how many were looked at")
    last_hash: str = Field(
        description="of the last of them, as hex: note it elsewhere, and it proves what was before",
        examples=["0f" * 32],
    )
    broken: BrokenModel | None


class FieldChange(BaseModel):
    """One member, before and after."""

    field: str = Field(examples=["phone"])
    before: Any = Field(description="null where there was nothing", examples=["+8227160302"])
    after: Any = Field(description="null where there is nothing any more", examples=["+8227160303"])


class ChangeModel(BaseModel):
    """One change of one thing."""

    seq: int = Field(description="its place in the audit")
    at: datetime
    what: str = Field(examples=["store.changed"])
    who: str = Field(examples=["registry desk"])
    door: Door
    fields: list[FieldChange]


@router.get("/audit", summary="List the changes, the newest first", responses=documented())
async def list_audit(
    context: In,
    _: Admin,
    *,
    what: Annotated[
        str | None,
        Query(pattern=_WHAT, max_length=100, description="`store.changed`; or `store` for all that is done to one"),
    ] = None,
    subject: Annotated[
        str | None, Query(max_length=200, description="`stores/<id>`, `buttons/<id>`, `alarms/<id>`, ...")
    ] = None,
    who: Annotated[str | None, Query(max_length=500, description="the name, exactly")] = None,
    since: Annotated[AwareDatetime | None, Query(description="at or after")] = None,
    until: Annotated[AwareDatetime | None, Query(description="before")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[AuditModel]:
    """Of the registry, of endpoints and keys, and what people did with alarms, deliveries, faults and quarantine.

    Presses are not here: they are on the timelines of their alarms. Nothing here is ever changed or deleted.
    """
    filters = Filters(what, subject, who, since, until)
    async with context.pool.acquire() as connection:
        found = await audit.page(connection, filters, after=read_cursor(cursor, int), limit=limit + 1)
    return page(found, limit, _show, lambda link: (link.seq,))


@router.get("/audit/verify", summary="Look whether the audit is whole", responses=documented())
async def verify_audit(context: In, _: Admin) -> VerdictModel:
    """Every entry is hashed anew, with the one before it. The first that is not as it was written is named."""
    verdict = await audit.verify(context.pool)
    broken = verdict.broken
    return VerdictModel(
        whole=broken is None,
        entries=verdict.entries,
        last_hash=verdict.last_hash.hex(),
        broken=BrokenModel(seq=broken.seq, reason=broken.reason) if broken else None,
    )


@router.get("/stores/{store_id}/history", summary="What has become of a store", responses=documented(NOT_FOUND))
async def store_history(
    context: In, _: Viewer, store_id: UUID, limit: Limit = 50, cursor: Cursor = None
) -> Page[ChangeModel]:
    """Its changes, the newest first, with each member before and after; also of a store that was removed."""
    async with context.pool.acquire() as connection:
        changes = await _history(connection, f"stores/{store_id}", limit, cursor)
        if not (changes.items or cursor):
            await stores.get(connection, store_id)  # refuses what was never there
    return changes


@router.get("/buttons/{button_id}/history", summary="What has become of a button", responses=documented(NOT_FOUND))
async def button_history(
    context: In, _: Viewer, button_id: ButtonId, limit: Limit = 50, cursor: Cursor = None
) -> Page[ChangeModel]:
    """Its changes, the newest first, with each member before and after; also of a button that was removed."""
    async with context.pool.acquire() as connection:
        changes = await _history(connection, f"buttons/{registered(button_id)}", limit, cursor)
        if not (changes.items or cursor):
            await buttons.get(connection, button_id)
    return changes


async def _history(connection: Connection, subject: str, limit: int, cursor: str | None) -> Page[ChangeModel]:
    after = read_cursor(cursor, int)
    found = await audit.page(connection, Filters(subject=subject), after=after, limit=limit + 1)
    return page(found, limit, _show_change, lambda link: (link.seq,))


def _show(link: Link) -> AuditModel:
    return AuditModel(
        seq=link.seq,
        at=link.at,
        what=link.entry.what,
        subject=link.entry.subject,
        who=link.actor.name,
        key_id=link.actor.key_id,
        door=link.actor.door,
        before=audit.said(link.entry.before),
        after=audit.said(link.entry.after),
        hash=link.hash.hex(),
    )


def _show_change(link: Link) -> ChangeModel:
    before, after = audit.said(link.entry.before) or {}, audit.said(link.entry.after) or {}
    return ChangeModel(
        seq=link.seq,
        at=link.at,
        what=link.entry.what,
        who=link.actor.name,
        door=link.actor.door,
        fields=[
            FieldChange(field=name, before=before.get(name), after=after.get(name))
            for name in {**before, **after}
            if before.get(name) != after.get(name)
        ],
    )
