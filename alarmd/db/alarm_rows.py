"""From a row of `alarms` to an `Alarm`, in this one place."""

from alarmd.core.alarm import Alarm
from alarmd.db.pool import Row


def read_alarm(row: Row) -> Alarm:
    """Read a row that has all columns of an `Alarm`, under their names."""
    return Alarm(**{name: row[name] for name in Alarm.__slots__})
