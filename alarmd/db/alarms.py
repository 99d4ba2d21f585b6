"""Alarms: read, list, and the steps that a human takes with one."""

from alarmd.core.alarm import Alarm
from alarmd.db.pool import Row


def read_alarm(row: Row) -> Alarm:
    """A row that has all columns of `alarms`."""
    return Alarm(**{name: row[name] for name in Alarm.__slots__})
