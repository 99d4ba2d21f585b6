"""Which dialects are switched on, and what their topics begin with, as the settings say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from alarmd.core.dialects import custom, ecosystems
from alarmd.core.dialects.device import Decoded
from alarmd.core.dialects.ecosystems import ECOSYSTEMS, Choice
from alarmd.core.dialects.ready_made import READY_MADE
from alarmd.core.errors import InvalidError
from alarmd.core.signal import Message

NATIVE: Final = "native"
CUSTOM: Final = "custom"
ALL: Final = "all"
NAMES: Final = (NATIVE, *ECOSYSTEMS, CUSTOM)

_FORM: Final = "write it as zigbee2mqtt=z2m;shelly=shellies/+"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is listened to.

    Attributes:
        native: whether native buttons are.
        choices: the ecosystems that are switched on.
        own: the operators' mappings; those that come with alarmd (`ready_made`) stand behind them.
    """

    native: bool = True
    choices: tuple[Choice, ...] = ()
    own: tuple[custom.Mapping, ...] = ()
    ready_made: tuple[custom.Mapping, ...] = ()

    def filters(self) -> tuple[str, ...]:
        """The topics of bought buttons to subscribe to, each once; those of native ones stand apart."""
        return ecosystems.filters(self.choices, (*self.own, *self.ready_made))

    def decode(self, message: Message) -> Decoded | None:
        """What a message of a bought button says; None where nobody who is switched on has such a topic."""
        return ecosystems.decode(message, self.choices, (*self.own, *self.ready_made))


def choose(names: Sequence[str], prefixes: str = "") -> Chosen:
    """What is listened to by the names of dialects, and what their topics begin with where it is not the usual.

    Raises:
        InvalidError: there is no such dialect, or a prefix is none; one line that says how to mend it.
    """
    wanted = NAMES if ALL in names else tuple(dict.fromkeys(names))
    for unknown in set(wanted) - set(NAMES):
        raise InvalidError(f"ALARMD_DIALECTS: there is no dialect {unknown!r}; give all, or any of {', '.join(NAMES)}")
    if not wanted:
        raise InvalidError(f"ALARMD_DIALECTS names no dialect; give all, or any of {', '.join(NAMES)}")
    own = _prefixes(prefixes)
    choices = [Choice(one, own.get(name, one.prefixes)) for name, one in ECOSYSTEMS.items() if name in wanted]
    return Chosen(NATIVE in wanted, tuple(choices), ready_made=READY_MADE if CUSTOM in wanted else ())


def _prefixes(written: str) -> dict[str, tuple[str, ...]]:
    """`name=prefix,prefix;name=prefix` as prefixes by name."""
    found: dict[str, tuple[str, ...]] = {}
    for part in filter(None, (piece.strip() for piece in written.split(";"))):
        name, equals, listed = (piece.strip() for piece in part.partition("="))
        prefixes = tuple(prefix.strip().strip("/") for prefix in listed.split(",") if prefix.strip().strip("/"))
        if not equals or not prefixes:
            raise InvalidError(f"ALARMD_DIALECT_PREFIXES: {part!r} names no prefix; {_FORM}")
        if name not in ECOSYSTEMS:
            named = ", ".join(ECOSYSTEMS)
            raise InvalidError(f"ALARMD_DIALECT_PREFIXES: {name!r} is no dialect with a prefix; they are {named}")
        for prefix in prefixes:
            _require_prefix(prefix)
        found[name] = prefixes
    return found


def _require_prefix(prefix: str) -> None:
    levels = prefix.split("/")
    if any(level != "+" and set(level) & set("+#") for level in levels) or not prefix.isprintable():
        raise InvalidError(f"ALARMD_DIALECT_PREFIXES: {prefix!r} is no prefix: + stands for a whole level, # for none")
    if prefix.startswith(("$", "alarmd/")) or prefix == "alarmd":
        raise InvalidError(f"ALARMD_DIALECT_PREFIXES: {prefix!r} is not for buttons; {_FORM}")
