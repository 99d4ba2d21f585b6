"""The import of stores from a file, and their export into one."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Annotated, Any, Literal, TypeAlias

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from alarmd.core.columns import read_named
from alarmd.core.dataset import Encoding, Progress, Reading, Stage, read_dataset
from alarmd.core.errors import AlarmdError, Fault, InvalidError
from alarmd.core.plan import Wishes
from alarmd.db import registry_import, store_lists
from alarmd.db.stores import StoreRecord
from alarmd.db.trouble import TROUBLE, explain
from alarmd.web import errors
from alarmd.web.context import Context
from alarmd.web.deps import In, Operator, Viewer
from alarmd.web.files import Written, answered, attachment, body_of, sent
from alarmd.web.idempotency import Once
from alarmd.web.problems import CONFLICT, MEDIA, TOO_LARGE, documented
from alarmd.web.store_models import ImportReport, show

router = APIRouter(prefix="/v1/stores", tags=["stores"], route_class=Once)

Columns: TypeAlias = Annotated[
    str | None,
    Query(
        max_length=4000,
        description="what the file calls its columns, where these are not recognised: member:column, separated by "
        "commas. Members are those of a store, and x and y for metres east and north, and code",
        examples=["name:가게이름,road_address:주소,lat:북위,lon:동경"],
    ),
]
Work: TypeAlias = Callable[[Progress], Awaitable[dict[str, Any]]]

_NAMED_FAULTS = 200  # of a refused file; all of them would drown the reader
_NDJSON = "application/x-ndjson"
EXAMPLE = """점포명,시군구명,소재지도로명주소,위도,경도,관할경찰서명
CU 노원상계점,노원구,서울특별시 노원구 동일로 1417,37.655,127.06,노원경찰서
"""
"""A file, for the OpenAPI document."""
_LINES = """{"stage": "reading", "done": 1000, "of": 55000}
{"stage": "writing", "done": 54000, "of": 55000}
{"report": {"dry_run": false, "rows": 55000, "new": 55000, "changed": 0, "unchanged": 0}}
"""


@router.post(
    "/import",
    summary="Import stores",
    response_model=ImportReport,
    responses={
        **documented(CONFLICT, TOO_LARGE, MEDIA),
        200: {"content": {_NDJSON: {"schema": {"type": "string"}, "example": _LINES}}},
    },
    openapi_extra=sent(EXAMPLE),
)
async def import_stores(
    context: In,
    key: Operator,
    request: Request,
    *,
    dry_run: Annotated[bool, Query(description="say what would change, and change nothing")] = False,
    columns: Columns = None,
    encoding: Written = None,
    follow_likely: Annotated[
        bool,
        Query(description="take what is likely a store renamed or moved for that store: it keeps buttons and history"),
    ] = False,
    close_vanished: Annotated[
        bool,
        Query(
            description="close the stores of the same provider that the file no longer names, as `not_in_file` tells"
        ),
    ] = False,
    stream: Annotated[
        bool,
        Query(description="answer at once and line by line (NDJSON): how far it is, and last the report or a problem"),
    ] = False,
) -> Response:
    """The body is the file itself: CSV (UTF-8 or CP949) or XLSX.

    Its columns are those of 전국여성안심지킴이집표준데이터, or as `columns` names them. All rows or none: a file that
    is refused is a 422 that names line, column, value and reason of each fault. Coordinates may be degrees of WGS 84 or
    metres of EPSG:5186 or EPSG:5179, which are recognised by their columns or their size. In Seoul the district may be
    left out: the point tells it. Nothing is deleted; nor is anything closed unless asked.
    """
    named, content = read_named(columns or ""), await body_of(request)
    wishes = Wishes(follow_likely=follow_likely, close_vanished=close_vanished)

    async def work(progress: Progress) -> dict[str, Any]:
        # In a thread: presses are taken in this event loop, and a whole country takes seconds.
        reading = await asyncio.to_thread(_read, context, content, encoding, named, progress)
        async with context.pool.acquire() as connection:
            plan = await registry_import.import_stores(
                connection, reading, by=key.importer, dry_run=dry_run, wishes=wishes, progress=progress
            )
        return await asyncio.to_thread(plan.as_json, dry_run=dry_run)

    if not stream:
        report = await work(lambda *_: None)
        return Response(await asyncio.to_thread(_as_json, report), media_type="application/json")
    if "idempotency-key" in request.headers:
        reason = "an answer that is streamed cannot be given again: leave stream or Idempotency-Key out"
        raise InvalidError(f"query.stream: {reason}", [Fault("query.stream", reason, "true")])
    return StreamingResponse(_lines(work, context.settings.public_url), media_type=_NDJSON)


@router.get(
    "/export",
    summary="Export all stores",
    response_class=Response,
    responses=documented() | answered("text/csv", "application/geo+json"),
)
async def export_stores(
    context: In,
    _: Viewer,
    *,
    format_: Annotated[
        Literal["csv", "geojson"], Query(alias="format", description="a table, or points on a map (RFC 7946)")
    ] = "csv",
) -> Response:
    """CSV opens in Excel with Korean intact and runs no formula; importing it again changes nothing."""
    if format_ == "csv":
        async with context.pool.acquire() as connection:
            rows = await registry_import.export_rows(connection)
        content = await asyncio.to_thread(context.write_csv, registry_import.EXPORT_COLUMNS, rows)
        return attachment(content, "text/csv; charset=utf-8", "stores.csv")
    async with context.pool.acquire() as connection:
        records = await store_lists.every(connection)
    return attachment(await asyncio.to_thread(_as_geojson, records), "application/geo+json", "stores.geojson")


async def _lines(work: Work, public_url: str) -> AsyncIterator[bytes]:
    """Lines of JSON while the work goes on. A listener that goes away ends it, and nothing of it is kept."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[bytes | None] = asyncio.Queue()

    def progress(stage: Stage, done: int, of: int) -> None:
        line = _as_json({"stage": stage, "done": done, "of": of})
        loop.call_soon_threadsafe(lines.put_nowait, line)

    working = asyncio.ensure_future(work(progress))
    working.add_done_callback(lambda _: lines.put_nowait(None))
    try:
        while (line := await lines.get()) is not None:
            yield line + b"\n"
        yield await asyncio.to_thread(_as_json, await _end(working, public_url)) + b"\n"
    finally:
        working.cancel()


async def _end(working: Awaitable[dict[str, Any]], public_url: str) -> dict[str, Any]:
    try:
        return {"report": await working}
    except AlarmdError as error:
        problem = error
    except TROUBLE as error:
        problem = explain(error)
    return {"problem": json.loads(bytes(errors.answer(public_url, problem).body))}


def _read(
    context: Context, content: bytes, encoding: Encoding | None, named: dict[str, str], progress: Progress
) -> Reading:
    try:
        return read_dataset(context.read_table(content, encoding), registry_import.load_districts(), named, progress)
    except InvalidError as error:
        raise InvalidError(str(error), error.faults[:_NAMED_FAULTS]) from error


def _as_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _as_geojson(records: Sequence[StoreRecord]) -> bytes:
    return _as_json({"type": "FeatureCollection", "features": [_feature(record) for record in records]})


def _feature(record: StoreRecord) -> dict[str, Any]:
    members = show(record).model_dump(mode="json", exclude={"lat", "lon", "distance_m"})
    point = {"type": "Point", "coordinates": [record.store.lon, record.store.lat]}
    return {"type": "Feature", "id": str(record.id), "geometry": point, "properties": members}
