"""The published schemas, as files."""

from importlib import resources
from typing import Final

from fastapi import APIRouter
from fastapi.responses import Response

from alarmd.core.errors import NotFoundError
from alarmd.web.files import answered

_MEDIA: Final = {".json": "application/json", ".yaml": "application/yaml"}

router = APIRouter(prefix="/schemas", tags=["about"])


@router.get(
    "/{file}",
    summary="A JSON Schema, or the OpenAPI or AsyncAPI document",
    response_class=Response,
    responses=answered(*_MEDIA.values()),
)
async def schema_file(file: str) -> Response:
    """`alert.schema.json` is what the body of a webhook names as its `dataschema`."""
    published = {entry.name: entry for entry in resources.files("schemas").iterdir() if entry.name[-5:] in _MEDIA}
    if file not in published:
        raise NotFoundError(f"there is no schema {file!r}; there are {', '.join(sorted(published))}")
    return Response(published[file].read_bytes(), media_type=_MEDIA[file[-5:]])
