"""A directory for an embedded server, and a process that holds one."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.embedded.holding import Holder


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory for a server, below one that every user may enter, with a path too long for a socket."""
    base = Path(tempfile.mkdtemp(prefix="alarmd-"))
    base.chmod(0o755)
    home = base / ("long" * 25)
    home.mkdir()
    yield home / "server"
    shutil.rmtree(base)


@pytest.fixture(params=["this user", "an ordinary user", "root without namespaces"])
async def holder(request: pytest.FixtureRequest, directory: Path) -> AsyncIterator[Holder]:
    """A holder by each kind of user."""
    holder = Holder(directory, request.param)
    yield holder
    holder.close()
    await holder.server_gone()
