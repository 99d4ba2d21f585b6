"""The files that the pages load: read once, and served under a name that changes with them."""

import hashlib
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from fastapi import Response

_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
}
_FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}


class StaticFiles:
    """All of them, by path. Their common version is in their URL, so that no browser mixes two releases."""

    def __init__(self) -> None:
        self._files = dict(_walk(resources.files("alarmd.console") / "static", ""))
        self._files["districts.json"] = (resources.files("alarmd.core") / "districts.json").read_bytes()
        digest = hashlib.sha256()
        for path in sorted(self._files):
            digest.update(path.encode() + b"\0" + self._files[path])
        self.base = f"/static/{digest.hexdigest()[:16]}"

    def serve(self, path: str) -> Response | None:
        """The answer for a path below `base`; None where there is no such file."""
        content = self._files.get(path)
        if content is None:
            return None
        return Response(content, media_type=_TYPES[path.rpartition(".")[2]], headers=_FOR_EVER)


def _walk(directory: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in directory.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        elif entry.name.rpartition(".")[2] in _TYPES:
            yield f"{prefix}{entry.name}", entry.read_bytes()
