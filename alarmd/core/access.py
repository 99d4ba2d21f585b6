"""Who has read where alarms are."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

Reading = Literal["alarm", "list", "board", "report", "stream_opened", "stream_ended"]


@dataclass(frozen=True, slots=True)
class Access:
    """One reading of an alarm, of a list, board or report, or of the stream of events from its opening to its end.

    Attributes:
        query: which list or report, as the URL asked for it.
        alarms: those that were shown; of a report and of a stream none are named.
    """

    at: datetime
    key_id: UUID
    who: str
    what: Reading
    query: str | None
    alarms: tuple[UUID, ...]
    id: UUID = field(default_factory=uuid4)
