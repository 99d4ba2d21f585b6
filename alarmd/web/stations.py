"""The police stations and precincts to which stores belong."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from pydantic import AfterValidator, BaseModel, Field

from alarmd.core.dataset import Encoding
from alarmd.core.phone import shown
from alarmd.core.station import Kind, StationReading, read_stations
from alarmd.db import stations
from alarmd.db.stations import StationFilters, StationRecord
from alarmd.web.context import Context
from alarmd.web.deps import In, Operator, Viewer
from alarmd.web.device_ids import with_slashes
from alarmd.web.files import Written, body_of, sent
from alarmd.web.idempotency import Once
from alarmd.web.paging import Cursor, Limit, Page, page, read_cursor
from alarmd.web.problems import CONFLICT, MEDIA, NOT_FOUND, TOO_LARGE, documented

router = APIRouter(prefix="/v1/stations", tags=["stations"], route_class=Once)

_EXAMPLE: Final = """경찰서,관서명,구분,경찰_전화번호,경찰_주소
서울동작,사당,지구대,02-587-0112,서울특별시 동작구 사당로 253
"""


StationName = Annotated[
    str,
    Path(description="in full, URL-encoded", max_length=200, examples=["서울동작경찰서 사당지구대"]),
    AfterValidator(with_slashes),
]


class StationModel(BaseModel):
    """A police station, a precinct of one, or a province's headquarters. `phone` is E.164."""

    name: str = Field(description="in full, as endpoints' routes name it", examples=["서울동작경찰서 사당지구대"])
    kind: Kind
    parent: str | None = Field(description="the station of a precinct", examples=["서울동작경찰서"])
    phone: str | None = Field(examples=["+8225870112"])
    phone_display: str | None = Field(description="as Koreans write it", examples=["02-587-0112"])
    address: str | None = Field(examples=["서울특별시 동작구 사당로 253"])
    province_code: str = Field(description="how the legal codes of its districts begin", examples=["11"])
    district: str | None = Field(examples=["동작구"])
    stores: int = Field(description="open stores that belong to it, those of its precincts as well")


class StationReport(BaseModel):
    """What an import changed, or would change."""

    dry_run: bool
    new: int
    changed: int
    unchanged: int
    warnings: list[dict[str, Any]] = Field(description="line, column, value and reason of each oddity")
    changes: list[dict[str, Any]] = Field(description="name, action, and each field before and after")
    not_in_file: list[str] = Field(
        description="those of its kind and provinces that it does not name; they stay until they are removed"
    )


@router.get("", summary="List police stations and precincts", responses=documented())
async def list_stations(
    context: In,
    _: Viewer,
    *,
    q: Annotated[str | None, Query(max_length=100, description="part of the name; spaces do not count")] = None,
    kind: Annotated[Kind | None, Query(description="what it is")] = None,
    parent: Annotated[
        str | None, Query(max_length=200, description="the station whose precincts are asked for")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[StationModel]:
    """By name: each station before its precincts."""
    after = read_cursor(cursor, str)
    async with context.pool.acquire() as connection:
        filters = StationFilters(q=q, kind=kind, parent=parent)
        found = await stations.page(connection, filters, after=after, limit=limit + 1)
    return page(found, limit, _show, lambda record: (record.entry.name,))


@router.post(
    "/import",
    summary="Import stations or precincts",
    responses=documented(TOO_LARGE, MEDIA),
    openapi_extra=sent(_EXAMPLE),
)
async def import_stations(
    context: In,
    key: Operator,
    request: Request,
    *,
    dry_run: Annotated[bool, Query(description="say what would change, and change nothing")] = False,
    encoding: Written = None,
) -> StationReport:
    """The body is the file itself: CSV or XLSX, either of stations or of precincts. Nothing is ever deleted.

    Stations have the columns `name` and `address`; precincts those of the police's own list, 경찰청_경찰관서 위치
    주소 현황: `경찰서`, `관서명`, `구분`, `경찰_주소`, `경찰_전화번호`. All rows or none. Then each store is found its
    station and precinct, by what its `police_station` says.
    """
    reading = await asyncio.to_thread(_read, context, await body_of(request), encoding)
    async with context.pool.acquire() as connection:
        plan = await stations.import_stations(connection, reading, by=key.importer, dry_run=dry_run)
    if not dry_run:
        await context.locate()
        context.wake()
    return StationReport(**plan.as_json(dry_run=dry_run))


@router.delete(
    "/{name}",
    status_code=204,
    summary="Remove a station or precinct that is no more",
    responses=documented(NOT_FOUND, CONFLICT),
)
async def delete_station(context: In, key: Operator, name: StationName) -> None:
    """409 while stores or precincts belong to it, or an endpoint serves it: nobody loses their route by it.

    One that has another name by now: import the list with the new one, let the endpoint serve both, give the stores
    their new `police_station`, take the old name out of the endpoint, and remove it here.
    """
    async with context.pool.acquire() as connection:
        await stations.remove(connection, name, by=key.actor)


def _read(context: Context, content: bytes, encoding: Encoding | None) -> StationReading:
    return read_stations(context.read_table(content, encoding))


def _show(record: StationRecord) -> StationModel:
    members = {name: getattr(record.entry, name) for name in type(record.entry).__slots__}
    phone = record.entry.phone
    return StationModel(**members, phone_display=shown(phone) if phone else None, stores=record.stores)
