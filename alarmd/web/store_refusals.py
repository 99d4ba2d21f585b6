"""A file of stores that cannot be imported as it is: what its columns are, and which of its rows are wrong."""

import asyncio
from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from alarmd.core.columns import read_named, recognised
from alarmd.core.dataset import Encoding, read_dataset
from alarmd.core.errors import Fault, InvalidError
from alarmd.core.rejected import rejected
from alarmd.core.row import Row
from alarmd.db import registry_import
from alarmd.web.context import Context
from alarmd.web.deps import In, Operator
from alarmd.web.files import Written, answered, attachment, body_of, sent
from alarmd.web.idempotency import Once
from alarmd.web.problems import MEDIA, TOO_LARGE, documented
from alarmd.web.store_files import EXAMPLE, Columns

router = APIRouter(prefix="/v1/stores/import", tags=["stores"], route_class=Once)

_SAMPLES = 3


class FileColumn(BaseModel):
    """A column of a file."""

    name: str = Field(examples=["소재지도로명주소"])
    member: str | None = Field(
        description="what it is of a store, by its name: as `columns` of the import calls it; null: not recognised",
        examples=["road_address"],
    )
    samples: list[str] = Field(description="its first cells that are not empty, up to three")


class FileColumns(BaseModel):
    """What is in a file."""

    rows: int
    columns: list[FileColumn]


@router.post(
    "/columns", summary="Look at a file's columns", responses=documented(TOO_LARGE, MEDIA), openapi_extra=sent(EXAMPLE)
)
async def look_at_columns(context: In, _: Operator, request: Request, *, encoding: Written = None) -> FileColumns:
    """The body is the file itself, as for the import. Nothing is changed.

    Tells what is to be said of in `columns`, since it is not recognised, and what the file looks like in an encoding.
    """
    content = await body_of(request)
    return await asyncio.to_thread(lambda: _columns(context.read_table(content, encoding)))


@router.post(
    "/rejected",
    summary="The rows for which a file is refused",
    response_class=Response,
    responses=documented(TOO_LARGE, MEDIA) | answered("text/csv"),
    openapi_extra=sent(EXAMPLE),
)
async def list_rejected(
    context: In, _: Operator, request: Request, *, columns: Columns = None, encoding: Written = None
) -> Response:
    """The body is the file itself, as for the import. Nothing is changed.

    As CSV: `line` and `faults` of each row that is wrong, and the row as it stands. All of them, where the import names
    the first 200 faults. 422 if it is no such file at all, or a column is missing.
    """
    named, content = read_named(columns or ""), await body_of(request)
    table = await asyncio.to_thread(_rejected, context, content, encoding, named)
    return attachment(table, "text/csv; charset=utf-8", "rejected.csv")


def _columns(rows: Sequence[Row]) -> FileColumns:
    names = list(rows[0].cells)
    members = recognised(names)
    return FileColumns(
        rows=len(rows),
        columns=[FileColumn(name=name, member=members.get(name), samples=_samples(rows, name)) for name in names],
    )


def _samples(rows: Sequence[Row], name: str) -> list[str]:
    filled = (row.cells[name] for row in rows if row.cells[name].strip())
    return [cell[:100] for cell, _ in zip(filled, range(_SAMPLES), strict=False)]


def _rejected(context: Context, content: bytes, encoding: Encoding | None, named: Mapping[str, str]) -> bytes:
    rows: Sequence[Row] = ()
    faults: Sequence[Fault] = ()
    try:
        rows = context.read_table(content, encoding)
        read_dataset(rows, registry_import.load_districts(), named)
    except InvalidError as error:
        if not _of_rows(error):
            raise
        faults = error.faults
    return context.write_csv(*rejected(rows, faults))


def _of_rows(error: InvalidError) -> bool:
    """Whether it is about rows, and not about the file, or its first line."""
    places = {fault.where for fault in error.faults}
    return bool(places) and not any(place == "line 1" or place.startswith("query.") for place in places)
