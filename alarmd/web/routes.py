"""Who would be alerted of which store."""

from dataclasses import asdict
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from alarmd.db import routes
from alarmd.db.routes import RouteRecord, Rule
from alarmd.web.deps import In, Operator
from alarmd.web.idempotency import Once
from alarmd.web.paging import Cursor, Limit, Page, page, read_cursor
from alarmd.web.problems import NOT_FOUND, documented

router = APIRouter(prefix="/v1/routes", tags=["routes"], route_class=Once)


class RouteStore(BaseModel):
    """A store, as far as its route goes."""

    id: UUID
    code: str = Field(examples=["S-000042"])
    name: str = Field(examples=["CU 노원상계점"])
    status: Literal["open", "closed"]
    district: str = Field(examples=["노원구"])
    district_code: str = Field(examples=["11350"])
    police_station: str | None = Field(description="as it was written", examples=["사당지구대"])
    station: str | None = Field(description="the station found by it", examples=["서울동작경찰서"])
    precinct: str | None = Field(description="the precinct found by it", examples=["서울동작경찰서 사당지구대"])


class RouteEndpoint(BaseModel):
    """An endpoint of a route. Those at the lowest position are told at once, the next when these leave it too long."""

    id: UUID
    name: str = Field(examples=["노원경찰서"])
    position: int = Field(examples=[0])
    accepts_tests: bool = Field(description="whether it is told of tests too; others are passed over in these")
    escalate_after_s: float = Field(examples=[15])
    acknowledge_within_s: float = Field(examples=[60])


class RouteModel(BaseModel):
    """The route of one store."""

    store: RouteStore
    rule: Rule | None = Field(
        description="why these: an endpoint names the store's precinct, or else its station, or else its district, or "
        "is there for what no other claims; null: nobody would be told"
    )
    endpoints: list[RouteEndpoint] = Field(description="by position")


@router.get("/check", summary="Who would be alerted of each store", responses=documented(NOT_FOUND))
async def check_routes(
    context: In,
    _: Operator,
    *,
    problem: Annotated[
        Literal["none"] | None, Query(description="none: the stores that no endpoint serves, and no others")
    ] = None,
    store_id: Annotated[UUID | None, Query(description="of this store alone")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[RouteModel]:
    """For every store the police endpoints of its route, in the order in which they are told, and by which rule."""
    after = read_cursor(cursor, UUID)
    async with context.pool.acquire() as connection:
        found = await routes.page(
            connection, store_id=store_id, unserved=problem == "none", after=after, limit=limit + 1
        )
    return page(found, limit, _show, lambda record: (record.store_id,))


def _show(record: RouteRecord) -> RouteModel:
    members = {name: getattr(record, name) for name in RouteStore.model_fields if name != "id"}
    return RouteModel(
        store=RouteStore(id=record.store_id, **members),
        rule=record.rule,
        endpoints=[RouteEndpoint(**asdict(stop)) for stop in record.stops],
    )
