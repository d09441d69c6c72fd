"""The contract: written down, complete, and guarded."""

import json
from pathlib import Path

import pytest
from fastapi import FastAPI

from aicontext import settings
from aicontext.domain.tenancy.scopes import SCOPES, SENSITIVE
from aicontext.entrypoints.api import app, contract
from aicontext.entrypoints.api.access import guard_of
from aicontext.wiring.platform import api as wiring

CONTRACT = Path(__file__).parents[3] / "contracts" / "openapi.json"


@pytest.fixture(scope="module")
def surface(home) -> FastAPI:
    return app.surface(wiring.parts(settings.load({"AICONTEXT_HOME": str(home)})))


def test_the_contract_that_is_written_down_is_the_programs(surface) -> None:
    written = json.loads(CONTRACT.read_text())
    assert written == json.loads(json.dumps(contract.document(surface))), "Run: make docs"


def test_every_route_says_what_its_caller_needs(surface) -> None:
    guards = [guard_of(route) for route in surface.routes]
    assert sum(guard is not None for guard in guards) >= 6


def test_each_scope_that_a_credential_may_name_opens_a_route(surface) -> None:
    assert SENSITIVE.union(contract.scopes(surface)) == SCOPES


def test_a_route_without_a_guard_is_found(surface) -> None:
    bare = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    bare.get("/left-open")(lambda: None)
    with pytest.raises(LookupError, match="/left-open"):
        contract.scopes(bare)


def test_every_operation_has_a_name_and_words(surface) -> None:
    paths = contract.document(surface)["paths"]
    operations = [one for methods in paths.values() for one in methods.values()]
    assert len({one["operationId"] for one in operations}) == len(operations)
    assert all(one["description"] and one["tags"] for one in operations)


def test_hot_routes_have_full_schemas(surface) -> None:
    schemas = contract.document(surface)["components"]["schemas"]
    taken = schemas["OptimizeRequest"]
    assert taken["required"] == ["context"]
    assert taken["additionalProperties"] is False
    assert taken["properties"]["budget"]["anyOf"][0]["minimum"] == 1
    assert set(schemas["OptimizationResult"]["properties"]) >= {"content", "optimizations"}


def test_the_server_shows_its_contract_and_pages(api) -> None:
    assert api.ask("GET", "/openapi.json").json == json.loads(CONTRACT.read_text())
    assert b'href="/docs"' in api.ask("GET", "/").body
    for page in ("/docs", "/redoc"):
        found = api.ask("GET", page)
        assert found.status == 200
        assert "script-src 'self'" in found.headers["content-security-policy"]
        assert b"http://" not in found.body
        assert b"https://" not in found.body
    assert api.ask("GET", "/docs/swagger-ui-bundle.js").headers["content-type"].startswith("text/j")
    reader = api.ask("GET", "/docs/redoc.standalone.js").body
    assert b"cdn." not in reader
    assert api.ask("GET", "/docs/../pyproject.toml").status == 404
