"""The HTTP side, put together."""

from typing import Any

from fastapi import APIRouter, FastAPI

from alarmd.web import (
    access_log,
    alarms,
    audit,
    board,
    buttons,
    deliveries,
    docs,
    endpoints,
    errors,
    events,
    faults,
    gateways,
    health,
    keys,
    mappings,
    pauses,
    practice,
    presses,
    problems,
    quarantine,
    reports,
    routes,
    schemas,
    sessions,
    sightings,
    stations,
    store_choices,
    store_files,
    store_refusals,
    stores,
)
from alarmd.web.bounds import Bounds
from alarmd.web.context import Context
from alarmd.web.defects import Defects
from alarmd.web.described import Api
from alarmd.web.device_ids import EncodedSlashes

ROUTERS = (
    alarms.router,
    board.router,
    presses.router,
    practice.router,
    events.router,
    store_files.router,
    store_refusals.router,
    store_choices.router,
    stores.router,
    buttons.router,
    sightings.router,
    mappings.router,
    gateways.router,
    stations.router,
    endpoints.router,
    routes.router,
    pauses.router,
    deliveries.router,
    quarantine.router,
    faults.router,
    keys.router,
    sessions.router,
    audit.router,
    access_log.router,
    reports.router,
    health.router,
    docs.router,
    schemas.router,
    problems.router,
)


def create_app(context: Context, console: APIRouter) -> FastAPI:
    """The application, with all routes, and the pages of the console beside them."""
    app = Api(ROUTERS)
    app.include_router(console)
    app.state.context = context
    errors.install(app)
    app.add_middleware(EncodedSlashes)
    app.add_middleware(Defects, public_url=context.settings.public_url)
    app.add_middleware(Bounds, public_url=context.settings.public_url, tile_origin=context.settings.tile_origin)
    return app


def openapi() -> dict[str, Any]:
    """The OpenAPI document."""
    return Api(ROUTERS).openapi()
