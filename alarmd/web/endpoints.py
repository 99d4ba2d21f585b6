"""Receivers of alerts: kept by administrators."""

import ipaddress
import secrets
from base64 import b64encode
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from alarmd.core.errors import Fault, InvalidError
from alarmd.db import audit, audited, endpoints, stations
from alarmd.db.endpoints import Audience, EndpointEntry, EndpointRecord
from alarmd.db.keys import Key
from alarmd.db.pool import Connection
from alarmd.web.context import Context
from alarmd.web.deps import Admin, In
from alarmd.web.etag import IfMatch, set_etag
from alarmd.web.idempotency import OnceSecret
from alarmd.web.models import Body, Text
from alarmd.web.paging import Cursor, Limit, Page, page, read_cursor
from alarmd.web.problems import CONFLICT, NOT_FOUND, STALE, documented

router = APIRouter(prefix="/v1/endpoints", tags=["endpoints"], route_class=OnceSecret)

_SECRET_BYTES = 32  # Standard Webhooks asks for 24 to 64

Url = Annotated[str, Field(max_length=2000, description="https://", examples=["https://police.example/alarms"])]
Districts = Annotated[
    tuple[Annotated[str, Field(pattern=r"^\d{5}$")], ...],
    Field(
        max_length=300,
        description="legal codes; with no stations either: every store that no other route claims",
        examples=[["11350"]],
    ),
]
Stations = Annotated[
    tuple[Text, ...],
    Field(
        max_length=300,
        description="police stations and precincts, as GET /v1/stations names them or in any writing that is one's "
        "alone; a route by precinct goes before one by station, and that before one by district",
        examples=[["서울노원경찰서"]],
    ),
]
Position = Annotated[int, Field(ge=0, le=100, description="in the chain; 0 is told first")]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


class EndpointChange(Body):
    """What is to be different; what is left out stays."""

    name: Text | None = Field(default=None, examples=["노원경찰서"])
    url: Url | None = None
    audience: Audience | None = Field(
        default=None, description="operators are told of alarms whose place is not known yet"
    )
    districts: Districts | None = None
    stations: Stations | None = None
    position: Position | None = None
    accepts_tests: bool | None = None
    escalate_after_s: Seconds | None = Field(default=None, description="when the next in the chain gets the alert too")
    acknowledge_within_s: Seconds | None = Field(default=None, description="when it gets it for want of a human")
    reopen_after_s: Seconds | None = Field(
        default=None, description="when operators are reminded of an alarm that was acknowledged and not closed"
    )

    def on(self, before: EndpointEntry) -> EndpointEntry:
        """The endpoint with the change."""
        given: dict[str, Any] = self.model_dump(exclude_none=True)
        return EndpointEntry(**{name: given.get(name, getattr(before, name)) for name in EndpointEntry.__slots__})


class EndpointBody(Body):
    """An endpoint to make."""

    name: Text = Field(examples=["노원경찰서"])
    url: Url
    audience: Audience = "police"
    districts: Districts = ()
    stations: Stations = ()
    position: Position = 0
    accepts_tests: bool = True
    escalate_after_s: Seconds = 15
    acknowledge_within_s: Seconds = 60
    reopen_after_s: Seconds = 1800


class EndpointModel(BaseModel):
    """A receiver of alerts."""

    id: UUID
    name: str
    url: str
    audience: Audience
    districts: tuple[str, ...]
    stations: tuple[str, ...]
    position: int
    accepts_tests: bool
    escalate_after_s: float
    acknowledge_within_s: float
    reopen_after_s: float
    version: int
    created_at: datetime
    updated_at: datetime


class EndpointWithSecret(EndpointModel):
    """A receiver, with its new signing secret."""

    secret: str = Field(description="signs the alerts (Standard Webhooks): this is the only time it is shown")


class TestReport(BaseModel):
    """What came back of a test alert."""

    delivered: bool = Field(description="whether it was a 2xx within the deadline")
    status: int | None = Field(description="HTTP status; null where no complete answer came")
    duration_ms: float
    error: str | None = Field(examples=["answered 401"])
    answer: str = Field(description="the beginning of the answer's body")


@router.get("", summary="List the endpoints", responses=documented())
async def list_endpoints(context: In, _: Admin, limit: Limit = 50, cursor: Cursor = None) -> Page[EndpointModel]:
    """In the order in which they were made."""
    async with context.pool.acquire() as connection:
        found = await endpoints.page(connection, after=read_cursor(cursor, UUID), limit=limit + 1)
    return page(found, limit, _show, lambda record: (record.id,))


@router.post("", summary="Add an endpoint", status_code=201, responses=documented(CONFLICT))
async def add_endpoint(context: In, key: Admin, body: EndpointBody, response: Response) -> EndpointWithSecret:
    """Alarms that no endpoint served go to it at once."""
    entry = EndpointEntry(**body.model_dump())
    _check(entry, context)
    secret = _new_secret()
    async with context.pool.acquire() as connection, connection.transaction():
        await audit.hold(connection)
        entry = replace(entry, stations=await stations.in_full(connection, entry.stations))
        record = await endpoints.add(connection, entry, secret=secret)
        await _record(connection, key, "added", record.id, after=record)
    await _changed(context)
    set_etag(response, record.version)
    response.headers["Location"] = f"/v1/endpoints/{record.id}"
    return _show_with(record, secret)


