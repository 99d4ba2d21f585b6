"""Lists are handed out a page at a time; a cursor says where the next one begins."""

import base64
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from alarmd.core.errors import Fault, InvalidError

Item = TypeVar("Item")
Shown = TypeVar("Shown")
Position = TypeVar("Position")

Limit = Annotated[int, Query(ge=1, le=200, description="how many at most")]
Cursor = Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before; none to begin")]


class Page(BaseModel, Generic[Shown]):
    """One page of a list."""

    items: list[Shown]
    next_cursor: str | None = Field(description="give it as `cursor` for the next page; null on the last one")


def page(
    found: Sequence[Item],
    limit: int,
    show: Callable[[Item], Shown],
    position: Callable[[Item], Sequence[object]],
) -> Page[Shown]:
    """The page of what was found.

    Args:
        found: up to `limit` + 1 items in the order of the list: the one too many tells that there is a next page.
        limit: how many are shown.
        show: makes an item what is answered.
        position: where an item stands in that order: values whose text `read_cursor` reads again.
    """
    shown = found[:limit]
    more = len(found) > limit
    return Page(items=[show(item) for item in shown], next_cursor=_encode(position(shown[-1])) if more else None)


def read_cursor(cursor: str | None, read: Callable[..., Position]) -> Position | None:
    """Where the page before ended: `read` is given the values of its position, as text. None without a cursor.

    Raises:
        InvalidError: it is not a cursor that this list gave.
    """
    if cursor is None:
        return None
    try:
        return read(*_decode(cursor))
    except (ValueError, TypeError, RecursionError) as error:
        reason = "no cursor of this list: give the next_cursor of the page before as it was, or none to begin"
        raise InvalidError(f"query.cursor: {reason}", [Fault("query.cursor", reason, cursor[:100])]) from error


def _encode(position: Sequence[object]) -> str:
    text = json.dumps([str(value) for value in position], ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _decode(cursor: str) -> list[str]:
    padded = cursor + "=" * (-len(cursor) % 4)
    values: Any = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    if not isinstance(values, list) or not all(isinstance(value, str) and "\x00" not in value for value in values):
        raise ValueError("not made by _encode")
    return values
