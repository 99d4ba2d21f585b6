"""An alert as an endpoint wants it: CloudEvents, CAP 1.2 or EIDO. The same alert is the same bytes, however often."""

from typing import Final

from pydantic_core import to_json

from alarmd.core import alert as cloudevents
from alarmd.core.alert import Alert, Links
from alarmd.core.delivery import Format
from alarmd.core.formats import cap, eido

CLOUDEVENTS_TYPE: Final = "application/cloudevents+json"
CAP_TYPE: Final = "application/cap+xml"
EIDO_TYPE: Final = "application/json"


def write(alert: Alert, links: Links, format_: Format) -> tuple[str, bytes]:
    """The media type of an alert's body, and the body."""
    if format_ == "cloudevents":
        return CLOUDEVENTS_TYPE, to_json(cloudevents.body(alert, links))
    if format_ == "cap":
        return CAP_TYPE, cap.body(alert, links)
    return EIDO_TYPE, to_json(eido.body(alert, links))
