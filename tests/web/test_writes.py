"""Writes that two people, or one impatient program, send at once: looked at for every route there is."""

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from alarmd.web import etag
from alarmd.web.app import ROUTERS
from alarmd.web.described import api_routes
from alarmd.web.idempotency import Once

# The press_id of a press is what makes it happen once, whatever way it comes.
ONCE_BY_ITSELF = {"/v1/presses"}
# What has nothing to overwrite: keys are revoked for good, mappings, stations and sessions are there or not, gateways
# have one number.
WITHOUT_VERSIONS = {
    "/v1/keys/{key_id}",
    "/v1/sessions/{session_id}",
    "/v1/mappings/{mapping_id}",
    "/v1/gateways/{gateway_id}",
    "/v1/stations/{name}",
}


def _routes(*methods: str) -> list[APIRoute]:
    return [route for route in api_routes(ROUTERS) if set(methods) & (route.methods or set())]


def _asks_for(dependant: Dependant, call: object) -> bool:
    return any(inner.call is call or _asks_for(inner, call) for inner in dependant.dependencies)


def test_every_post_honours_an_idempotency_key() -> None:
    assert {route.path for route in _routes("POST") if not isinstance(route, Once)} == ONCE_BY_ITSELF


def test_every_change_of_what_has_a_version_honours_if_match() -> None:
    found = {route.path for route in _routes("PUT", "PATCH", "DELETE") if not _asks_for(route.dependant, etag._version)}
    assert found == WITHOUT_VERSIONS
