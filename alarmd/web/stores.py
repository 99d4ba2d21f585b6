"""The stores of the registry, its import and its export."""

import json
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi import Body as RequestBody

from alarmd.core.dataset import read_dataset
from alarmd.core.errors import Fault, InvalidError
from alarmd.db import registry_import, stores
from alarmd.db.pool import Connection
from alarmd.db.stores import StoreFilters, StoreRecord
from alarmd.web.deps import In, Operator, Viewer
from alarmd.web.etag import IfMatch, set_etag
from alarmd.web.idempotency import Once
from alarmd.web.paging import Cursor, Limit, Page, page, read_cursor
from alarmd.web.problems import CONFLICT, NOT_FOUND, STALE, TOO_LARGE, documented
from alarmd.web.store_models import ImportReport, StoreBody, StoreModel, merge, show

router = APIRouter(prefix="/v1/stores", tags=["stores"], route_class=Once)

_NAMED_FAULTS = 200  # of a refused file; all of them would drown the reader
_FAR = 1e7  # metres: more than half way round the earth


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
        q=q,
        district=district,
        chain=chain,
        status=status,
        near=_numbers(near, 3, "near", "37.65,127.06,500"),
        bbox=_numbers(bbox, 4, "bbox", "127.0,37.6,127.1,37.7"),
    )
    after = read_cursor(cursor, UUID)
    async with context.pool.acquire() as connection:
        found = await stores.page(connection, filters, after=after, limit=limit + 1)
    return page(found, limit, show, lambda record: (record.id,))


@router.post("", status_code=201, summary="Register a store", responses=documented(CONFLICT))
async def add_store(context: In, _: Operator, body: StoreBody, response: Response) -> StoreModel:
    """409 if one of that name, district and address is registered already."""
    async with context.pool.acquire() as connection, connection.transaction():
        record = await stores.add(connection, body.entry())
        if body.test_mode_until:
            record = await stores.replace(
                connection, record.id, body.entry(), test_mode_until=body.test_mode_until, version=None
            )
    set_etag(response, record.version)
    response.headers["Location"] = f"/v1/stores/{record.id}"
    return show(record)


@router.post("/import", summary="Import the national dataset", responses=documented(TOO_LARGE))
async def import_stores(
    context: In,
    _: Operator,
    request: Request,
    *,
    dry_run: Annotated[bool, Query(description="say what would change, and change nothing")] = False,
) -> ImportReport:
    """The body is the file itself: CSV (UTF-8 or CP949) or XLSX, in the columns of 전국여성안심지킴이집표준데이터.

    All rows or none: a refused file is a 422 that names line, column, value and reason of each fault.
    """
    try:
        reading = read_dataset(context.read_table(await request.body()), registry_import.load_districts())
    except InvalidError as error:
        raise InvalidError(str(error), error.faults[:_NAMED_FAULTS]) from error
    async with context.pool.acquire() as connection:
        plan = await registry_import.import_stores(connection, reading, dry_run=dry_run)
    return ImportReport.model_validate(plan.as_json(dry_run=dry_run))


@router.get("/export", summary="Export all stores", response_class=Response, responses=documented())
async def export_stores(
    context: In,
    _: Viewer,
    *,
    format_: Annotated[Literal["csv", "geojson"], Query(alias="format")] = "csv",
) -> Response:
    """CSV opens in Excel with Korean intact and runs no formula; importing it again changes nothing."""
    async with context.pool.acquire() as connection:
        if format_ == "csv":
            content = context.write_csv(registry_import.EXPORT_COLUMNS, await registry_import.export_rows(connection))
            return _file(content, "text/csv; charset=utf-8", "stores.csv")
    async with context.pool.acquire() as connection:
        features = [_feature(record) for record in await _all(connection)]
    document = {"type": "FeatureCollection", "features": features}
    return _file(json.dumps(document, ensure_ascii=False).encode(), "application/geo+json", "stores.geojson")


@router.get("/{store_id}", summary="One store", responses=documented(NOT_FOUND))
async def get_store(context: In, _: Viewer, store_id: UUID, response: Response) -> StoreModel:
    """Its ETag goes into the If-Match of a change."""
    async with context.pool.acquire() as connection:
        record = await stores.get(connection, store_id)
    set_etag(response, record.version)
    return show(record)


@router.put("/{store_id}", summary="Write a store anew", responses=documented(NOT_FOUND, CONFLICT, STALE))
async def put_store(
    context: In, _: Operator, store_id: UUID, body: StoreBody, version: IfMatch, response: Response
) -> StoreModel:
    """What is left out is emptied."""
    async with context.pool.acquire() as connection:
        record = await stores.replace(
            connection, store_id, body.entry(), test_mode_until=body.test_mode_until, version=version
        )
    set_etag(response, record.version)
    return show(record)


@router.patch("/{store_id}", summary="Change some of a store", responses=documented(NOT_FOUND, CONFLICT, STALE))
async def patch_store(
    context: In,
    _: Operator,
    store_id: UUID,
    body: Annotated[dict[str, Any], RequestBody(examples=[{"status": "closed"}])],
    version: IfMatch,
    response: Response,
) -> StoreModel:
    """A merge patch (RFC 7396): what is left out stays, null empties."""
    async with context.pool.acquire() as connection, connection.transaction():
        before = await stores.get(connection, store_id)
        merged = merge(before, body)
        record = await stores.replace(
            connection,
            store_id,
            merged.entry(),
            test_mode_until=merged.test_mode_until,
            version=before.version if version is None else version,
        )
    set_etag(response, record.version)
    return show(record)


@router.delete(
    "/{store_id}",
    status_code=204,
    summary="Remove a store without history",
    responses=documented(NOT_FOUND, CONFLICT, STALE),
)
async def delete_store(context: In, _: Operator, store_id: UUID, version: IfMatch) -> None:
    """409 if it has alarms or buttons: then set its status to closed."""
    async with context.pool.acquire() as connection:
        await stores.remove(connection, store_id, version=version)


async def _all(connection: Connection) -> list[StoreRecord]:
    return await stores.page(connection, StoreFilters(), after=None, limit=1_000_000)


def _feature(record: StoreRecord) -> dict[str, Any]:
    members = show(record).model_dump(mode="json", exclude={"lat", "lon"})
    point = {"type": "Point", "coordinates": [record.store.lon, record.store.lat]}
    return {"type": "Feature", "id": str(record.id), "geometry": point, "properties": members}


def _file(content: bytes, media_type: str, name: str) -> Response:
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _numbers(text: str | None, count: int, name: str, example: str) -> Any:
    if text is None:
        return None
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != count or not all(abs(number) < _FAR for number in numbers):  # nor NaN
        raise InvalidError(f"{name}: give {count} numbers, such as {example}", [Fault(f"query.{name}", "wrong", text)])
    return numbers
