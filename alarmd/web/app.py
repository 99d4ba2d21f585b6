"""The HTTP side, put together."""

from typing import Any

from fastapi import FastAPI

from alarmd.web import health
from alarmd.web.context import Context


def create_app(context: Context) -> FastAPI:
    """The application, with all routes."""
    app = FastAPI(title="alarmd", docs_url=None, redoc_url=None)
    app.state.context = context
    app.include_router(health.router)
    return app


def openapi() -> dict[str, Any]:
    """The OpenAPI document."""
    return {}
