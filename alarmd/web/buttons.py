"""The buttons of the registry."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from pydantic import AwareDatetime, BaseModel, Field

from alarmd.core.signal import ID_PATTERN
from alarmd.core.supervision import SILENT_AFTER_S, State
from alarmd.db import audit, audited, buttons
from alarmd.db.buttons import ButtonEntry, ButtonFilters, ButtonRecord
from alarmd.web.deps import In, Operator, Viewer
from alarmd.web.etag import IfMatch, set_etag
from alarmd.web.idempotency import Once
from alarmd.web.models import Body, SilentAfter, Text
from alarmd.web.paging import Cursor, Limit, Page, page, read_cursor
from alarmd.web.problems import CONFLICT, NOT_FOUND, STALE, documented

router = APIRouter(prefix="/v1/buttons", tags=["buttons"], route_class=Once)

_SILENT_AFTER = "it is silent when unheard for so many seconds; null: never"

ButtonId = Annotated[str, Path(pattern=ID_PATTERN, description="matched without regard to case")]


class ButtonChange(Body):
    """What is to be different; what is left out stays."""

    label: Annotated[str, Field(max_length=200)] | None = Field(default=None, examples=["계산대 아래"])
    model: Text | None = None
    store_id: UUID | None = Field(default=None, description="the store it is in; null takes it away from its store")
    silent_after_s: SilentAfter | None = Field(default=None, description=_SILENT_AFTER)
    test_mode_until: AwareDatetime | None = Field(
        default=None, description="its presses are tests until then; at most 24 h ahead"
    )

    def on(self, before: ButtonEntry) -> ButtonEntry:
        """The button with the change."""
        given: dict[str, Any] = self.model_dump(include=self.model_fields_set)
        return ButtonEntry(
            label=given.get("label", before.label) or "",
            model=given.get("model", before.model),
            store_id=given.get("store_id", before.store_id),
            silent_after_s=given.get("silent_after_s", before.silent_after_s),
            test_mode_until=given.get("test_mode_until", before.test_mode_until),
        )


class ButtonBody(ButtonChange):
    """A button to enrol."""

    id: str = Field(pattern=ID_PATTERN, examples=["sim-0001"])
    silent_after_s: SilentAfter | None = Field(default=SILENT_AFTER_S, description=_SILENT_AFTER)


class ButtonModel(BaseModel):
    """A button of the registry, with what was last heard of it."""

    id: str
    label: str
    model: str | None
    store_id: UUID | None
    silent_after_s: int | None
    test_mode_until: datetime | None
    in_test_mode: bool = Field(description="whether its presses are tests now, by its own test mode or its store's")
    revoked_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime
    last_seen_at: datetime | None
    battery_pct: int | None
    rssi_dbm: int | None
    tamper: bool | None
    firmware: str | None
    gateway_id: str | None
    supervision: State | None = Field(
        description="`unknown` while its gateway is away; null while it is in no store, or revoked"
    )
    proven_at: datetime | None = Field(description="when the last press of it that reached the police did so")


@router.get("", summary="List buttons", responses=documented())
async def list_buttons(
    context: In,
    _: Viewer,
    *,
    store_id: UUID | None = None,
    assigned: Annotated[bool | None, Query(description="whether it is in a store")] = None,
    q: Annotated[str | None, Query(max_length=100, description="in id, label or model")] = None,
    supervision: State | None = None,
    low_battery: Annotated[bool | None, Query(description="whether its battery is at 20 % or less")] = None,
    unproven_days: Annotated[
        int | None,
        Query(ge=0, le=36500, description="in a store, and no press reached the police for so many days, or ever"),
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ButtonModel]:
    """Buttons that fit every filter, by their ids."""
    after = read_cursor(cursor, str)
    filters = ButtonFilters(store_id, assigned, q, supervision, low_battery, unproven_days)
    async with context.pool.acquire() as connection:
        found = await buttons.page(connection, filters, after=after, limit=limit + 1)
    return page(found, limit, _show, lambda record: (record.id,))


@router.post("", status_code=201, summary="Enrol a button", responses=documented(CONFLICT))
async def enrol_button(context: In, key: Operator, body: ButtonBody, response: Response) -> ButtonModel:
    """Alarms that it opened while it was unknown get its store, and go to the police at once."""
    async with context.pool.acquire() as connection, connection.transaction():
        record = await buttons.enrol(connection, body.id, body.on(ButtonEntry()))
        await audit.record(
            connection, key.actor, "button.enrolled", f"buttons/{record.id}", after=audited.of_button(record)
        )
    await _locate(context, record)
    set_etag(response, record.version)
    response.headers["Location"] = f"/v1/buttons/{record.id}"
    return _show(record)


@router.get("/{button_id}", summary="One button", responses=documented(NOT_FOUND))
async def get_button(context: In, _: Viewer, button_id: ButtonId, response: Response) -> ButtonModel:
    """Its ETag goes into the If-Match of a change."""
    async with context.pool.acquire() as connection:
        record = await buttons.get(connection, button_id)
    set_etag(response, record.version)
    return _show(record)


@router.patch(
    "/{button_id}",
    summary="Change a button: label, store, interval, test mode",
    responses=documented(NOT_FOUND, CONFLICT, STALE),
)
async def patch_button(
    context: In,
    key: Operator,
    button_id: ButtonId,
    body: ButtonChange,
    version: IfMatch,
    response: Response,
) -> ButtonModel:
    """Alarms that it opened while it had no store get this one, and go to the police at once. 409 if it is revoked."""
    async with context.pool.acquire() as connection, connection.transaction():
        before = await buttons.hold(connection, button_id)
        entry = body.on(
            ButtonEntry(before.label, before.model, before.store_id, before.silent_after_s, before.test_mode_until)
        )
        record = await buttons.change(connection, button_id, entry, version=version)
        await audit.record(
            connection,
            key.actor,
            "button.changed",
            f"buttons/{record.id}",
            before=audited.of_button(before),
            after=audited.of_button(record),
        )
    await _locate(context, record)
    set_etag(response, record.version)
    return _show(record)


@router.delete(
    "/{button_id}",
    status_code=204,
    summary="Remove a button; one that was pressed is revoked",
    responses=documented(NOT_FOUND, STALE),
)
async def delete_button(context: In, key: Operator, button_id: ButtonId, version: IfMatch) -> None:
    """A press of a revoked button opens an alarm without a store, as one of an unknown button does."""
    async with context.pool.acquire() as connection, connection.transaction():
        before = await buttons.hold(connection, button_id)
        revoked = await buttons.remove(connection, button_id, version=version)
        await audit.record(
            connection,
            key.actor,
            "button.revoked" if revoked else "button.removed",
            f"buttons/{before.id}",
            before=audited.of_button(before),
            after=audited.of_button(revoked) if revoked else None,
        )


async def _locate(context: In, record: ButtonRecord) -> None:
    if record.store_id is not None:
        await context.locate()


def _show(record: ButtonRecord) -> ButtonModel:
    return ButtonModel(**{name: getattr(record, name) for name in ButtonModel.model_fields})
