"""What changes, as it changes: Server-Sent Events (WHATWG HTML, 9.2)."""

import json
import re
import time
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event
from starlette.types import Receive, Scope, Send

from alarmd.core.alert import timestamp
from alarmd.core.errors import Fault, InvalidError
from alarmd.db import alarm_reads, changes
from alarmd.db.changes import AlarmChange, Change, FaultChange, Position, Subscription
from alarmd.db.keys import Caller
from alarmd.db.trouble import TROUBLE
from alarmd.web import access_log
from alarmd.web.caller import identify
from alarmd.web.context import Context
from alarmd.web.deps import In, ViewerOrPolice
from alarmd.web.errors import UnauthenticatedError
from alarmd.web.json_body import StrictRoute
from alarmd.web.problems import documented

router = APIRouter(prefix="/v1/events", tags=["events"], route_class=StrictRoute)

_BATCH = 500
_LOOK_EVERY_S = 2.0
_SILENT_S = 13.0  # with the next look at most 15 s
_EVENT_ID = re.compile(r"(\d{1,18})\.(\d{1,18})")


def _last_seen(
    last_event_id: Annotated[
        str | None,
        Header(alias="Last-Event-ID", description="id of the last event seen: those that followed are sent first"),
    ] = None,
) -> Position | None:
    if last_event_id is None:
        return None
    match = _EVENT_ID.fullmatch(last_event_id)
    if match is None:
        reason = "no event id: give one that this stream sent, or leave the header out"
        raise InvalidError(f"Last-Event-ID: {reason}", [Fault("header.last-event-id", reason, last_event_id[:100])])
    return Position(int(match[1]), int(match[2]))


# FastAPI's own streaming of `EventSourceResponse` raises when a listener leaves while events are on their way to it
# (its producer writes to a stream that was closed first): its formatter is used here, and its tasks are not.
@router.get(
    "",
    summary="Follow what changes",
    response_class=StreamingResponse,
    responses=documented() | {200: {"content": {EventSourceResponse.media_type: {"schema": {"type": "string"}}}}},
)
async def follow_events(
    request: Request, context: In, key: ViewerOrPolice, last_seen: Annotated[Position | None, Depends(_last_seen)]
) -> StreamingResponse:
    """Events `alarm`: `{"alarm_id", "what", "who", "at", "detail", "reference", "state", "kind", "store"}`.

    They say that an alarm changed and how it is by now; `GET /v1/alarms/{alarm_id}` tells all of it. `what` is opened,
    pressed, cancel_requested, located, delivered, escalated, acknowledged, rejected, closed, reopened, noted,
    delivery_retried or delivery_cancelled. Events `fault`: `{"fault_id", "what", "who", "at", "detail", "kind",
    "subject"}` with `what` raised or cleared; not for the police. A stream that was cut, or that is ended because it is
    read too slowly, goes on without a gap or a double from its `Last-Event-ID`.
    A comment comes every 15 s.
    """
    return _Listened(request, context, key, last_seen)


