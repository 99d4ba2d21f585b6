"""What follows from an attempt: delivered, or the next attempt and when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from alarmd.core.acknowledgement import Answer
from alarmd.core.alert import Alert

RETRY_AFTER_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
RETRY_EVERY_S = 30.0
JITTER = 0.2
DEADLINE_S = 5.0
LEASE_S = 15.0  # longer than a full attempt and the wait for its turn
MAX_ANSWER_BYTES = 16 * 1024

_FAULT_FROM = 3  # attempts
_SUCCESS = 2  # the first digit of an HTTP status
_CLIENT_ERROR = 4


Format = Literal["cloudevents", "cap", "eido"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A receiver of alerts.

    Attributes:
        secrets: `whsec_...`, the newest first.
        format: what it is sent.
        overlap_until: when the secrets after the newest stop signing; None: they go on.
        paused_until: until when it is sent nothing.
    """

    id: UUID
    name: str
    url: str
    secrets: tuple[str, ...]
    format: Format = "cloudevents"
    overlap_until: datetime | None = None
    paused_until: datetime | None = None

    def signing(self, now: datetime) -> tuple[str, ...]:
        """The secrets that sign now: while one rotates, the new and the old."""
        over = self.overlap_until is not None and now >= self.overlap_until
        return self.secrets[:1] if over else self.secrets

    def paused(self, now: datetime) -> bool:
        """Whether what it is owed waits now."""
        return self.paused_until is not None and now < self.paused_until


@dataclass(frozen=True, slots=True)
class Delivery:
    """One alert owed to one endpoint, claimed by this process.

    Attributes:
        fence: the claim's token; a result with an older one is refused.
        attempts: how many there have been.
        urgency: 0 for the first word of an alarm, 1 for the rest.
        since: when the press arrived, by `time.monotonic`, in seconds.
        lease_until: when the claim ends, by the same clock.
    """

    id: UUID
    alert: Alert
    endpoint_id: UUID
    fence: int
    attempts: int
    urgency: int
    since: float
    lease_until: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one POST. A failure is a value, never an exception.

    Attributes:
        status: HTTP status; None when no answer came.
        error: why there was none, or why the answer does not count; None on success.
        answer: the first bytes of the response, as text.
        retry_after_s: what the receiver asked for, in seconds.
        verdict: what a 2xx body said.
    """

    status: int | None
    duration_ms: float
    error: str | None = None
    answer: str = ""
    retry_after_s: float | None = None
    verdict: Answer | None = None

    @property
    def delivered(self) -> bool:
        """A 2xx within the deadline."""
        return self.error is None and self.status is not None and self.status // 100 == _SUCCESS

    @property
    def word(self) -> Literal["delivered", "refused", "failed", "unreachable"]:
        """The outcome in one word, for counting."""
        if self.delivered:
            return "delivered"
        if self.status is None:
            return "unreachable"
        return "refused" if self.status // 100 == _CLIENT_ERROR else "failed"


def is_fault(attempts: int, outcome: Outcome) -> bool:
    """Whether a failure is to be brought to the operators.

    A 4xx at once: what is sent or where is wrong, and waiting does not mend it. Anything else when it has failed
    `attempts` times: three.
    """
    return not outcome.delivered and (outcome.word == "refused" or attempts >= _FAULT_FROM)


def retry_in_s(attempts: int, outcome: Outcome, jitter: float) -> float:
    """Seconds from now to the next attempt.

    Args:
        attempts: how many there have been, this one counted; at least 1.
        outcome: of the last one. Its `Retry-After` is honoured up to 30 s, and never shortens the schedule.
        jitter: random, 0 to 1: brings the attempt forward by up to 20 %, so that 30 s is the longest wait.
    """
    wait = RETRY_AFTER_S[attempts - 1] if attempts <= len(RETRY_AFTER_S) else RETRY_EVERY_S
    asked = min(outcome.retry_after_s or 0.0, RETRY_EVERY_S)
    return max(wait * (1 - JITTER * jitter), asked)
