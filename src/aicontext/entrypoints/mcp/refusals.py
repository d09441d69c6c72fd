"""Why a call's arguments do not fit, in words that a model can act on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

_TYPES = {"string": "a text", "integer": "a whole number", "array": "a list of texts"}


def unfit(
    tool: str, schema: Mapping[str, Any], given: Collection[str], wrong: Collection[str]
) -> str:
    """schema: of the tool's arguments. given: their names. wrong: those among the tool's that are
    missing or not as the schema has them."""
    takes = schema["properties"]
    told = [
        f"{name} must be {_wanted(one)}" if name in given else f"{name} is missing"
        for name, one in takes.items()
        if name in wrong
    ]
    told += [f"there is no {name[:40]}" for name in given if name not in takes][:3]
    return f"{tool}: {'; '.join(told)}. It takes {', '.join(takes)}. (invalid_input)"


def _wanted(schema: Mapping[str, Any]) -> str:
    """What one argument may be."""
    kind = schema.get("type") or schema["anyOf"][0]["type"]
    within = f" from {schema['minimum']} to {schema['maximum']}" if "minimum" in schema else ""
    return _TYPES[kind] + within
