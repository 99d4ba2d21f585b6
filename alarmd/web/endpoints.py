"""Receivers of alerts: kept by administrators."""

import ipaddress
import secrets
from base64 import b64encode
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Response

from alarmd.core.acknowledgement import Acknowledged, Answer, Refused
from alarmd.core.errors import Fault, InvalidError
from alarmd.db import audit, audited, endpoint_health, endpoints, stations
from alarmd.db.endpoints import EndpointEntry, EndpointRecord
from alarmd.db.keys import Caller
from alarmd.db.pool import Connection
from alarmd.web.context import Context
from alarmd.web.deps import Admin, In
from alarmd.web.endpoint_models import (
    EndpointBody,
    EndpointChange,
    EndpointModel,
    EndpointWithHealth,
    EndpointWithSecret,
    RotateBody,
    TestReport,
    show,
    show_with_health,
    show_with_secret,
)
from alarmd.web.etag import IfMatch, set_etag
from alarmd.web.idempotency import OnceSecret
from alarmd.web.paging import Cursor, Limit, Page, page, read_cursor
from alarmd.web.problems import CONFLICT, NOT_FOUND, STALE, documented

router = APIRouter(prefix="/v1/endpoints", tags=["endpoints"], route_class=OnceSecret)

_SECRET_BYTES = 32  # Standard Webhooks asks for 24 to 64


@router.get("", summary="List the endpoints", responses=documented())
async def list_endpoints(context: In, _: Admin, limit: Limit = 50, cursor: Cursor = None) -> Page[EndpointWithHealth]:
    """In the order in which they were made, each with how it is."""
    async with context.pool.acquire() as connection:
        found = await endpoints.page(connection, after=read_cursor(cursor, UUID), limit=limit + 1)
        health = await endpoint_health.read(connection, [record.id for record in found])
    return page(found, limit, lambda record: show_with_health(record, health[record.id]), lambda record: (record.id,))


@router.get("/{endpoint_id}", summary="One endpoint, with how it is", responses=documented(NOT_FOUND))
async def get_endpoint(context: In, _: Admin, endpoint_id: UUID, response: Response) -> EndpointWithHealth:
    """Whether it takes what it is sent, how quickly, and how much waits for it."""
    async with context.pool.acquire() as connection:
        record = await endpoints.get(connection, endpoint_id)
        health = await endpoint_health.read(connection, [endpoint_id])
    set_etag(response, record.version)
    return show_with_health(record, health[endpoint_id])


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
    return show_with_secret(record, secret)


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
    return show(record)


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
async def rotate_secret(
    context: In, key: Admin, endpoint_id: UUID, response: Response, body: RotateBody | None = None
) -> EndpointWithSecret:
    """For `overlap_s` alerts are signed with the new one and with the one before; then the old one signs no more.

    A secret that somebody else may know is rotated with an overlap of 0.
    """
    secret = _new_secret()
    overlap_s = (body or RotateBody()).overlap_s
    async with context.pool.acquire() as connection, connection.transaction():
        await audit.hold(connection)
        before = await endpoints.get(connection, endpoint_id)
        record = await endpoints.rotate_secret(connection, endpoint_id, secret, overlap_s=overlap_s)
        await audit.record(
            connection,
            key.actor,
            "endpoint.secret_rotated",
            f"endpoints/{endpoint_id}",
            before=_secrets_of(before),
            after=_secrets_of(record),
        )
    await _changed(context)
    set_etag(response, record.version)
    return show_with_secret(record, secret)


@router.post("/{endpoint_id}/test", summary="Send it a signed test alert", responses=documented(NOT_FOUND))
async def try_endpoint(context: In, key: Admin, endpoint_id: UUID) -> TestReport:
    """It is about no alarm at all (`kind` is `test`, there is no store), is sent once, and tells what came back.

    It is in the endpoint's format, and is sent to a paused one as well.
    """
    async with context.pool.acquire() as connection:
        receiver = await endpoints.receiver(connection, endpoint_id)
    outcome = await context.try_endpoint(receiver)
    async with context.pool.acquire() as connection, connection.transaction():
        came_back = {"delivered": outcome.delivered, "status": outcome.status}
        await audit.record(connection, key.actor, "endpoint.tested", f"endpoints/{endpoint_id}", after=came_back)
    return TestReport(
        delivered=outcome.delivered,
        status=outcome.status,
        duration_ms=outcome.duration_ms,
        error=outcome.error,
        answer=outcome.answer,
        understood=_understood(outcome.verdict),
    )


async def _record(
    connection: Connection,
    key: Caller,
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


def _secrets_of(record: EndpointRecord) -> dict[str, Any]:
    """Which secrets an endpoint has, without any of them: each rotation is a version."""
    return {"version": record.version, "overlap_until": record.overlap_until}


def _understood(verdict: Answer | None) -> Literal["acknowledged", "rejected"] | None:
    match verdict:
        case Acknowledged():
            return "acknowledged"
        case Refused():
            return "rejected"
    return None


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