@router.patch("/{endpoint_id}", summary="Change an endpoint", responses=documented(NOT_FOUND, CONFLICT, STALE))
async def change_endpoint(
    context: In, key: Admin, endpoint_id: UUID, body: EndpointChange, version: IfMatch, response: Response
) -> EndpointModel:
    """What it is still owed goes to its new URL."""
    async with context.pool.acquire() as connection, connection.transaction():
        await audit.hold(connection)
        before = await endpoints.get(connection, endpoint_id)
        entry = body.on(before.entry)
        _check(entry, context)
        entry = replace(entry, stations=await stations.in_full(connection, entry.stations))
        based_on = before.version if version is None else version
        record = await endpoints.change(connection, endpoint_id, entry, version=based_on)
        await _record(connection, key, "changed", endpoint_id, before=before, after=record)
    await _changed(context)
    set_etag(response, record.version)
    return _show(record)


@router.delete("/{endpoint_id}", summary="Remove an endpoint", status_code=204, responses=documented(NOT_FOUND, STALE))
async def remove_endpoint(context: In, key: Admin, endpoint_id: UUID, version: IfMatch) -> Response:
    """It gets nothing more. An alarm that nobody else has been told of goes to who serves its store by now."""
    async with context.pool.acquire() as connection:
        async with connection.transaction():
            await audit.hold(connection)
            before = await endpoints.get(connection, endpoint_id)
            await endpoints.remove(connection, endpoint_id, by=key.name, version=version)
            await _record(connection, key, "removed", endpoint_id, before=before)
        await endpoints.relieve(connection, by=key.name)
    await _changed(context)
    return Response(status_code=204)


@router.post("/{endpoint_id}/rotate-secret", summary="Give it a new signing secret", responses=documented(NOT_FOUND))
async def rotate_secret(context: In, key: Admin, endpoint_id: UUID, response: Response) -> EndpointWithSecret:
    """Alerts are signed with the new one and the one before, until the next time."""
    secret = _new_secret()
    async with context.pool.acquire() as connection, connection.transaction():
        await audit.hold(connection)
        record = await endpoints.rotate_secret(connection, endpoint_id, secret)
        await _record(connection, key, "secret_rotated", endpoint_id)
    await _changed(context)
    set_etag(response, record.version)
    return _show_with(record, secret)


@router.post("/{endpoint_id}/test", summary="Send it a signed test alert", responses=documented(NOT_FOUND))
async def try_endpoint(context: In, _: Admin, endpoint_id: UUID) -> TestReport:
    """It is about no alarm at all (`kind` is `test`, there is no store), is sent once, and tells what came back."""
    async with context.pool.acquire() as connection:
        receiver = await endpoints.receiver(connection, endpoint_id)
    outcome = await context.try_endpoint(receiver)
    return TestReport(
        delivered=outcome.delivered,
        status=outcome.status,
        duration_ms=outcome.duration_ms,
        error=outcome.error,
        answer=outcome.answer,
    )


async def _record(
    connection: Connection,
    key: Key,
    done: str,
    endpoint_id: UUID,
    *,
    before: EndpointRecord | None = None,
    after: EndpointRecord | None = None,
) -> None:
    await audit.record(
        connection,
        key.actor,
        f"endpoint.{done}",
        f"endpoints/{endpoint_id}",
        before=audited.of_endpoint(before) if before else None,
        after=audited.of_endpoint(after) if after else None,
    )


async def _changed(context: Context) -> None:
    await context.locate()
    context.wake()


def _check(entry: EndpointEntry, context: Context) -> None:
    """Refuse a URL that no alert should go to. Where a name leads is looked at with each attempt.

    Raises:
        InvalidError: with the reason.
    """
    reason = _fault(entry.url, allow_private=context.settings.webhook_allow_private)
    if reason:
        raise InvalidError(f"body.url: {reason}", [Fault("body.url", reason, entry.url)])


def _fault(url: str, *, allow_private: bool) -> str | None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "not a URL"
    if parts.scheme not in {"https", "http"} or not host or any(character.isspace() for character in url):
        return "give https://host/path"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "leave user, password and fragment out: alerts are signed"
    if allow_private:
        return None
    if parts.scheme != "https":
        return "must be https://"
    try:
        is_global = ipaddress.ip_address(host).is_global
    except ValueError:
        is_global = host != "localhost"
    return None if is_global else f"{host} is not on the public internet"


def _new_secret() -> str:
    return f"whsec_{b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}"


def _members(record: EndpointRecord) -> dict[str, Any]:
    entry = {name: getattr(record.entry, name) for name in EndpointEntry.__slots__}
    return entry | {name: getattr(record, name) for name in ("id", "version", "created_at", "updated_at")}


def _show(record: EndpointRecord) -> EndpointModel:
    return EndpointModel(**_members(record))


def _show_with(record: EndpointRecord, secret: str) -> EndpointWithSecret:
    return EndpointWithSecret(**_members(record), secret=secret)
