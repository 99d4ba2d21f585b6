"""The OpenAPI document: FastAPI's, with who may call what and how each problem looks."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from alarmd.db.keys import Role
from alarmd.web import problems
from alarmd.web.deps import Require
from alarmd.web.idempotency import Once
from alarmd.web.problems import MEDIA_TYPE, Kind, Problem

_PROBLEM_REF: Final = {"$ref": f"#/components/schemas/{Problem.__name__}"}
_EVERYWHERE: Final = (problems.UNAUTHENTICATED, problems.FORBIDDEN, problems.INVALID, problems.UNAVAILABLE)
_OF_A_BODY: Final = (problems.TOO_LARGE, problems.MEDIA)
_IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "sent again with the same one, the request is answered again and not done again, for 24 h",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
_BY_STATUS: Final = {str(kind.status): kind for kind in problems.KINDS}
_FRAMEWORKS_OWN: Final = ("HTTPValidationError", "ValidationError")
_ABOUT: Final = (
    "From a hold-up button in a convenience store to the police.\n\n"
    "Every path under /v1 takes an API key as `Authorization: Bearer <key>`; each says which roles it admits. "
    "Errors are `application/problem+json` (RFC 9457). Times are RFC 3339 with offset. A POST may bear an "
    "`Idempotency-Key`: sent again with the same key, it is answered again and not done again."
)


class Api(FastAPI):
    """The application; its OpenAPI document tells the roles and the problems of each route."""

    def __init__(self, routers: Sequence[APIRouter]) -> None:
        super().__init__(
            title="alarmd",
            version="1",
            description=_ABOUT,
            docs_url=None,
            redoc_url=None,
            openapi_url=None,  # `docs` serves it
            redirect_slashes=False,
            generate_unique_id_function=_operation_id,
        )
        self._routers = routers
        for router in routers:
            self.include_router(router)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        if self.openapi_schema is None:
            document = super().openapi()
            schemas = document["components"]["schemas"]
            for name in _FRAMEWORKS_OWN:
                schemas.pop(name, None)
            schemas[Problem.__name__] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= schemas[Problem.__name__].pop("$defs")
            for route in api_routes(self._routers):
                if route.include_in_schema:
                    for method in route.methods or ():
                        _complete(document["paths"][route.path_format][method.lower()], route, schemas)
        assert self.openapi_schema is not None  # noqa: S101 - made above
        return self.openapi_schema


def api_routes(routers: Sequence[APIRouter]) -> Iterator[APIRoute]:
    """Every route of these routers."""
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                yield route


def roles(route: APIRoute) -> tuple[Role, ...]:
    """The least roles that a route admits; none where it takes no key."""
    return tuple(role for require in _requirements(route.dependant) for role in require.roles)


def _requirements(dependant: Dependant) -> Iterator[Require]:
    if isinstance(dependant.call, Require):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from _requirements(inner)


def _operation_id(route: APIRoute) -> str:
    """The name of the route's function: stable, and the method's name in clients that are generated."""
    return route.name


def _complete(operation: dict[str, Any], route: APIRoute, schemas: dict[str, Any]) -> None:
    admitted = roles(route)
    responses = operation["responses"]
    once = isinstance(route, Once) and "POST" in (route.methods or ())
    if admitted:
        operation["x-roles"] = list(admitted)
    responses.pop("422", None)  # the framework's own
    for kind in _problems(operation, route, once=once):
        responses.setdefault(str(kind.status), _response(kind))
    for status, kind in _BY_STATUS.items():
        if _is_problem(responses.get(status, {})):
            responses[status] = _response(kind)
    operation["responses"] = dict(sorted(responses.items()))
    if once:
        operation["parameters"] = [*operation.get("parameters", ()), _IDEMPOTENCY_KEY]
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            parameter.setdefault("description", f"`id` of the {parameter['name'].removesuffix('_id')}")
    for content in operation.get("requestBody", {}).get("content", {}).values():
        example = _example(content["schema"], schemas)
        if example and "example" not in content:
            content["example"] = example


def _problems(operation: dict[str, Any], route: APIRoute, *, once: bool) -> Iterator[Kind]:
    """What a route may answer by what it is, beside what it says of itself."""
    if roles(route):
        yield from _EVERYWHERE
    if "{" in route.path:
        yield problems.NOT_FOUND
    if "requestBody" in operation:
        yield from _OF_A_BODY
    if once:
        yield problems.CONFLICT  # with a request under the same Idempotency-Key


def _example(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """A body made of the examples of its members."""
    for option in schema.get("anyOf", (schema,)):
        name = option.get("$ref", "").rpartition("/")[2]
        members = schemas.get(name, option).get("properties", {})
        if option.get("examples"):
            found: dict[str, Any] = option["examples"][0]
            return found
        return {name: member["examples"][0] for name, member in members.items() if member.get("examples")}
    return {}


def _is_problem(response: dict[str, Any]) -> bool:
    return bool(response.get("content", {}).get("application/json", {}).get("schema") == _PROBLEM_REF)


def _response(kind: Kind) -> dict[str, Any]:
    return {"description": f"{kind.title}: `{kind.slug}`", "content": {MEDIA_TYPE: {"schema": _PROBLEM_REF}}}