class _Listened(EventSourceResponse):
    """An answer that goes on: it subscribes when it begins, and gives its subscription back however it ends."""

    def __init__(self, request: Request, context: Context, key: Caller, last_seen: Position | None) -> None:
        self._context = context
        self._key = key
        self._feed = context.feed
        self._subscription = context.feed.subscribe()
        stream = _Stream(request, context, key, self._subscription)
        super().__init__(stream.events(last_seen), headers={"X-Accel-Buffering": "no"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        access_log.note(self._context, self._key, "stream_opened")
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._feed.unsubscribe(self._subscription)
            access_log.note(self._context, self._key, "stream_ended")


class _Stream:
    """What one listener is sent: first what it has missed, from the database; then what comes, from the feed."""

    def __init__(self, request: Request, context: Context, key: Caller, subscription: Subscription) -> None:
        self._request = request
        self._context = context
        self._key = key
        self._subscription = subscription
        self._position = Position(0, 0)
        self._looked_at_key = time.monotonic()

    async def events(self, last_seen: Position | None) -> AsyncIterator[bytes]:
        """Events until the service stops, the key is revoked or the session over, or the listener is too slow.

        What cannot be read while the database is away ends it as well: the listener comes again, and goes on from the
        last event it had.
        """
        await self._context.feed.positioned()
        try:
            await self._begin(last_seen)
            # Told at once, so that a stream that is cut before its first event goes on from here.
            yield format_sse_event(id=str(self._position), comment="listening")
            spoke_at = time.monotonic()
            async for batch in self._batches():
                visible = await self._visible(batch)
                if visible:
                    yield b"".join(map(_event, visible))
                    spoke_at = time.monotonic()
                elif time.monotonic() - spoke_at > _SILENT_S:
                    yield KEEPALIVE_COMMENT
                    spoke_at = time.monotonic()
        except TROUBLE:
            return

    async def _begin(self, last_seen: Position | None) -> None:
        async with self._context.pool.acquire() as connection:
            now = await changes.latest(connection)
        # An id from the future is one of a database that was put back to an earlier state.
        self._position = min(last_seen, now) if last_seen else now

    async def _batches(self) -> AsyncIterator[Sequence[Change]]:
        while missed := await self._missed():
            self._position = missed[-1].position
            yield missed
        async for batch in self._subscription.batches(idle_s=_LOOK_EVERY_S):
            if not await self._still_allowed():
                return
            # The feed may be behind what the database told.
            fresh = [change for change in batch if change.position > self._position]
            if fresh:
                self._position = fresh[-1].position
            yield fresh

    async def _missed(self) -> Sequence[Change]:
        async with self._context.pool.acquire() as connection:
            return await changes.since(connection, self._position, _BATCH)

    async def _visible(self, batch: Sequence[Change]) -> Sequence[Change]:
        """What a listener may see.

        Canaries are nobody's; faults are not the police's; and a police key of an endpoint sees the alarms that this
        endpoint was told of.
        """
        batch = [change for change in batch if isinstance(change, FaultChange) or change.kind != "canary"]
        if self._key.role != "police" or not batch:
            return batch
        alarms = [change for change in batch if isinstance(change, AlarmChange)]
        if self._key.endpoint_id is None:
            return alarms
        alarm_ids = list({change.alarm_id for change in alarms})
        async with self._context.pool.acquire() as connection:
            told = await alarm_reads.told(connection, alarm_ids, endpoint_id=self._key.endpoint_id)
        return [change for change in alarms if change.alarm_id in told]

    async def _still_allowed(self) -> bool:
        if time.monotonic() - self._looked_at_key < _LOOK_EVERY_S:
            return True
        self._looked_at_key = time.monotonic()
        try:
            await identify(self._request, self._context)
        except UnauthenticatedError:
            return False
        except TROUBLE:
            return True  # while the database is away there is nothing to hear; a browser that is cut may not come again
        return True


def _event(change: Change) -> bytes:
    about = _of_fault(change) if isinstance(change, FaultChange) else _of_alarm(change)
    data = {"what": change.what, "who": change.who, "at": timestamp(change.at), "detail": change.detail, **about}
    text = json.dumps(data, ensure_ascii=False)
    name = "fault" if isinstance(change, FaultChange) else "alarm"
    return format_sse_event(data_str=text, event=name, id=str(change.position))


def _of_alarm(change: AlarmChange) -> dict[str, Any]:
    store = change.store
    return {
        "alarm_id": str(change.alarm_id),
        "reference": change.reference,
        "state": change.state,
        "kind": change.kind,
        "store": {"id": store["id"], "name": store["name"], "district": store["district"]} if store else None,
    }


def _of_fault(change: FaultChange) -> dict[str, Any]:
    return {"fault_id": str(change.fault_id), "kind": change.kind, "subject": change.subject}
