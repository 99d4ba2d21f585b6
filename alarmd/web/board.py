"""The board: what burns, and whether everything is alive, in one answer."""

from collections import defaultdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from alarmd import clock
from alarmd.db import alarm_reads, board, supervision
from alarmd.db.alarm_reads import Filters
from alarmd.web import access_log
from alarmd.web.alarm_models import AlarmModel, show
from alarmd.web.deps import In, Viewer, ViewerOrPolice
from alarmd.web.json_body import StrictRoute
from alarmd.web.problems import documented

router = APIRouter(prefix="/v1/board", tags=["board"], route_class=StrictRoute)

_MOST_WAITING: Final = 200
_MOST_TAKEN: Final = 50


class BoardDelivery(BaseModel):
    """How the alerts about one alarm to one endpoint stand."""

    endpoint: str
    pending: int
    delivered: int
    cancelled: int
    attempts: int = Field(description="of the one that is tried for longest; 0 when none is pending")
    first_delivered_at: datetime | None


class BoardAlarm(AlarmModel):
    """An alarm that is not closed."""

    deliveries: list[BoardDelivery]


class BoardPart(BaseModel):
    """One part of the service, as `/readyz` has it."""

    name: str = Field(examples=["database"])
    ok: bool
    detail: str
    age_s: float | None = Field(description="the age that `ok` goes by, where it goes by one")


class Board(BaseModel):
    """The board at one moment."""

    at: datetime
    waiting: list[BoardAlarm] = Field(description="that nobody has acknowledged, the newest first, up to 200")
    more_waiting: bool = Field(description="whether there are more of them")
    taken: list[BoardAlarm] = Field(description="acknowledged and not closed, the newest first, up to 50")
    ready: bool
    parts: list[BoardPart]
    silent_buttons: int | None = Field(description="null for the police")
    faults: dict[str, int] | None = Field(description="open ones by kind; null for the police")


@router.get("", summary="What burns, and whether everything is alive", responses=documented())
async def get_board(context: In, key: ViewerOrPolice) -> Board:
    """Alarms that are not closed, with how their deliveries stand, and how the service itself is."""
    async with context.pool.acquire() as connection:
        waiting = await alarm_reads.page(
            connection,
            Filters(states=("open", "cancel_requested"), endpoint_id=key.endpoint_id),
            after=None,
            limit=_MOST_WAITING + 1,
        )
        taken = await alarm_reads.page(
            connection, Filters(states=("acknowledged",), endpoint_id=key.endpoint_id), after=None, limit=_MOST_TAKEN
        )
        told: defaultdict[UUID, list[dict[str, Any]]] = defaultdict(list)
        for row in await board.deliveries(connection, [alarm.id for alarm in (*waiting, *taken)]):
            told[row["alarm_id"]].append(dict(row))
    seen = [alarm.id for alarm in (*waiting[:_MOST_WAITING], *taken)]
    access_log.note(context, key, "board", alarms=seen)
    figures = None if key.role == "police" else await supervision.figures(context.pool)
    readiness = await context.ready()
    return Board.model_validate(
        {
            "at": clock.now(),
            "waiting": [_shown(show(alarm), told) for alarm in waiting[:_MOST_WAITING]],
            "more_waiting": len(waiting) > _MOST_WAITING,
            "taken": [_shown(show(alarm), told) for alarm in taken],
            "ready": readiness.ready,
            "parts": [
                {"name": name, "ok": part.ok, "detail": part.detail, "age_s": part.age_s}
                for name, part in readiness.parts.items()
            ],
            "silent_buttons": figures.silent if figures else None,
            "faults": figures.faults if figures else None,
        }
    )


@router.get("/points", summary="Where the open stores are", response_model=list[int], responses=documented())
async def get_points(context: In, _: Viewer) -> Response:
    """A flat JSON array, for a map of all of them: latitude and longitude in turn, in 0.00001 degrees."""
    async with context.pool.acquire() as connection:
        text = await board.points(connection)
    return Response(text, media_type="application/json")


def _shown(alarm: AlarmModel, told: dict[UUID, list[dict[str, Any]]]) -> dict[str, Any]:
    return alarm.model_dump() | {"deliveries": told[alarm.id]}
