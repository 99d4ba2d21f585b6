"""Whether the process lives, whether the service is ready, and its figures."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from alarmd.db import condition
from alarmd.web.context import Context

router = APIRouter(tags=["health"])


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


@router.get("/livez", summary="Whether the process answers", response_class=PlainTextResponse)
async def livez() -> str:
    """200 as long as the event loop turns; no word of database, brokers or police."""
    return "alive\n"


@router.get(
    "/readyz",
    summary="Whether presses can come in and be committed",
    responses={503: {"description": "They cannot: `parts` says why"}},
)
async def readyz(request: Request) -> JSONResponse:
    """200, or 503, with the truth about each part."""
    readiness = await _context(request).ready()
    parts = {name: {"ok": part.ok, "detail": part.detail} for name, part in readiness.parts.items()}
    return JSONResponse({"ready": readiness.ready, "parts": parts}, 200 if readiness.ready else 503)


@router.get("/metrics", summary="Figures for Prometheus")
async def metrics(request: Request) -> Response:
    """The figures; those of the outbox are read now, and left as they were while the database does not answer."""
    context = _context(request)
    found = await condition.outbox(context.pool)
    if found is not None:
        context.metrics.outbox_depth.set(found.depth)
        context.metrics.outbox_oldest.set(found.oldest_s)
        context.metrics.alarms_open.set(found.unacknowledged)
    return Response(generate_latest(context.metrics.registry), media_type=CONTENT_TYPE_LATEST)
