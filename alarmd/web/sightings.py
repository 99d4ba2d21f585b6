"""Devices that were heard, and that nobody enrolled."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from alarmd.core.dialects.device import registered
from alarmd.db import sightings
from alarmd.db.sightings import SightingFilters, SightingRecord
from alarmd.web.deps import In, Viewer
from alarmd.web.json_body import StrictRoute
from alarmd.web.paging import Cursor, Limit, Page, page, read_cursor
from alarmd.web.problems import documented

router = APIRouter(prefix="/v1/sightings", tags=["sightings"], route_class=StrictRoute)


class EventModel(BaseModel):
    """Something like a press."""

    at: datetime
    event: str | None = Field(description="the device's own word; a profile may say what it means", examples=["long"])
    endpoint: str | None = Field(description="which of several buttons of the device", examples=["left"])
    counter: int | None


class SightingModel(BaseModel):
    """A device that was heard, and is not enrolled: POST its id to /v1/buttons to enrol it."""

    id: str
    wire_id: str = Field(description="as its ecosystem spells it")
    dialect: str
    model: str | None
    alias: str | None = Field(description="another name of it, where it told one")
    gateway_id: str | None
    broadcast: bool = Field(description="radio that may be a passer-by's: it opens no alarm while it is not enrolled")
    first_seen_at: datetime
    last_seen_at: datetime
    times_heard: int
    pressed_at: datetime | None = Field(description="when it last did something like a press")
    events: list[EventModel] = Field(description="the last few of those, the newest first")
    battery_pct: int | None
    battery_v: float | None
    battery_low: bool | None
    link_quality: int | None
    rssi_dbm: int | None


@router.get("", summary="List devices that were heard and are not enrolled", responses=documented())
async def list_sightings(
    context: In,
    _: Viewer,
    *,
    dialect: Annotated[str | None, Query(max_length=32, description="the way in which it was heard")] = None,
    gateway_id: Annotated[str | None, Query(max_length=128, description="through which it was last heard")] = None,
    broadcast: Annotated[bool | None, Query(description="whether it is radio that everybody hears")] = None,
    pressed: Annotated[bool | None, Query(description="whether it ever did something like a press")] = None,
    q: Annotated[str | None, Query(max_length=100, description="in id, model or alias")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[SightingModel]:
    """Devices that fit every filter, those that were first heard last at the top."""
    after = read_cursor(cursor, lambda first_seen_at, device_id: (datetime.fromisoformat(first_seen_at), device_id))
    gateway = registered(gateway_id) if gateway_id else None
    filters = SightingFilters(dialect, gateway, broadcast, pressed, q)
    async with context.pool.acquire() as connection:
        found = await sightings.page(connection, filters, after=after, limit=limit + 1)
    return page(found, limit, _show, lambda record: (record.first_seen_at.isoformat(), record.id))


def _show(record: SightingRecord) -> SightingModel:
    return SightingModel.model_validate({name: getattr(record, name) for name in SightingModel.model_fields})
