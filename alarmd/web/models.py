"""What the models of requests and answers have in common."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from alarmd.core.errors import Fault, InvalidError

_SHOWN_LENGTH: Final = 100


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("has a NUL character")
    return text


Text = Annotated[
    str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), AfterValidator(_without_nul)
]
LongText = Annotated[str, StringConstraints(min_length=1, max_length=2000), AfterValidator(_without_nul)]
SilentAfter = Annotated[int, Field(gt=0, le=31_536_000)]  # seconds, at most a year


class Body(BaseModel):
    """A request's body: members that nobody knows are refused, and so are NaN and Infinity."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


def refusal(errors: Iterable[Mapping[str, Any]], *within: str) -> InvalidError:
    """What pydantic finds wrong, as it is answered: each place below what it is `within`, with reason and value."""
    faults = [
        Fault(
            ".".join(str(part) for part in (*within, *error["loc"])),
            str(error["msg"]).removeprefix("Value error, "),
            _shown(error.get("input")),
        )
        for error in errors
    ]
    return InvalidError("; ".join(f"{fault.where}: {fault.reason}" for fault in faults), faults)


def _shown(value: object) -> str | None:
    """A value as it is shown to whoever sent it; none where the place alone tells it."""
    if value is None or isinstance(value, dict | list):
        return None
    text = str(value)
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}..."
