"""ETag and If-Match: nobody overwrites what somebody else has changed meanwhile (RFC 9110, 8.8.3 and 13.1.1)."""

from typing import Annotated

from fastapi import Depends, Header, Response

from alarmd.core.errors import StaleError


def _version(
    if_match: Annotated[str | None, Header(description="the ETag that the change is based on", max_length=100)] = None,
) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    text = if_match.strip().removeprefix("W/").strip('"')
    if not text.isdecimal() or len(text) > 9:  # noqa: PLR2004 - more digits than any version has
        raise StaleError(f"If-Match {if_match}: this is no ETag of ours; read the resource, and send its ETag")
    return int(text)


IfMatch = Annotated[int | None, Depends(_version)]
"""The version that a change is based on; None where the request does not say."""


def set_etag(response: Response, version: int) -> None:
    """Say which version an answer shows."""
    response.headers["ETag"] = f'"{version}"'
