"""What an error of the database means for whoever asked: to be told apart where `asyncpg` is not to be seen."""

import asyncpg

from alarmd.core.errors import AlarmdError, InvalidError, UnavailableError
from alarmd.db.pool import UNAVAILABLE

TROUBLE = (
    asyncpg.DataError,
    *UNAVAILABLE,
    asyncpg.OperatorInterventionError,  # shut down, cancelled
    asyncpg.InsufficientResourcesError,  # disk full, too many connections
    asyncpg.TransactionRollbackError,  # deadlock, serialization failure
    asyncpg.ReadOnlySQLTransactionError,  # it is a standby by now
)
"""What may come of a statement that is right."""


def explain(error: Exception) -> AlarmdError:
    """The same, for a person: the data cannot be held, or the database cannot do it now."""
    if isinstance(error, asyncpg.DataError):
        return InvalidError(f"a value cannot be stored: {error}")
    return UnavailableError("the database does not answer just now: nothing is known to be changed; try again")
