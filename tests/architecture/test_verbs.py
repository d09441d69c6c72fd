"""Every way in offers what is written down, and nothing else."""

import inspect
import json
import tomllib
from pathlib import Path

import aicontext
from aicontext.client.platform.sdk import AIContextPlatformSDK
from aicontext.entrypoints.cli import app
from aicontext.entrypoints.mcp import server

CONTRACTS = Path(__file__).parents[2] / "contracts"
VERBS = tomllib.loads((CONTRACTS / "verbs.toml").read_text(encoding="utf-8"))


def written(way: str) -> set[str]:
    return {name for verb in VERBS.values() for name in verb.get(way, ())}


def test_commands() -> None:
    assert written("cli") == set(app._MODULES)


def test_the_library() -> None:
    values = {"AiContextError", "__version__"}
    types = {
        name
        for name in aicontext.__all__
        if inspect.isclass(getattr(aicontext, name)) and name != "Repository"
    }
    assert written("library") == set(aicontext.__all__) - types - values


def test_the_rest_api() -> None:
    paths = json.loads((CONTRACTS / "openapi.json").read_text(encoding="utf-8"))["paths"]
    operations = {one["operationId"] for methods in paths.values() for one in methods.values()}
    assert written("rest") == operations


def test_mcp() -> None:
    public = {
        name
        for name, value in inspect.getmembers(server, inspect.iscoroutinefunction)
        if value.__module__ == server.__name__ and not name.startswith("_")
    }
    assert written("mcp") == public


def test_the_sdk() -> None:
    methods = {name for name in dir(AIContextPlatformSDK) if not name.startswith("_")} - {"close"}
    assert written("sdk") == methods


def test_each_verb_is_offered_somewhere() -> None:
    for name, verb in VERBS.items():
        assert verb["says"], name
        assert set(verb) - {"says"} <= {"cli", "library", "rest", "mcp", "sdk"}, name
        assert len(verb) > 1, name
