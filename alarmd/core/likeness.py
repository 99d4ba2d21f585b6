"""Stores that a file names otherwise: likely the same ones, renamed or moved."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final, Literal, TypeVar
from uuid import UUID

from alarmd.core.place import metres_between
from alarmd.core.row import Line
from alarmd.core.store import StoreEntry, is_only_chain

Item = TypeVar("Item")

_NEAR_M: Final = 200.0
Kind = Literal["renamed", "moved", "renamed and moved"]


@dataclass(frozen=True, slots=True)
class Registered:
    """A store in the registry."""

    id: UUID
    code: str
    store: StoreEntry


@dataclass(frozen=True, slots=True)
class Likeness:
    """A row of the file that is likely to be a store in the registry, and why."""

    line: Line
    registered: Registered
    reason: str

    @property
    def kind(self) -> Kind:
        """What became of the store."""
        before, after = self.registered.store, self.line.store
        if before.name == after.name:
            return "moved"
        return "renamed" if _place(before, None) == _place(after, None) else "renamed and moved"


def find_likenesses(lines: Sequence[Line], registered: Sequence[Registered]) -> list[Likeness]:
    """Pair rows with stores of the registry that are likely the same, the surest reasons first.

    Only what tells one row and one store is taken: a telephone number that many share, as the hotline of a chain is,
    tells nothing, nor does a name that is no more than the chain's.
    """
    found: list[Likeness] = []
    rows = {line.line: line for line in lines}
    stores = {store.id: store for store in registered}
    for sign in _SIGNS:
        of_rows = _alone((sign.of(line.store, line.code), line) for line in rows.values())
        of_stores = _alone((sign.of(store.store, store.code), store) for store in stores.values())
        for told, line in of_rows.items():
            store = of_stores.get(told)
            if store is None:
                continue
            apart = metres_between(line.store.lat, line.store.lon, store.store.lat, store.store.lon)
            if apart <= sign.within_m:
                found.append(Likeness(line, store, f"{sign.reason}, {apart:.0f} m away"))
                del rows[line.line], stores[store.id]
    return sorted(found, key=lambda likeness: likeness.line.line)


@dataclass(frozen=True, slots=True)
class _Sign:
    """What tells that two are the same: `of` makes it of a store and its code; None: this one has no such sign."""

    reason: str
    of: Callable[[StoreEntry, str | None], Hashable | None]
    within_m: float = inf


def _alone(signed: Iterable[tuple[Hashable | None, Item]]) -> dict[Hashable, Item]:
    """Each item by its sign, if no other has that."""
    found: dict[Hashable, list[Item]] = {}
    for sign, item in signed:
        if sign is not None:
            found.setdefault(sign, []).append(item)
    return {sign: items[0] for sign, items in found.items() if len(items) == 1}


def _place(store: StoreEntry, _: str | None) -> Hashable | None:
    """District and address without the spaces in which writings differ, and without floor and remark behind it."""
    address = store.road_address or store.jibun_address or ""
    return (store.district_code, "".join(address.partition(",")[0].partition("(")[0].split()))


def _name(store: StoreEntry, _: str | None) -> Hashable | None:
    """District and name, unless the name is only that of the chain."""
    return None if is_only_chain(store.name) else (store.district_code, "".join(store.name.split()))


_SIGNS: Final = (
    _Sign("the same code", lambda _, code: code, _NEAR_M),
    _Sign("the same telephone number", lambda store, _: store.phone, _NEAR_M),
    _Sign("the same address", _place, _NEAR_M),
    _Sign("the same name in the district", _name),
)
