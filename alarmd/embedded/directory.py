"""The directory of one embedded server: its lock, its password and its log."""

import asyncio
import fcntl
import os
import secrets
import time
from pathlib import Path

from alarmd.embedded.errors import EmbeddedError

_PATIENCE_S = 20


async def lock(directory: Path) -> int:
    """Take a server's directory for us alone, making it at first, readable by its owner only.

    The descriptor is handed to the server too, so a server that has lost its parent and is still closing down keeps
    the directory until it is gone: that is waited for.

    Returns:
        The file descriptor of the lock; closing it here and in the server frees the directory.

    Raises:
        EmbeddedError: If another alarmd uses it, or it cannot be written.
    """
    descriptor = _open(directory)
    deadline = time.monotonic() + _PATIENCE_S
    while not _try_lock(descriptor):
        owner = _read_owner(descriptor)
        if (owner and _lives(owner)) or time.monotonic() > deadline:
            os.close(descriptor)
            raise EmbeddedError(f"{directory} is in use by process {owner}: stop it, or choose another --data-dir")
        await asyncio.sleep(0.02)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def password(directory: Path) -> str:
    """The server's password, made at first and kept in a file that only its owner may read."""
    file = directory / "password"
    if not file.exists():
        fresh = directory / "password.new"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(24), encoding="ascii")
        fresh.rename(file)
    return file.read_text(encoding="ascii").strip()


def fresh_log(directory: Path) -> Path:
    """An empty log; the one of the last run stays beside it as `log.1`."""
    log = directory / "log"
    if log.exists():
        log.rename(directory / "log.1")
    log.touch(mode=0o600)
    return log


def _open(directory: Path) -> int:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise EmbeddedError(f"{directory} cannot be used ({error.strerror}): choose another --data-dir") from error


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_owner(descriptor: int) -> int:
    text = os.pread(descriptor, 20, 0)
    return int(text) if text.isdigit() else 0


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
