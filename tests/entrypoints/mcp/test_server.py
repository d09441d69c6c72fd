"""The MCP server as hosts use it: the official client, over a pipe and over HTTP, old and new."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from aicontext.engine.estimate.counter import counter

EXAMPLES = Path(__file__).parents[3] / "examples"
SHOP, SESSION = EXAMPLES / "shop", EXAMPLES / "session.json"
TOOLS = [
    "pack_context",
    "search_code",
    "show_symbol",
    "map_repository",
    "condense_file",
    "retrieve",
    "compact_session",
    "usage_report",
]
Use = Callable[[Client], Awaitable[None]]


@pytest.fixture(params=["auto", "legacy"])
def used(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Use], None]:
    """Runs something with a client of the server, as today's hosts and as those before them."""
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "aicontext", "mcp"],
        env=os.environ | {"AICONTEXT_HOME": str(tmp_path / "home")},
    )

    async def with_client(use: Use) -> None:
        async with Client(command, mode=request.param) as client:
            await use(client)

    return lambda use: asyncio.run(with_client(use))


async def ask(client: Client, tool: str, **arguments: Any) -> tuple[str, Any]:
    done = await client.call_tool(tool, arguments)
    text = "\n".join(getattr(part, "text", "") for part in done.content)
    assert not done.is_error, text
    return text, done.structured_content


def test_few_tools_in_one_order_with_short_schemas(used: Callable[[Use], None]) -> None:
    async def use(client: Client) -> None:
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == TOOLS
        shown = [
            {"name": tool.name, "description": tool.description, "schema": tool.input_schema}
            for tool in tools
        ]
        assert counter("gpt-4o")(json.dumps(shown)) <= 1_200

    used(use)


def test_code_is_packed_searched_shown_and_mapped(used: Callable[[Use], None]) -> None:
    async def use(client: Client) -> None:
        seen: list[float] = []

        async def progress(done: float, _total: float | None, _said: str | None) -> None:
            seen.append(done)

        given = {"task": "the discount is rounded wrongly", "path": str(SHOP), "budget": 900}
        done = await client.call_tool("pack_context", given, progress_callback=progress)
        assert done.structured_content
        assert done.structured_content["tokens"] <= 900
        assert any(one["path"].endswith("cart.py") for one in done.structured_content["slices"])
        assert seen
        text, found = await ask(client, "search_code", query="rounded", path=str(SHOP), limit=3)
        assert len(found["files"]) <= 3
        assert found["files"][0] in text
        name = found["definitions"][0]["symbol"]
        shown, _ = await ask(client, "show_symbol", symbol=name, path=str(SHOP))
        assert f"def {name.rpartition('.')[2]}" in shown
        mapped, figures = await ask(client, "map_repository", path=str(SHOP), budget=100)
        assert figures["tokens"] <= 100
        assert "def " in mapped

    used(use)


def test_a_file_is_condensed_and_its_original_fetched(
    used: Callable[[Use], None], tmp_path: Path
) -> None:
    log = tmp_path / "build.log"
    lines = [f"step {i} ok" for i in range(3_000)]
    lines[1_700] = "ERROR: cannot link libshop"
    log.write_text("\n".join(lines))

    async def use(client: Client) -> None:
        text, figures = await ask(client, "condense_file", path=str(log), query="link", budget=200)
        assert "cannot link libshop" in text
        assert figures["tokens"] <= 200 < figures["original_tokens"]
        handle = text.split("retrieve ")[-1].split("]")[0]
        whole, _ = await ask(client, "retrieve", handle=handle, lines="1701-1701")
        assert "cannot link libshop" in whole
        read = await client.read_resource(f"aicontext://original/{handle}")
        assert "step 0 ok" in read.contents[0].text

    used(use)


def test_a_session_is_compacted_and_usage_reported(used: Callable[[Use], None]) -> None:
    async def use(client: Client) -> None:
        _, figures = await ask(client, "compact_session", path=str(SESSION), budget=800)
        assert figures["tokens"] <= 800
        _, report = await ask(client, "usage_report", days=1)
        assert report["total"]["calls"] == 0
        prompts = (await client.list_prompts()).prompts
        assert [prompt.name for prompt in prompts] == ["work_on", "handoff"]

    used(use)


def test_what_cannot_be_shown_is_refused_with_a_reason(
    used: Callable[[Use], None], tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("TOKEN=hunter2\n")

    async def use(client: Client) -> None:
        for tool, given, said in (
            ("condense_file", {"path": str(tmp_path / ".env")}, "secret"),
            ("condense_file", {"path": str(tmp_path / "none.txt")}, "no file"),
            ("pack_context", {"task": "x", "path": str(tmp_path / "none")}, "not_found"),
            ("pack_context", {"task": "x", "path": str(SHOP), "budget": 10**9}, "budget"),
            ("retrieve", {"handle": "../../etc/passwd"}, "handle"),
            ("usage_report", {"by": "x"}, "One of"),
        ):
            done = await client.call_tool(tool, given)
            text = getattr(done.content[0], "text", "")
            assert done.is_error, tool
            assert said in text
            assert "hunter2" not in text

    used(use)


def test_over_http(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "aicontext", "mcp", "--http", str(port)]
    home = os.environ | {"AICONTEXT_HOME": str(tmp_path)}

    async def use() -> list[str]:
        async with Client(f"http://127.0.0.1:{port}/mcp") as client:
            return [tool.name for tool in (await client.list_tools()).tools]

    with subprocess.Popen(words, env=home, stderr=subprocess.PIPE) as server:
        try:
            for _ in range(200):
                with socket.socket() as tried:
                    if tried.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            assert asyncio.run(use()) == TOOLS
        finally:
            server.terminate()
