"""What a model reads of a call that does not fit."""

import asyncio
from typing import Any

import pytest
from mcp import Client

from aicontext.entrypoints.mcp.server import server


@pytest.mark.parametrize(
    ("tool", "given", "said"),
    [
        (
            "search_code",
            {"qeury": "x", "path": "/"},
            "search_code: query is missing; there is no qeury. It takes query, path, limit.",
        ),
        (
            "search_code",
            {"query": 1, "path": None, "limit": 51},
            "search_code: query must be a text; path must be a text; limit must be a whole number "
            "from 1 to 50. It takes query, path, limit.",
        ),
        (
            "pack_context",
            {"task": "x", "path": "/", "focus": [1, 2]},
            "pack_context: focus must be a list of texts. It takes task, path, budget, focus.",
        ),
    ],
)
def test_each_argument_that_is_wrong_is_named_with_what_it_may_be(
    tool: str, given: dict[str, Any], said: str
) -> None:
    async def told() -> str:
        async with Client(server()) as client:
            done = await client.call_tool(tool, given)
            assert done.is_error
            return getattr(done.content[0], "text", "")

    assert asyncio.run(told()) == f"{said} (invalid_input)"
