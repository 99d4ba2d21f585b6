"""The one clock."""

from datetime import UTC, datetime


def now() -> datetime:
    """The time of this process, in UTC.

    Only for what a person reads. Leases, due times and what a press joins go by the database's clock,
    and ages by `time.monotonic`, so that a wrong clock cannot lose an alarm.
    """
    return datetime.now(UTC)  # noqa: TID251 - this is the one place
