"""Calls the watcher outside that raises an alarm of its own when it hears nothing."""

import asyncio
from importlib.metadata import version
from urllib.parse import urlsplit

import httpx
import structlog

_DEADLINE_S = 5.0

_log = structlog.get_logger()


class Watcher:
    """A URL that is called with GET while all is well. That it fails is logged, and is nobody's trouble but its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http = httpx.AsyncClient(
            headers={"User-Agent": f"alarmd/{version('alarmd')}"},
            timeout=_DEADLINE_S,
            trust_env=False,
            follow_redirects=False,
        )

    async def call(self) -> None:
        """Call it once, within 5 s; never raises for what it answers."""
        try:
            async with asyncio.timeout(_DEADLINE_S), self._http.stream("GET", self._url) as answer:
                error = None if answer.is_success else f"answered {answer.status_code}"
        except (httpx.HTTPError, TimeoutError) as failure:
            error = type(failure).__name__
        if error is not None:
            # The path is left out: whoever knows it can say that we are well.
            _log.warning("deadman_call_failed", host=urlsplit(self._url).hostname, error=error)

    async def close(self) -> None:
        """Close the connection."""
        await self._http.aclose()
