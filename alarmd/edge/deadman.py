"""Calls the watcher outside that raises an alarm of its own when it hears nothing."""

from importlib.metadata import version
from urllib.parse import urlsplit

import aiohttp
import structlog

_DEADLINE_S = 5.0
_SUCCESS = 2  # the first digit of an HTTP status

_log = structlog.get_logger()


class Watcher:
    """A URL that is called with GET while all is well. That it fails is logged, and is nobody's trouble but its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http: aiohttp.ClientSession | None = None  # made where the loop runs

    async def call(self) -> None:
        """Call it once, within 5 s; never raises for what it answers."""
        self._http = self._http or aiohttp.ClientSession(
            headers={"User-Agent": f"alarmd/{version('alarmd')}"},
            timeout=aiohttp.ClientTimeout(total=_DEADLINE_S),
            trust_env=False,
        )
        try:
            async with self._http.get(self._url, allow_redirects=False) as answer:
                error = None if answer.status // 100 == _SUCCESS else f"answered {answer.status}"
        except (aiohttp.ClientError, TimeoutError) as failure:
            error = type(failure).__name__
        if error is not None:
            # The path is left out: whoever knows it can say that we are well.
            _log.warning("deadman_call_failed", host=urlsplit(self._url).hostname, error=error)

    async def close(self) -> None:
        """Close the connection."""
        if self._http is not None:
            await self._http.close()
