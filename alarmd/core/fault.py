"""What can be wrong with the service, or with what it watches."""

from typing import Literal

FaultKind = Literal[
    "endpoint_failing",  # an endpoint does not take what it is sent; the subject is its name
    "endpoint_paused",  # a human has said that an endpoint is to be sent nothing for now; its name
    "session_lost",  # a broker has forgotten what it held for us; its address and our client id
    "broker_away",  # no connection to a broker; its address and our client id
    "canary_late",  # the press that alarmd sends itself does not arrive; the replica's client id
    "gateway_away",  # a gateway is offline, or nothing of it was heard for too long; its id
    "button_silent",  # nothing of a button was heard for too long; its id
    "region_silent",  # so many buttons at once that it is one thing; the district's code, or `all`
    "battery_low",  # a button's id
    "button_tampered",  # a button's id
    "enrolment_unclear",  # several stores wait for a button at once, and nothing tells which; `stores`
]
