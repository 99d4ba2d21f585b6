"""The buttons of the registry."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, Field

from alarmd.core import profile
from alarmd.core.dialects.device import registered
from alarmd.core.errors import Fault, InvalidError
from alarmd.core.profile import Meaning
from alarmd.core.signal import is_id
from alarmd.core.supervision import State
from alarmd.db import audit, audited, buttons, devices
from alarmd.db.buttons import ButtonEntry, ButtonFilters, ButtonRecord
from alarmd.db.pool import Connection
from alarmd.web.deps import In, Operator, Viewer
from alarmd.web.device_ids import ButtonId, DeviceId, encoded
from alarmd.web.etag import IfMatch, set_etag
from alarmd.web.idempotency import Once
from alarmd.web.models import Body, SilentAfter, Text
from alarmd.web.paging import Cursor, Limit, Page, page, read_cursor
from alarmd.web.problems import CONFLICT, NOT_FOUND, STALE, documented

router = APIRouter(prefix="/v1/buttons", tags=["buttons"], route_class=Once)

_SILENT_AFTER = "it is silent when unheard for so many seconds; null: never"
_PROFILE = (
    "from an event to `panic`, `test`, `cancel` or `nothing`: `long`, `single@left` on one of several buttons, `*` for "
    "all else that is a press; what it does not name means what is usual; null: all is as usual"
)
_DIALECT = "the one way in which it is heard, as a sighting names it; null: whichever"

Profile = Annotated[dict[str, str], Field(max_length=64)]
Dialect = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,32}$")]


class ButtonChange(Body):
    """What is to be different; what is left out stays."""

    label: Annotated[str, Field(max_length=200)] | None = Field(
        default=None, description="where in the store it is", examples=["계산대 아래"]
    )
    model: Text | None = Field(default=None, description="what its maker calls it")
    store_id: UUID | None = Field(default=None, description="the store it is in; null takes it away from its store")
    silent_after_s: SilentAfter | None = Field(default=None, description=_SILENT_AFTER)
    test_mode_until: AwareDatetime | None = Field(
        default=None, description="its presses are tests until then; at most 24 h ahead"
    )

    dialect: Dialect | None = Field(default=None, description=_DIALECT, examples=["zigbee2mqtt"])
    profile: Profile | None = Field(default=None, description=_PROFILE, examples=[{"long": "panic", "*": "nothing"}])

    def on(self, before: ButtonEntry) -> ButtonEntry:
        """The button with the change.

        Raises:
            InvalidError: the profile is none.
        """
        given: dict[str, Any] = self.model_dump(include=self.model_fields_set)
        return ButtonEntry(
            label=given.get("label", before.label) or "",
            model=given.get("model", before.model),
            store_id=given.get("store_id", before.store_id),
            silent_after_s=given.get("silent_after_s", before.silent_after_s),
            test_mode_until=given.get("test_mode_until", before.test_mode_until),
            dialect=given.get("dialect", before.dialect),
            profile=(profile.read(given["profile"] or {}) or None) if "profile" in given else before.profile,
        )


class ButtonBody(ButtonChange):
    """A button to enrol: a native one, or one that was bought, by the id of its sighting.

    What is left out of model, dialect and interval is taken from what was heard of it.
    """

    id: DeviceId = Field(description="its own id, or that of its sighting", examples=["sim-0001"])


class Replacement(Body):
    """The button that takes the place of another."""

    by: DeviceId = Field(description="the id of the new one", examples=["sim-0002"])


class ButtonModel(BaseModel):
    """A button of the registry, with what was last heard of it."""

    id: str
    label: str
    model: str | None
    dialect: str | None = Field(description="the one way in which it is heard; null: whichever")
    profile: dict[str, Meaning] | None = Field(description="what its events mean; null: what is usual")
    replaces: str | None = Field(description="the button whose place it took; its history is there")
    replaced_by: str | None = Field(description="the button that took its place")
    store_id: UUID | None
    store_name: str | None
    silent_after_s: int | None
    test_mode_until: datetime | None
    in_test_mode: bool = Field(description="whether its presses are tests now, by its own test mode or its store's")
    revoked_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime
    last_seen_at: datetime | None
    battery_pct: int | None
    battery_v: float | None
    battery_low: bool | None = Field(description="whether it says itself that its battery is low")
    link_quality: int | None = Field(description="0 to 255")
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
    store_id: Annotated[UUID | None, Query(description="the store it is in")] = None,
    assigned: Annotated[bool | None, Query(description="whether it is in a store")] = None,
    q: Annotated[str | None, Query(max_length=100, description="in id, label or model")] = None,
    supervision: Annotated[State | None, Query(description="how it is; `unknown` while its gateway is away")] = None,
    low_battery: Annotated[
        bool | None, Query(description="whether its battery is at 20 % or less, or it says so")
    ] = None,
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
        record = await buttons.enrol(connection, body.id, body.on(await _heard(connection, body.id, body.dialect)))
        await audit.record(
            connection, key.actor, "button.enrolled", f"buttons/{record.id}", after=audited.of_button(record)
        )
    await _locate(context, record)
    set_etag(response, record.version)
    response.headers["Location"] = f"/v1/buttons/{encoded(record.id)}"
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
    summary="Change a button: label, store, interval, test mode, what its events mean",
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
            ButtonEntry(
                before.label,
                before.model,
                before.store_id,
                before.silent_after_s,
                before.test_mode_until,
                before.dialect,
                before.profile,
            )
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


@router.post(
    "/{button_id}/replace",
    summary="Let another button take the place of one that is broken",
    responses=documented(NOT_FOUND, CONFLICT, STALE),
)
async def replace_button(
    context: In,
    key: Operator,
    button_id: ButtonId,
    body: Replacement,
    version: IfMatch,
    response: Response,
) -> ButtonModel:
    """The new one has its store and label from now on, and names the old one, which is revoked and names the new one.

    409 if the old one is revoked, or the new one is in a store. Gives the new one.
    """
    async with context.pool.acquire() as connection, connection.transaction():
        old = await buttons.hold(connection, button_id)
        entry = await _heard(connection, body.by, None)
        record = await buttons.replace(connection, button_id, body.by, entry, version=version)
        await audit.record(
            connection,
            key.actor,
            "button.replaced",
            f"buttons/{old.id}",
            before=audited.of_button(old),
            after=audited.of_button(await buttons.get(connection, old.id)) | {"replaced_by": record.id},
        )
        await audit.record(
            connection, key.actor, "button.enrolled", f"buttons/{record.id}", after=audited.of_button(record)
        )
    await _locate(context, record)
    set_etag(response, record.version)
    return _show(record)


async def _heard(connection: Connection, button_id: str, dialect: str | None) -> ButtonEntry:
    """What is to be said of a button that is enrolled, by what was heard of it.

    Raises:
        InvalidError: it is neither one that was heard nor one that a native button may have.
    """
    row = await devices.find(connection, registered(button_id))
    named = dialect or (row["dialect"] if row else None)
    if named == "native" and not is_id(button_id):
        reason = "a native button has 1 to 64 of A-Z a-z 0-9 _ . : -"
        raise InvalidError(f"body.id: {reason}", [Fault("body.id", reason, button_id)])
    if named is None and not is_id(button_id) and "/" not in button_id:
        reason = "no native button has such an id, and no device of it was heard: is it right? Else give its dialect"
        raise InvalidError(f"body.id: {reason}", [Fault("body.id", reason, button_id)])
    model = row["model"] if row else None
    silent_after_s = profile.silent_after_s(named or "native", model)
    return ButtonEntry(model=model, silent_after_s=silent_after_s, dialect=named)


async def _locate(context: In, record: ButtonRecord) -> None:
    if record.store_id is not None:
        await context.locate()


def _show(record: ButtonRecord) -> ButtonModel:
    return ButtonModel(**{name: getattr(record, name) for name in ButtonModel.model_fields})
