"""How operators read messages of devices that no dialect knows."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, StringConstraints

from alarmd.core.dialects import custom
from alarmd.core.dialects.device import Kind
from alarmd.core.errors import Fault, InvalidError
from alarmd.db import audit, audited, mappings
from alarmd.db.mappings import MappingRecord
from alarmd.web.deps import In, Operator, Viewer
from alarmd.web.idempotency import Once
from alarmd.web.models import Body, Text
from alarmd.web.paging import Cursor, Limit, Page, page, read_cursor
from alarmd.web.problems import CONFLICT, NOT_FOUND, documented

router = APIRouter(prefix="/v1/mappings", tags=["mappings"], route_class=Once)

_NOT_FOR_BUTTONS: Final = ("alarmd/", "homeassistant/", "$")

Word = Annotated[str, StringConstraints(max_length=256)]


class MappingBody(Body):
    """Which topics are of such devices, and where each field is."""

    name: Annotated[str, Field(min_length=1, max_length=128)] = Field(
        description="how people call it", examples=["seocho keys"]
    )
    topic: Annotated[str, Field(min_length=1, max_length=128)] = Field(
        description="`{word}` stands for any text within its level", examples=["shop/{store}/keys/{number}"]
    )
    fields: Annotated[dict[Text, Word], Field(max_length=32)] = Field(
        description="`/a/b` points into the JSON payload, `$` is the whole payload, else it is meant as it stands, "
        "with `{word}` replaced by what the topic had there; `button_id` is needed",
        examples=[{"button_id": "{store}/{number}", "event": "/action", "battery_pct": "/battery"}],
    )
    events: Annotated[dict[Word, Text], Field(max_length=64)] = Field(
        default={}, description="what a word of the device means, in words of a profile", examples=[{"1": "single"}]
    )
    kinds: Annotated[dict[Word, Kind], Field(max_length=64)] = Field(
        default={}, description="what an event is, where the usual would not do", examples=[{"selftest": "test"}]
    )
    counter_bits: Literal[8, 16, 32] = Field(default=32, description="how wide its counter is")


class MappingModel(BaseModel):
    """A mapping; those that were made first are tried first."""

    id: UUID
    name: str
    topic: str
    fields: dict[str, str]
    events: dict[str, str]
    kinds: dict[str, str]
    counter_bits: int
    created_at: datetime
    created_by: str


@router.get("", summary="List mappings", responses=documented())
async def list_mappings(context: In, _: Viewer, limit: Limit = 50, cursor: Cursor = None) -> Page[MappingModel]:
    """By their names."""
    after = read_cursor(cursor, str)
    async with context.pool.acquire() as connection:
        found = await mappings.page(connection, after=after, limit=limit + 1)
    return page(found, limit, _show, lambda record: (record.name,))


@router.post("", status_code=201, summary="Add a mapping", responses=documented(CONFLICT))
async def add_mapping(context: In, key: Operator, body: MappingBody, response: Response) -> MappingModel:
    """Every replica listens by it within two seconds, without a restart. 409 if there is one of that name."""
    document: dict[str, Any] = body.model_dump()
    read = custom.read(document)
    if read.topic.startswith(_NOT_FOR_BUTTONS):
        reason = f"no topic of buttons begins with {', '.join(_NOT_FOR_BUTTONS)}"
        raise InvalidError(f"body.topic: {reason}", [Fault("body.topic", reason, read.topic)])
    async with context.pool.acquire() as connection, connection.transaction():
        record = await mappings.add(connection, read.name, document, by=key.name)
        after = audited.of_mapping(record)
        await audit.record(connection, key.actor, "mapping.added", f"mappings/{record.id}", after=after)
    await context.remap()
    response.headers["Location"] = f"/v1/mappings/{record.id}"
    return _show(record)


@router.delete("/{mapping_id}", status_code=204, summary="Remove a mapping", responses=documented(NOT_FOUND))
async def delete_mapping(context: In, key: Operator, mapping_id: UUID) -> None:
    """Its buttons stay enrolled, and are heard no more."""
    async with context.pool.acquire() as connection, connection.transaction():
        before = audited.of_mapping(await mappings.remove(connection, mapping_id))
        await audit.record(connection, key.actor, "mapping.removed", f"mappings/{mapping_id}", before=before)
    await context.remap()


def _show(record: MappingRecord) -> MappingModel:
    told = {"id": record.id, "name": record.name, "created_at": record.created_at, "created_by": record.created_by}
    return MappingModel.model_validate(record.document | told)
