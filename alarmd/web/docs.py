"""The description of the API: the OpenAPI document, and a page made from it that needs no foreign host."""

from collections import defaultdict
from collections.abc import Iterator
from html import escape
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

router = APIRouter(tags=["about"])

_STYLE: Final = """\
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #ccc }
summary { cursor: pointer; padding: .3rem 0 }
details { border-bottom: 1px solid #eee }
details > div { padding: 0 0 1rem 1.5rem }
code { font-family: ui-monospace, monospace }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700 }
.roles { float: right; color: #555 }
th { text-align: left; padding-right: 1rem; vertical-align: top; font-weight: 400 }
td { vertical-align: top }
pre { background: #f6f6f6; padding: .8rem; overflow-x: auto; white-space: pre-wrap }
@media (prefers-color-scheme: dark) {
  body { background: #16181c; color: #e6e6e6 }
  pre { background: #22252b }
  .roles { color: #aaa }
  a { color: #8ab4f8 }
}
"""


@router.get("/openapi.json", summary="The OpenAPI document")
async def openapi_document(request: Request) -> JSONResponse:
    """OpenAPI 3.1; `x-roles` names the least roles that an operation admits."""
    return JSONResponse(request.app.openapi())


@router.get("/docs", summary="This page", response_class=HTMLResponse)
async def docs(request: Request) -> str:
    """The API for people, without any script."""
    return _page(request.app.openapi())


@router.get("/docs/style.css", include_in_schema=False)
async def docs_style() -> Response:
    """How the page looks."""
    return Response(_STYLE, media_type="text/css")


def _page(document: dict[str, Any]) -> str:
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            groups[operation["tags"][0]].append(_operation(method, path, operation, document))
    info = document["info"]
    sections = "".join(f"<h2>{escape(tag)}</h2>{''.join(shown)}" for tag, shown in groups.items())
    about = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in info["description"].split("\n\n"))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>alarmd</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/docs/style.css"></head>'
        f'<body><h1>alarmd</h1>{about}<p><a href="/openapi.json">openapi.json</a></p>{sections}</body></html>'
    )


def _operation(method: str, path: str, operation: dict[str, Any], document: dict[str, Any]) -> str:
    roles = " or ".join(operation.get("x-roles", ["no key"]))
    rows = [
        *(
            _row(given["name"], f"{given['in']}. {given.get('description', '')}")
            for given in operation.get("parameters", ())
        ),
        *_members(operation.get("requestBody", {}), document),
        *(_row(status, answer["description"]) for status, answer in operation["responses"].items()),
    ]
    description = escape(operation.get("description", ""))
    return (
        f'<details id="{escape(operation["operationId"])}"><summary><span class="roles">{escape(roles)}</span>'
        f'<span class="method">{method.upper()}</span> <code>{escape(path)}</code> {escape(operation["summary"])}'
        f"</summary><div><p>{description}</p><table>{''.join(rows)}</table></div></details>"
    )


def _members(body: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    """A row for each member of a body."""
    for media, content in body.get("content", {}).items():
        schema = _resolve(content.get("schema", {}), document)
        if "properties" not in schema:
            yield _row("body", media)
        for name, member in schema.get("properties", {}).items():
            text = "required. " if name in schema.get("required", ()) else ""
            choices = ", ".join(str(choice) for choice in _resolve(member, document).get("enum", ()))
            examples = " ".join(f"Example: {example}" for example in member.get("examples", ()))
            told = (part for part in (member.get("description"), choices, examples) if part)
            yield _row(f"body.{name}", text + ". ".join(told))


def _resolve(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """A schema, or what it refers to: for `X | None` that is X."""
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    if len(options) == 1:
        schema = options[0]
    reference: str | None = schema.get("$ref")
    found: dict[str, Any] = document["components"]["schemas"][reference.rpartition("/")[2]] if reference else schema
    return found


def _row(name: str, text: str) -> str:
    return f"<tr><th><code>{escape(name)}</code></th><td>{escape(text)}</td></tr>"
