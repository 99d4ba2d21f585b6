"""The pages of the console: what there is, and who may see it."""

from dataclasses import dataclass
from typing import Final

from alarmd.db.keys import Role

_POLICE: Final[frozenset[Role]] = frozenset({"viewer", "operator", "admin", "police"})
_VIEWERS: Final[frozenset[Role]] = frozenset({"viewer", "operator", "admin"})
_OPERATORS: Final[frozenset[Role]] = frozenset({"operator", "admin"})
_ADMINS: Final[frozenset[Role]] = frozenset({"admin"})

MAY_LOG_IN: Final = _POLICE


@dataclass(frozen=True, slots=True)
class Place:
    """A page.

    Attributes:
        path: as FastAPI writes paths.
        name: the script that fills it, and `page.<name>` is its title in the words.
        roles: who may see it.
        section: the path whose entry of the menu is marked; its own where it is in the menu itself.
        has_map: whether it shows a map.
    """

    path: str
    name: str
    roles: frozenset[Role]
    section: str
    has_map: bool = False


PLACES: Final = (
    Place("/", "board", _POLICE, "/", has_map=True),
    Place("/alarms", "alarms", _POLICE, "/alarms"),
    Place("/alarms/{id}", "alarm", _POLICE, "/alarms", has_map=True),
    Place("/stores", "stores", _VIEWERS, "/stores"),
    Place("/stores/import", "import", _OPERATORS, "/stores"),
    Place("/stores/new", "store", _OPERATORS, "/stores", has_map=True),
    Place("/stores/{id}", "store", _VIEWERS, "/stores", has_map=True),
    Place("/buttons", "buttons", _VIEWERS, "/buttons"),
    Place("/buttons/sightings", "sightings", _VIEWERS, "/buttons"),
    Place("/mappings", "mappings", _OPERATORS, "/buttons"),
    Place("/deliveries", "deliveries", _OPERATORS, "/deliveries"),
    Place("/endpoints", "endpoints", _ADMINS, "/endpoints"),
    Place("/quarantine", "quarantine", _OPERATORS, "/quarantine"),
    Place("/faults", "faults", _VIEWERS, "/faults"),
    Place("/reports", "reports", _VIEWERS, "/reports"),
    Place("/practice", "practice", _ADMINS, "/practice"),
    Place("/keys", "keys", _ADMINS, "/keys"),
    Place("/audit", "audit", _ADMINS, "/audit"),
)


def menu(role: Role) -> list[Place]:
    """What a role is offered, in order."""
    return [place for place in PLACES if place.path == place.section and role in place.roles]
