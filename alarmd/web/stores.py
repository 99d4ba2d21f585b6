"""The stores of the registry."""

from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi import Body as RequestBody

from alarmd.core.errors import Fault, InvalidError
from alarmd.db import audit, audited, store_lists, stores
from alarmd.db.keys import Caller
from alarmd.db.pool import Connection
from alarmd.db.store_lists import StoreFilters, StoreOrder, StorePosition
from alarmd.db.stores import StoreRecord
from alarmd.web.deps import In, Operator, Viewer
from alarmd.web.etag import IfMatch, set_etag
from alarmd.web.idempotency import Once
from alarmd.web.paging import Cursor, Limit, Page, page, read_cursor
from alarmd.web.problems import CONFLICT, NOT_FOUND, STALE, documented
from alarmd.web.store_models import StoreBody, StoreModel, merge, show

router = APIRouter(prefix="/v1/stores", tags=["stores"], route_class=Once)

Sort: TypeAlias = Literal["code", "-code", "name", "-name", "district", "-district", "verified_on", "-verified_on"]

_FAR = 1e7  # metres: more than half way round the earth


@router.get("", summary="List stores", responses=documented())
async def list_stores(
    context: In,
    _: Viewer,
    *,
    q: Annotated[
        str | None,
        Query(
            max_length=100,
            description="words, in any order and spacing, of name, address or code; a telephone number in any writing; "
            "or initial consonants of the name",
            openapi_examples={
                "words": {"value": "노원 세븐 일레븐"},
                "telephone": {"value": "+82 2 716 0302"},
                "consonants": {"value": "ㅅㅂㅇㄹㅂ"},
                "mixed": {"value": "ㅅ븐"},
            },
        ),
    ] = None,
    district: Annotated[str | None, Query(max_length=50, description="name or legal code")] = None,
    station: Annotated[
        str | None, Query(max_length=200, description="police station or precinct, as GET /v1/stations names it")
    ] = None,
    chain: Annotated[
        str | None, Query(max_length=50, description="as the registry writes it, such as 세븐일레븐")
    ] = None,
    status: Annotated[Literal["open", "closed"] | None, Query(description="closed: for good")] = None,
    near: Annotated[
        str | None, Query(max_length=100, description="lat,lon,radius in metres; the nearest comes first")
    ] = None,
    bbox: Annotated[str | None, Query(max_length=100, description="west,south,east,north in degrees")] = None,
    unproven_days: Annotated[
        int | None,
        Query(ge=1, le=3650, description="a button in it of which no press has reached the police for so many days"),
    ] = None,
    without_button: Annotated[bool | None, Query(description="whether there is no button in it")] = None,
    low_battery: Annotated[
        bool | None, Query(description="whether the battery of a button in it was last heard to be low")
    ] = None,
    in_test_mode: Annotated[
        bool | None, Query(description="whether it is in test mode itself, whatever its buttons are")
    ] = None,
    sort: Annotated[
        Sort | None,
        Query(description="the order: by this, or the other way round with a - before it; never verified comes first"),
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[StoreModel]:
    """Stores that fit every filter: by `sort`, else with `near` by their distance, else as they were registered."""
    filters = StoreFilters(
        q=q,
        district=district,
        station=station,
        chain=chain,
        status=status,
        near=_circle(near),
        bbox=_rectangle(bbox),
        unproven_days=unproven_days,
        without_button=without_button,
        low_battery=low_battery,
        in_test_mode=in_test_mode,
    )
    after = read_cursor(cursor, _position(sort))
    async with context.pool.acquire() as connection:
        found = await store_lists.page(connection, filters, after=after, limit=limit + 1, order=_order(sort))
    return page(
        found, limit, show, lambda record: (record.id, record.distance_m or 0.0, sort or "", record.sorted_by or "")
    )


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


async def _record_change(connection: Connection, key: Caller, before: StoreRecord, after: StoreRecord) -> None:
    await audit.record(
        connection,
        key.actor,
        "store.changed",
        f"stores/{after.id}",
        before=audited.of_store(before),
        after=audited.of_store(after),
    )


def _order(sort: Sort | None) -> StoreOrder | None:
    by: Any = sort and sort.removeprefix("-")
    return StoreOrder(by, descending=sort != by) if by else None


def _position(sort: Sort | None) -> Callable[[str, str, str, str], StorePosition]:
    """What reads a cursor of this order; one of another would leave stores out."""

    def read(store_id: str, distance_m: str, order: str, sorted_by: str) -> StorePosition:
        if order != (sort or ""):
            raise ValueError("a cursor of another order")
        return StorePosition(UUID(store_id), float(distance_m), sorted_by)

    return read


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
