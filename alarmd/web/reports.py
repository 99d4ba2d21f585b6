"""Reports: how many alarms, how many of them false, how long the police took."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from alarmd.core.errors import Fault, InvalidError
from alarmd.db import reports
from alarmd.db.reports import By, Figures, Sort
from alarmd.web import access_log
from alarmd.web.context import Context
from alarmd.web.deps import In, Viewer
from alarmd.web.json_body import StrictRoute
from alarmd.web.problems import documented

router = APIRouter(prefix="/v1/reports", tags=["reports"], route_class=StrictRoute)

_CSV: Final = "text/csv"
_USUAL: Final = timedelta(days=30)
_LONGEST: Final = timedelta(days=366)

Percentile = Annotated[float | None, Field(examples=[0.004])]


class FiguresModel(BaseModel):
    """The alarms of one group. Tests and canaries are counted apart, and are in no other figure. Times in seconds."""

    model_config = ConfigDict(from_attributes=True)

    key: str | None = Field(
        description="a store's or button's id, an hour of the day in Seoul (00 to 23), a day there (2026-11-23), a "
        "disposition, a legal code; null for alarms that have none",
        examples=["11350"],
    )
    name: str | None = Field(description="of the store, the button or the district", examples=["노원구"])
    alarms: int
    presses: int = Field(description="that opened or joined the alarms")
    closed: int
    actual: int
    false: int
    test: int = Field(description="closed as a test, though they were none by kind")
    duplicate: int
    cancelled: int
    share_false: float | None = Field(
        description="of those that are closed, 0 to 1; null while none is", ge=0, le=1, examples=[0.25]
    )
    delivered: int = Field(description="that the police's endpoints have taken")
    delivery_p50_s: Percentile = Field(description="from the press's receipt until the police's first 2xx")
    delivery_p90_s: Percentile
    delivery_p99_s: Percentile
    acknowledged: int
    acknowledgement_p50_s: Percentile = Field(
        description="from the press's receipt until a human at the police had it", examples=[11.5]
    )
    acknowledgement_p90_s: Percentile
    acknowledgement_p99_s: Percentile
    tests: int
    canaries: int


class AlarmReport(BaseModel):
    """The figures of all alarms of a time, and of each group of them."""

    by: By
    since: datetime
    until: datetime
    total: FiguresModel
    items: list[FiguresModel]


@router.get(
    "/alarms",
    summary="Count alarms, and those that were false",
    response_model=AlarmReport,
    responses=documented() | {200: {"content": {_CSV: {"schema": {"type": "string"}}}}},
)
async def report_alarms(
    context: In,
    key: Viewer,
    request: Request,
    *,
    by: Annotated[By, Query(description="what the alarms are grouped by; hours and days are those of Seoul")],
    since: Annotated[AwareDatetime | None, Query(description="opened at or after; 30 days before `until`")] = None,
    until: Annotated[AwareDatetime | None, Query(description="opened before; now, if left out")] = None,
    sort: Annotated[
        Sort, Query(description="of which there is most comes first; hours and days come in their order")
    ] = "alarms",
    limit: Annotated[int, Query(ge=1, le=100_000, description="how many groups at most, the first ones")] = 1000,
    format_: Annotated[
        Literal["json", "csv"] | None,
        Query(alias="format", description="as `Accept: text/csv` says, if left out"),
    ] = None,
) -> Response:
    """Per store, button, hour, day, disposition or district. At most 366 days at once. CSV has no total.

    It only counts: a button or store with many false alarms is heard like any other.
    """
    first, last = _time(context, since, until)
    async with context.pool.acquire() as connection:
        total, groups = await reports.of_alarms(connection, by, since=first, until=last, sort=sort, limit=limit)
    access_log.note(context, key, "report", request=request)
    if format_ == "csv" or (format_ is None and _CSV in request.headers.get("accept", "")):
        content = await asyncio.to_thread(_as_csv, context, groups)
        disposition = f'attachment; filename="alarms-by-{by}.csv"'
        return Response(content, media_type=f"{_CSV}; charset=utf-8", headers={"Content-Disposition": disposition})
    content = await asyncio.to_thread(_as_json, by, first, last, total, groups)
    return Response(content, media_type="application/json")


def _time(context: Context, since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    """From when to when.

    Raises:
        InvalidError: it ends before it begins, or is too long.
    """
    try:
        last = until or context.now()
        first = since or last - _USUAL
    except OverflowError as error:
        raise _wrong("there is no time so early", until) from error
    if first > last:
        raise _wrong("it ends before it begins: give since before until", since)
    if last - first > _LONGEST:
        raise _wrong(f"longer than {_LONGEST.days} days: ask for less at a time", since)
    return first, last


def _wrong(reason: str, value: datetime | None) -> InvalidError:
    return InvalidError(f"query.since: {reason}", [Fault("query.since", reason, value.isoformat() if value else None)])


def _as_csv(context: Context, groups: Sequence[Figures]) -> bytes:
    cells = [["" if value is None else str(value) for value in asdict(group).values()] for group in groups]
    return context.write_csv([field.name for field in fields(Figures)], cells)


def _as_json(by: By, since: datetime, until: datetime, total: Figures, groups: Sequence[Figures]) -> bytes:
    """In a thread, since there may be as many groups as stores."""
    return (
        AlarmReport(
            by=by,
            since=since,
            until=until,
            total=FiguresModel.model_validate(total),
            items=[FiguresModel.model_validate(group) for group in groups],
        )
        .model_dump_json()
        .encode()
    )
