"""What can go wrong with the embedded servers."""

from alarmd.core.errors import AlarmdError


class EmbeddedError(AlarmdError):
    """An embedded server cannot be started; the text says which, why and how to mend it."""
