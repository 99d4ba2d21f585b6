"""What is open to all: health, figures, documentation, schemas."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
from jsonschema import Draft202012Validator

from alarmd.db.pool import Pool
from alarmd.web.app import openapi
from tests.service import Service
from tests.web.conftest import Press


async def test_the_service_tells_whether_it_lives_and_whether_it_is_ready(anybody: httpx.AsyncClient) -> None:
    assert (await anybody.get("/livez")).text == "alive\n"
    ready = await anybody.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["ready"] is True
    assert ready.json()["parts"]["database"]["ok"] is True


async def test_the_figures_tell_of_the_outbox_and_of_open_alarms(anybody: httpx.AsyncClient, press: Press) -> None:
    await press("button-1")
    figures = (await anybody.get("/metrics")).text
    assert "alarmd_alarms_open 1.0" in figures
    assert 'alarmd_presses_total{kind="panic",outcome="recorded"} 1.0' in figures


async def test_without_a_database_the_figures_are_there_still(
    anybody: httpx.AsyncClient, service: Service, pool: Pool
) -> None:
    async with pool.acquire() as holder, holder.transaction():
        await holder.execute("LOCK TABLE deliveries IN ACCESS EXCLUSIVE MODE")
        assert "alarmd_outbox_depth" in (await anybody.get("/metrics")).text
        assert (await anybody.get("/livez")).status_code == 200
        unready = await anybody.get("/readyz")
    assert unready.status_code == 503
    assert unready.json()["parts"]["database"]["ok"] is False


async def test_the_documentation_names_every_operation_and_needs_no_other_host(anybody: httpx.AsyncClient) -> None:
    page = await anybody.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert set(re.findall(r'(?:href|src)="([^"]*)"', page.text)) == {"/docs/style.css", "/openapi.json"}
    assert "<script" not in page.text
    for path in openapi()["paths"]:
        assert path in page.text
    style = await anybody.get("/docs/style.css")
    assert style.headers["content-type"].startswith("text/css")


async def test_the_openapi_document_tells_roles_and_problems_of_every_operation(anybody: httpx.AsyncClient) -> None:
    document = (await anybody.get("/openapi.json")).json()
    assert document == json.loads(json.dumps(openapi()))
    assert "HTTPValidationError" not in json.dumps(document)
    names: set[str] = set()
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["summary"]
            assert operation["description"], path
            assert operation["operationId"] not in names
            names.add(operation["operationId"])
            if path.startswith("/v1/"):
                assert operation["x-roles"]
                assert operation["security"]
                assert {"401", "403", "422", "503"} <= set(operation["responses"])
                problem = operation["responses"]["401"]["content"]["application/problem+json"]["schema"]
                assert problem == {"$ref": "#/components/schemas/Problem"}


def test_the_openapi_document_has_an_example_of_every_body_and_tells_what_every_answer_is() -> None:
    document = openapi()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for status, answer in operation["responses"].items():
                assert answer["description"], (method, path, status)
                assert status == "204" or answer["content"], (method, path, status)
                if status.startswith("4"):
                    assert set(answer["content"]) == {"application/problem+json"}, (method, path, status)
            body = operation.get("requestBody")
            if body:
                assert {"413", "415"} <= set(operation["responses"]), (method, path)
                _check_body(document, body["content"], f"{method} {path}")


def _check_body(document: dict[str, Any], content: dict[str, Any], where: str) -> None:
    ((_, told),) = content.items()
    example = told["example"]
    assert example, where
    schema = told["schema"] | {"components": document["components"]}
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(example)


def test_the_openapi_document_describes_every_parameter_and_every_member_of_what_is_sent() -> None:
    document = openapi()
    asked = 0
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", ()):
                assert parameter.get("description"), (method, path, parameter["name"])
                asked += 1
            for content in operation.get("requestBody", {}).get("content", {}).values():
                for name, member in _members(document, content["schema"]):
                    told = member.get("description") or any(
                        option.get("description") for option in member.get("anyOf", ())
                    )
                    assert told, (method, path, name)
                    asked += 1
    assert asked > 200


def _members(document: dict[str, Any], schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every member of a schema, and of the schemas within it."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for name, member in schema.get("properties", {}).items():
        yield name, member
        yield from _members(document, member)
    inner = [*schema.get("anyOf", ()), schema.get("items"), schema.get("additionalProperties")]
    for option in inner:
        if isinstance(option, dict):
            yield from _members(document, option)


async def test_the_files_that_the_openapi_document_gives_as_examples_can_be_imported(admin: httpx.AsyncClient) -> None:
    tried = 0
    for path, operations in openapi()["paths"].items():
        for operation in operations.values():
            for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
                if media_type == "application/octet-stream":
                    done = await admin.post(path, content=content["example"].encode())
                    assert done.status_code == 200, done.text
                    assert not path.endswith("/import") or done.json()["new"] > 0, done.text
                    tried += 1
    assert tried == 4


async def test_the_schemas_are_served_as_they_are_published(anybody: httpx.AsyncClient) -> None:
    schema = await anybody.get("/schemas/alert.schema.json")
    assert schema.headers["content-type"] == "application/json"
    assert schema.json()["title"] == "AlertBody"
    assert (await anybody.get("/schemas/asyncapi.yaml")).text.startswith("asyncapi: 3")
    assert (await anybody.get("/schemas/__init__.py")).status_code == 404


async def test_every_answer_says_how_a_browser_must_treat_it(
    anybody: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    for response in (await anybody.get("/docs"), await anybody.get("/v1/alarms"), await admin.get("/v1/alarms")):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'self'" in response.headers["content-security-policy"]
    assert (await admin.get("/v1/alarms")).headers["cache-control"] == "no-store"
