"""What the models of requests and answers have in common."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints


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
