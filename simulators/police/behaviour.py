"""How a police station answers an alert."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the station does with a validly signed alert. The default takes it with 204 and says nothing more.

    Of several misbehaviours the first in the order of the attributes below is the one that happens.

    Attributes:
        hang: Never answers; the connection stays open until the sender gives up.
        slow_body: Answers 200 at once, then one byte of the body a second, for ever.
        redirect: Answers 307 with this URL as Location.
        too_many: Answers 429 with this many seconds as Retry-After.
        fail: Answers with this status, 300 to 599.
        misbehave_for: Only so many alerts are treated as above; None means all of them.
        reject: Refuses the alert with this reason, in a 200.
        acknowledge_in_response: Acknowledges the alarm in the 200 itself.
        acknowledge_after: Seconds after which the alarm is acknowledged by a call to its `links.acknowledge`.
    """

    hang: bool = False
    slow_body: bool = False
    redirect: str | None = None
    too_many: int | None = None
    fail: int | None = None
    misbehave_for: int | None = None
    reject: str | None = None
    acknowledge_in_response: bool = False
    acknowledge_after: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: a status (None: hang), headers, a JSON body (None: no body), or a body that never ends."""

    status: int | None
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    endless: bool = False


def misbehaviour(behaviour: Behaviour) -> Answer | None:
    """What a misbehaving station answers; None if it behaves well."""
    if behaviour.hang:
        return Answer(None)
    if behaviour.slow_body:
        return Answer(200, endless=True)
    if behaviour.redirect is not None:
        return Answer(307, {"Location": behaviour.redirect})
    if behaviour.too_many is not None:
        return Answer(429, {"Retry-After": str(behaviour.too_many)})
    if behaviour.fail is not None:
        return Answer(behaviour.fail, body={"error": "the station was told to fail"})
    return None
