"""Whether the process lives, whether the service is ready, and its figures."""

from typing import get_args

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from alarmd.core.fault import FaultKind
from alarmd.db import condition, supervision
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
    responses={503: {"description": "They cannot: `parts` says why", "content": {"application/json": {"schema": {}}}}},
)
async def readyz(request: Request) -> JSONResponse:
    """200, or 503, with the truth about each part."""
    readiness = await _context(request).ready()
    parts = {name: {"ok": part.ok, "detail": part.detail} for name, part in readiness.parts.items()}
    return JSONResponse({"ready": readiness.ready, "parts": parts}, 200 if readiness.ready else 503)


@router.get("/metrics", summary="Figures for Prometheus", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """The figures; those of the database are read now, and left as they were while it does not answer."""
    context = _context(request)
    found = await condition.outbox(context.pool)
    if found is not None:
        context.metrics.outbox_depth.set(found.depth)
        context.metrics.outbox_oldest.set(found.oldest_s)
        context.metrics.alarms_open.set(found.unacknowledged)
        await _supervise(context)
    return Response(generate_latest(context.metrics.registry), media_type=CONTENT_TYPE_LATEST)


async def _supervise(context: Context) -> None:
    figures = await supervision.figures(context.pool)
    if figures is not None:
        context.metrics.buttons_silent.set(figures.silent)
        for kind in get_args(FaultKind):
            context.metrics.faults_open.labels(kind).set(figures.faults.get(kind, 0))
