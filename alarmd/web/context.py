"""What the HTTP side is handed by the composition root."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from alarmd.core.access import Access
from alarmd.core.dataset import Encoding
from alarmd.core.delivery import Endpoint, Outcome
from alarmd.core.row import Row
from alarmd.core.signal import Press, Rejected
from alarmd.db.accept import Recorded
from alarmd.db.changes import Feed
from alarmd.db.pool import Pool
from alarmd.metrics import Metrics
from alarmd.settings import Settings

Accept: TypeAlias = Callable[[Press, bytes], Awaitable[Recorded]]
Practise: TypeAlias = Callable[[str, str, bytes], Awaitable[Recorded]]
Reject: TypeAlias = Callable[[Rejected, bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Part:
    """Whether one part of the service does its work, and what there is to say of it.

    `age_s` is the age in seconds that `ok` goes by, where it goes by one.
    """

    ok: bool
    detail: str
    age_s: float | None = None


@dataclass(frozen=True, slots=True)
class Readiness:
    """The truth about the service: `ready` while presses can come in and be committed."""

    ready: bool
    parts: dict[str, Part]


@dataclass(frozen=True, slots=True)
class Context:
    """All that the routes need.

    Attributes:
        accept: takes a press in; returns when it is committed.
        practise: takes a press for practice, by button, press_id and payload; returns when it is committed.
        reject: puts into quarantine what cannot be understood.
        wake: to be called after a commit that changed an alarm or owes a delivery.
        locate: to be called after a button got a store, or an endpoint came: sends alarms that waited for it.
        remap: to be called after a change of the mappings: returns when this process listens by them.
        read_table: reads CSV, in an encoding that is said or recognised, or XLSX into rows; raises InvalidError.
        try_endpoint: sends a signed test alert, and gives what came of it.
        write_csv: makes CSV of column names and rows of cells.
        ready: how the parts of the service are.
        now: the time, by the database's clock.
        seen: to be told who has read where alarms are.
        stopping: set when the service stops.
    """

    settings: Settings
    pool: Pool
    metrics: Metrics
    feed: Feed
    accept: Accept
    practise: Practise
    reject: Reject
    wake: Callable[[], None]
    locate: Callable[[], Awaitable[None]]
    remap: Callable[[], Awaitable[None]]
    try_endpoint: Callable[[Endpoint], Awaitable[Outcome]]
    read_table: Callable[[bytes, Encoding | None], Sequence[Row]]
    write_csv: Callable[[Sequence[str], Sequence[Sequence[str]]], bytes]
    ready: Callable[[], Awaitable[Readiness]]
    now: Callable[[], datetime]
    seen: Callable[[Access], None]
    stopping: asyncio.Event
