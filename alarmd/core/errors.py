"""The errors of alarmd, named for what the caller can do about them. Each door translates them in one place."""

from collections.abc import Sequence
from dataclasses import dataclass


class AlarmdError(Exception):
    """Something went wrong that a person can understand and mend; its text says what, where and how."""


class UnavailableError(AlarmdError):
    """A server that alarmd needs does not answer; trying again later may help."""


class NotFoundError(AlarmdError):
    """What was asked for does not exist."""


class ConflictError(AlarmdError):
    """The request is sound, but what is there already forbids it."""


class StaleError(AlarmdError):
    """What was to be changed has been changed by somebody else since it was read."""


class ForbiddenError(AlarmdError):
    """The caller is known, but may not do this."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with what was sent: where (a member, or a line and column), what, and the value."""

    where: str
    reason: str
    value: str | None = None


class InvalidError(AlarmdError):
    """What was sent is wrong; `faults` name each place."""

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)
