"""The stores of the registry, its import and its export."""

import json
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi import Body as RequestBody
from pydantic import AfterValidator, BaseModel, Field, ValidationError, model_validator

from alarmd.core.dataset import read_dataset
from alarmd.core.errors import Fault, InvalidError
from alarmd.core.phone import normalise, shown
from alarmd.core.store import StoreEntry, chain_of, in_korea
from alarmd.db import registry_import, stores
from alarmd.db.pool import Connection
from alarmd.db.stores import StoreFilters, StoreRecord
from alarmd.web.deps import In, Operator, Viewer
from alarmd.web.etag import IfMatch, set_etag
from alarmd.web.idempotency import Once
from alarmd.web.models import Body, LongText, Text
from alarmd.web.paging import Cursor, Limit, Page, page, read_cursor
from alarmd.web.problems import CONFLICT, NOT_FOUND, STALE, TOO_LARGE, documented

router = APIRouter(prefix="/v1/stores", tags=["stores"], route_class=Once)

_NAMED_FAULTS = 200  # of a refused file; all of them would drown the reader
_FAR = 1e7  # metres: more than half way round the earth


def _phone(text: str) -> str:
    number = normalise(text)
    if number is None:
        raise ValueError("no such telephone number can exist in Korea")
    return number


Phone = Annotated[Text, AfterValidator(_phone)]


class StoreBody(Body):
    """A store, as an operator says it is. At least one of the two addresses is needed."""

    name: Text = Field(examples=["CU 노원상계점"])
    district: Text = Field(examples=["노원구"])
    district_code: str = Field(pattern=r"^\d{5}$", description="legal code", examples=["11350"])
    lat: float = Field(description="WGS 84, degrees", examples=[37.655])
    lon: float = Field(description="WGS 84, degrees", examples=[127.06])
    road_address: Text | None = Field(default=None, examples=["서울특별시 노원구 동일로 1417"])
    jibun_address: Text | None = None
    chain: Text | None = Field(default=None, description="recognised from the name if left out")
    phone: Phone | None = Field(default=None, description="in any writing", examples=["02-716-0302"])
    postal_code: str | None = Field(default=None, pattern=r"^\d{5}$")
    province: Text | None = Field(default=None, examples=["서울특별시"])
    police_station: Text | None = Field(default=None, examples=["노원경찰서"])
    entrance_note: LongText | None = Field(default=None, description="how to get in")
    status: Literal["open", "closed"] = "open"
    designated_year: Annotated[int, Field(ge=1990, le=2100)] | None = None
    reference_date: date | None = None
    provider_code: Text | None = None
    provider_name: Text | None = None
    test_mode_until: datetime | None = Field(
        default=None, description="presses are tests until then; at most 24 h ahead"
    )

    @model_validator(mode="after")
    def _check(self) -> "StoreBody":
        if not self.road_address and not self.jibun_address:
            raise ValueError("give road_address or jibun_address")
        if not in_korea(self.lat, self.lon):
            swapped = "; are lat and lon swapped?" if in_korea(self.lon, self.lat) else ""
            raise ValueError(f"lat {self.lat}, lon {self.lon} is not in Korea{swapped}")
        return self

    def entry(self) -> StoreEntry:
        """What is registered of it."""
        members = self.model_dump(exclude={"test_mode_until"})
        return StoreEntry(**members | {"chain": self.chain or chain_of(self.name)})


class StoreModel(BaseModel):
    """A store of the registry. `phone` is E.164, `phone_shown` as Koreans write it."""

    id: UUID
    code: str = Field(examples=["S-000042"])
    name: str
    chain: str | None
    phone: str | None
    phone_shown: str | None
    road_address: str | None
    jibun_address: str | None
    postal_code: str | None
    province: str | None
    district: str
    district_code: str
    police_station: str | None
    entrance_note: str | None
    lat: float
    lon: float
    status: Literal["open", "closed"]
    designated_year: int | None
    reference_date: date | None
    provider_code: str | None
    provider_name: str | None
    test_mode_until: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class ImportReport(BaseModel):
    """What an import changed, or would change."""

    dry_run: bool
    rows: int
    new: int
    changed: int
    unchanged: int
    vanished: int = Field(description="open stores of the file's districts that it does not name; they stay")
    warnings: list[dict[str, Any]] = Field(description="line, column, value and reason of each oddity")
    changes: list[dict[str, Any]] = Field(description="line, code, name, action, and each field before and after")
    not_in_file: list[dict[str, str]]


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
    return page(found, limit, _show, lambda record: (record.id,))


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
    return _show(record)


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
    return _show(record)


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
    return _show(record)


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
        merged = _merge(before, body)
        record = await stores.replace(
            connection,
            store_id,
            merged.entry(),
            test_mode_until=merged.test_mode_until,
            version=before.version if version is None else version,
        )
    set_etag(response, record.version)
    return _show(record)


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


def _merge(before: StoreRecord, patch: dict[str, Any]) -> StoreBody:
    unknown = sorted(patch.keys() - StoreBody.model_fields.keys())
    if unknown:
        raise InvalidError(f"body.{unknown[0]}: no member of a store", [Fault(f"body.{unknown[0]}", "unknown member")])
    members = _members(before)
    if "name" in patch and "chain" not in patch:
        members["chain"] = None
    try:
        return StoreBody.model_validate(members | patch)
    except ValidationError as error:
        faults = [Fault(".".join(["body", *map(str, fault["loc"])]), fault["msg"]) for fault in error.errors()]
        raise InvalidError("; ".join(f"{fault.where}: {fault.reason}" for fault in faults), faults) from error


def _members(record: StoreRecord) -> dict[str, Any]:
    names = StoreBody.model_fields.keys() - {"test_mode_until"}
    return {name: getattr(record.store, name) for name in names} | {"test_mode_until": record.test_mode_until}


def _show(record: StoreRecord) -> StoreModel:
    phone = record.store.phone
    return StoreModel(
        id=record.id,
        code=record.code,
        phone_shown=shown(phone) if phone else None,
        version=record.version,
        created_at=record.created_at,
        updated_at=record.updated_at,
        **_members(record),
    )


async def _all(connection: Connection) -> list[StoreRecord]:
    return await stores.page(connection, StoreFilters(), after=None, limit=1_000_000)


def _feature(record: StoreRecord) -> dict[str, Any]:
    members = _show(record).model_dump(mode="json", exclude={"lat", "lon"})
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
