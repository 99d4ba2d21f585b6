"""The HTTP side, put together."""

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from alarmd.web import (
    alarms,
    buttons,
    deliveries,
    docs,
    endpoints,
    errors,
    events,
    health,
    keys,
    presses,
    problems,
    quarantine,
    schemas,
    stores,
)
from alarmd.web.bounds import Bounds
from alarmd.web.context import Context
from alarmd.web.defects import Defects
from alarmd.web.deps import gate
from alarmd.web.described import describe

_ROUTERS = (
    alarms.router,
    presses.router,
    events.router,
    stores.router,
    buttons.router,
    endpoints.router,
    deliveries.router,
    quarantine.router,
    keys.router,
    health.router,
    docs.router,
    schemas.router,
    problems.router,
)


def create_app(context: Context) -> FastAPI:
    """The application, with all routes."""
    app = _assemble()
    app.state.context = context
    app.state.gate = gate(context)
    errors.install(app)
    app.add_middleware(Defects, public_url=context.settings.public_url)
    app.add_middleware(Bounds, public_url=context.settings.public_url)
    return app


def openapi() -> dict[str, Any]:
    """The OpenAPI document."""
    return _assemble().openapi()


def _assemble() -> FastAPI:
    app = FastAPI(
        title="alarmd",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # served by `docs`, which says who may call what
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    for router in _ROUTERS:
        app.include_router(router)
    describe(app)
    return app


def _operation_id(route: APIRoute) -> str:
    """The name of the route's function: stable, and the same in clients that are generated."""
    return route.name
