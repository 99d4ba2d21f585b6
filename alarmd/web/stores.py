"""The stores of the registry, its import and its export."""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi import Body as RequestBody

from alarmd.core.dataset import Reading, read_dataset
from alarmd.core.errors import Fault, InvalidError
from alarmd.db import audit, audited, registry_import, stores
from alarmd.db.keys import Key
from alarmd.db.pool import Connection
from alarmd.db.stores import StoreFilters, StoreRecord
from alarmd.web.context import Context
from alarmd.web.deps import In, Operator, Viewer
from alarmd.web.errors import MediaTypeError
from alarmd.web.etag import IfMatch, set_etag
from alarmd.web.idempotency import Once
from alarmd.web.paging import Cursor, Limit, Page, page, read_cursor
from alarmd.web.problems import CONFLICT, MEDIA, NOT_FOUND, STALE, TOO_LARGE, documented
from alarmd.web.store_models import ImportReport, StoreBody, StoreModel, merge, show

router = APIRouter(prefix="/v1/stores", tags=["stores"], route_class=Once)

_NAMED_FAULTS = 200  # of a refused file; all of them would drown the reader
_FAR = 1e7  # metres: more than half way round the earth
_NO_FILE = ("multipart/", "application/json")  # of a form, or of another route


@router.get("", summary="List stores", responses=documented())
async def list_stores(
    context: In,
    _: Viewer,
    *,
    q: Annotated[
        str | None, Query(max_length=100, description="in name, address or telephone; spaces do not count")
    ] = None,
    district: Annotated[str | None, Query(max_length=50, description="name or legal code")] = None,
    chain: Annotated[str | None, Query(max_length=50)] = None,
    status: Literal["open", "closed"] | None = None,
    near: Annotated[str | None, Query(max_length=100, description="lat,lon,radius in metres")] = None,
    bbox: Annotated[str | None, Query(max_length=100, description="west,south,east,north in degrees")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[StoreModel]:
    """Stores that fit every filter, in the order in which they were registered."""
    filters = StoreFilters(
        q=q, district=district, chain=chain, status=status, near=_circle(near), bbox=_rectangle(bbox)
    )
    after = read_cursor(cursor, UUID)
    async with context.pool.acquire() as connection:
        found = await stores.page(connection, filters, after=after, limit=limit + 1)
    return page(found, limit, show, lambda record: (record.id,))


@router.post("", status_code=201, summary="Register a store", responses=documented(CONFLICT))
async def add_store(context: In, key: Operator, body: StoreBody, response: Response) -> StoreModel:
    """409 if one of that name, district and address is registered already."""
    async with context.pool.acquire() as connection, connection.transaction():
        record = await stores.add(connection, body.entry())
        if body.test_mode_until or body.enrolment_until:
            record = await stores.replace(connection, record.id, body.entry(), modes=body.modes(), version=None)
        await audit.record(connection, key.actor, "store.added", f"stores/{record.id}", after=audited.of_store(record))
    set_etag(response, record.version)
    response.headers["Location"] = f"/v1/stores/{record.id}"
    return show(record)


@router.post(
    "/import",
    summary="Import the national dataset",
    response_model=ImportReport,
    responses=documented(CONFLICT, TOO_LARGE, MEDIA),
)
async def import_stores(
    context: In,
    key: Operator,
    request: Request,
    *,
    dry_run: Annotated[bool, Query(description="say what would change, and change nothing")] = False,
) -> Response:
    """The body is the file itself: CSV (UTF-8 or CP949) or XLSX, in the columns of 전국여성안심지킴이집표준데이터.

    All rows or none: a refused file is a 422 that names line, column, value and reason of each fault.
    """
    given = request.headers.get("content-type", "")
    if given.startswith(_NO_FILE):
        raise MediaTypeError(f"send the file itself as Content-Type: text/csv, or as that of XLSX, not {given[:60]}")
    # In a thread: presses are taken in this event loop, and a whole country takes seconds.
    reading = await asyncio.to_thread(_read, context, await request.body())
    async with context.pool.acquire() as connection:
        plan = await registry_import.import_stores(connection, reading, by=key.importer, dry_run=dry_run)
    report = await asyncio.to_thread(lambda: _as_json(plan.as_json(dry_run=dry_run)))
    return Response(report, media_type="application/json")


@router.get("/export", summary="Export all stores", response_class=Response, responses=documented())
async def export_stores(
    context: In,
    _: Viewer,
    *,
    format_: Annotated[Literal["csv", "geojson"], Query(alias="format")] = "csv",
) -> Response:
    """CSV opens in Excel with Korean intact and runs no formula; importing it again changes nothing."""
    if format_ == "csv":
        async with context.pool.acquire() as connection:
            rows = await registry_import.export_rows(connection)
        content = await asyncio.to_thread(context.write_csv, registry_import.EXPORT_COLUMNS, rows)
        return _file(content, "text/csv; charset=utf-8", "stores.csv")
    async with context.pool.acquire() as connection:
        records = await stores.every(connection)
    return _file(await asyncio.to_thread(_as_geojson, records), "application/geo+json", "stores.geojson")


@router.get("/{store_id}", summary="One store", responses=documented(NOT_FOUND))
async def get_store(context: In, _: Viewer, store_id: UUID, response: Response) -> StoreModel:
    """Its ETag goes into the If-Match of a change."""
    async with context.pool.acquire() as connection:
        record = await stores.get(connection, store_id)
    set_etag(response, record.version)
    return show(record)


@router.put("/{store_id}", summary="Write a store anew", responses=documented(NOT_FOUND, CONFLICT, STALE))
async def put_store(
    context: In, key: Operator, store_id: UUID, body: StoreBody, version: IfMatch, response: Response
) -> StoreModel:
    """What is left out is emptied."""
    async with context.pool.acquire() as connection, connection.transaction():
        before = await stores.hold(connection, store_id)
        record = await stores.replace(connection, store_id, body.entry(), modes=body.modes(), version=version)
        await _record_change(connection, key, before, record)
    set_etag(response, record.version)
    return show(record)


@router.patch("/{store_id}", summary="Change some of a store", responses=documented(NOT_FOUND, CONFLICT, STALE))
async def patch_store(
    context: In,
    key: Operator,
    store_id: UUID,
    body: Annotated[dict[str, Any], RequestBody(examples=[{"status": "closed"}])],
    version: IfMatch,
    response: Response,
) -> StoreModel:
    """A merge patch (RFC 7396): what is left out stays, null empties."""
    async with context.pool.acquire() as connection, connection.transaction():
        before = await stores.hold(connection, store_id)
        merged = merge(before, body)
        record = await stores.replace(connection, store_id, merged.entry(), modes=merged.modes(), version=version)
        await _record_change(connection, key, before, record)
    set_etag(response, record.version)
    return show(record)


@router.delete(
    "/{store_id}",
    status_code=204,
    summary="Remove a store without history",
    responses=documented(NOT_FOUND, CONFLICT, STALE),
)
async def delete_store(context: In, key: Operator, store_id: UUID, version: IfMatch) -> None:
    """409 if it has alarms or buttons: then set its status to closed."""
    async with context.pool.acquire() as connection, connection.transaction():
        before = await stores.hold(connection, store_id)
        await stores.remove(connection, store_id, version=version)
        await audit.record(
            connection, key.actor, "store.removed", f"stores/{store_id}", before=audited.of_store(before)
        )


async def _record_change(connection: Connection, key: Key, before: StoreRecord, after: StoreRecord) -> None:
    await audit.record(
        connection,
        key.actor,
        "store.changed",
        f"stores/{after.id}",
        before=audited.of_store(before),
        after=audited.of_store(after),
    )


def _read(context: Context, content: bytes) -> Reading:
    try:
        return read_dataset(context.read_table(content), registry_import.load_districts())
    except InvalidError as error:
        raise InvalidError(str(error), error.faults[:_NAMED_FAULTS]) from error


def _as_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _as_geojson(records: Sequence[StoreRecord]) -> bytes:
    return _as_json({"type": "FeatureCollection", "features": [_feature(record) for record in records]})


def _feature(record: StoreRecord) -> dict[str, Any]:
    members = show(record).model_dump(mode="json", exclude={"lat", "lon"})
    point = {"type": "Point", "coordinates": [record.store.lon, record.store.lat]}
    return {"type": "Feature", "id": str(record.id), "geometry": point, "properties": members}


def _file(content: bytes, media_type: str, name: str) -> Response:
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _circle(text: str | None) -> tuple[float, float, float] | None:
    if text is None:
        return None
    numbers = _numbers(text)
    if len(numbers) != len(("lat", "lon", "radius")) or numbers[2] < 0:
        reason = "give latitude, longitude and radius in metres, such as 37.65,127.06,500"
        raise InvalidError(f"near: {reason}", [Fault("query.near", reason, text)])
    return numbers[0], numbers[1], numbers[2]


def _rectangle(text: str | None) -> tuple[float, float, float, float] | None:
    if text is None:
        return None
    numbers = _numbers(text)
    if len(numbers) != len(("west", "south", "east", "north")) or numbers[0] > numbers[2] or numbers[1] > numbers[3]:
        reason = "give west, south, east and north in this order, such as 127.0,37.6,127.1,37.7"
        raise InvalidError(f"bbox: {reason}", [Fault("query.bbox", reason, text)])
    return numbers[0], numbers[1], numbers[2], numbers[3]


def _numbers(text: str) -> list[float]:
    """The numbers of a list; none if anything in it is none, NaN or out of this world."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        return []
    return numbers if all(abs(number) < _FAR for number in numbers) else []
