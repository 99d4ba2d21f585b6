"""The gateways between buttons and broker."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from alarmd.db import audit, gateways
from alarmd.db.gateways import GatewayRecord
from alarmd.web.deps import In, Operator, Viewer
from alarmd.web.device_ids import GatewayId
from alarmd.web.idempotency import Once
from alarmd.web.models import Body, SilentAfter
from alarmd.web.paging import Cursor, Limit, Page, page, read_cursor
from alarmd.web.problems import NOT_FOUND, documented

router = APIRouter(prefix="/v1/gateways", tags=["gateways"], route_class=Once)


class GatewayChange(Body):
    """What is to be different."""

    silent_after_s: SilentAfter | None = Field(
        description="it is away when neither it nor a button behind it was heard for so many seconds; null: never",
        examples=[3600],
    )


class GatewayModel(BaseModel):
    """A gateway, as it is now."""

    id: str
    state: Literal["online", "offline"] = Field(description="what was last heard of it")
    changed_at: datetime = Field(description="since when that is so")
    last_seen_at: datetime | None = Field(description="when it was heard, or a button behind it")
    silent_after_s: int | None
    away_since: datetime | None = Field(
        description="since when it is offline or unheard for too long: of its buttons nothing is known; null if neither"
    )
    buttons: int = Field(description="how many supervised buttons were last heard through it")


@router.get("", summary="List gateways", responses=documented())
async def list_gateways(context: In, _: Viewer, limit: Limit = 50, cursor: Cursor = None) -> Page[GatewayModel]:
    """By their ids. A gateway is known from the first signal of it, or through it, on."""
    after = read_cursor(cursor, str)
    async with context.pool.acquire() as connection:
        found = await gateways.page(connection, after=after, limit=limit + 1)
    return page(found, limit, _show, lambda record: (record.id,))


@router.patch("/{gateway_id}", summary="Say how often a gateway is to be heard", responses=documented(NOT_FOUND))
async def patch_gateway(context: In, key: Operator, gateway_id: GatewayId, body: GatewayChange) -> GatewayModel:
    """86400 s where nobody says anything."""
    async with context.pool.acquire() as connection, connection.transaction():
        before = await gateways.hold(connection, gateway_id)
        record = await gateways.change(connection, gateway_id, silent_after_s=body.silent_after_s)
        await audit.record(
            connection,
            key.actor,
            "gateway.changed",
            f"gateways/{record.id}",
            before={"silent_after_s": before.silent_after_s},
            after={"silent_after_s": record.silent_after_s},
        )
    return _show(record)


@router.delete(
    "/{gateway_id}", status_code=204, summary="Forget a gateway that was taken away", responses=documented(NOT_FOUND)
)
async def delete_gateway(context: In, key: Operator, gateway_id: GatewayId) -> None:
    """Its fault ends. It is known again when it is heard again."""
    async with context.pool.acquire() as connection, connection.transaction():
        before = await gateways.hold(connection, gateway_id)
        await gateways.forget(connection, gateway_id)
        await audit.record(
            connection,
            key.actor,
            "gateway.forgotten",
            f"gateways/{before.id}",
            before={"silent_after_s": before.silent_after_s},
        )


def _show(record: GatewayRecord) -> GatewayModel:
    return GatewayModel(**{name: getattr(record, name) for name in GatewayModel.model_fields})
