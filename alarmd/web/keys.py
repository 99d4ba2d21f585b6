"""API keys: made, listed, revoked."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from alarmd.core.errors import Fault, InvalidError
from alarmd.db import audit, audited, keys
from alarmd.db.keys import Key, Role
from alarmd.web.deps import Admin, In
from alarmd.web.idempotency import OnceSecret
from alarmd.web.models import Body, Text
from alarmd.web.paging import Cursor, Limit, Page, page, read_cursor
from alarmd.web.problems import CONFLICT, NOT_FOUND, documented

router = APIRouter(prefix="/v1/keys", tags=["keys"], route_class=OnceSecret)


class NewKey(Body):
    """A key to make."""

    name: Text = Field(description="whose key it is", examples=["노원경찰서 상황실"])
    role: Role = Field(description="viewer < operator < admin; police and press stand apart", examples=["police"])
    endpoint_id: UUID | None = Field(
        default=None, description="whom a police key acts for: it sees the alarms that this endpoint was told of"
    )


class KeyModel(BaseModel):
    """A key, without its secret."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    role: Role
    endpoint_id: UUID | None
    created_at: datetime
    revoked_at: datetime | None


class ShownKey(KeyModel):
    """A key as it is shown once."""

    key: str = Field(description="the secret: this is the only time it is shown", examples=["alarmd_3q2-7w..."])


@router.get("", summary="List the keys, in the order in which they were made", responses=documented())
async def list_keys(context: In, _: Admin, limit: Limit = 50, cursor: Cursor = None) -> Page[KeyModel]:
    """Revoked ones too. What is kept of a key is its SHA-256, so none can be shown again."""
    async with context.pool.acquire() as connection:
        found = await keys.page(connection, after=read_cursor(cursor, UUID), limit=limit + 1)
    return page(found, limit, KeyModel.model_validate, lambda key: (key.id,))


@router.post("", summary="Make a key", status_code=201, responses=documented(CONFLICT))
async def create_key(context: In, admin: Admin, body: NewKey) -> ShownKey:
    """The key is in this answer, and nowhere else."""
    if body.endpoint_id is not None and body.role != "police":
        reason = "only a police key acts for an endpoint"
        raise InvalidError(f"body.endpoint_id: {reason}", [Fault("body.endpoint_id", reason, str(body.endpoint_id))])
    async with context.pool.acquire() as connection, connection.transaction():
        await audit.hold(connection)
        key, secret = await keys.create(connection, name=body.name, role=body.role, endpoint_id=body.endpoint_id)
        await audit.record(connection, admin.actor, "key.made", f"keys/{key.id}", after=audited.of_key(key))
    return _show(key, secret)


@router.delete("/{key_id}", summary="Revoke a key", status_code=204, responses=documented(NOT_FOUND, CONFLICT))
async def revoke_key(context: In, admin: Admin, key_id: UUID) -> Response:
    """At once, and for ever. The last admin key stays: nobody could make another."""
    async with context.pool.acquire() as connection, connection.transaction():
        await audit.hold(connection)
        before, after = await keys.revoke(connection, key_id)
        await audit.record(
            connection,
            admin.actor,
            "key.revoked",
            f"keys/{key_id}",
            before=audited.of_key(before),
            after=audited.of_key(after),
        )
    return Response(status_code=204)


def _show(key: Key, secret: str) -> ShownKey:
    return ShownKey(**KeyModel.model_validate(key).model_dump(), key=secret)
