"""The MCP server as hosts use it: the official client, over a pipe and over HTTP, old and new."""

import asyncio
import json
import os
import shutil
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from mcp.shared.exceptions import MCPError
from mcp_server import over_http

from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.engine.estimate.counter import counter
from aicontext.services.integrations.connections import visits

EXAMPLES = Path(__file__).parents[3] / "examples"
SESSION = EXAMPLES / "session.json"
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
FILES = 2_000
Use = Callable[[Client], Awaitable[None]]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The example as a tree of its own: here it is a part of a repository, all of which is read."""
    return shutil.copytree(EXAMPLES / "shop", tmp_path / "shop")


@pytest.fixture(params=["auto", "legacy"])
def used(
    request: pytest.FixtureRequest, tmp_path: Path, aicontext: tuple[str, ...]
) -> Callable[[Use], None]:
    """Runs something with a client of the server, as today's hosts and as those before them."""
    command = StdioServerParameters(
        command=aicontext[0],
        args=[*aicontext[1:], "mcp"],
        env=os.environ
        | {"AICONTEXT_HOME": str(tmp_path / "home"), "CLAUDE_CONFIG_DIR": str(tmp_path / "claude")},
    )

    async def with_client(use: Use) -> None:
        async with Client(command, mode=request.param) as client:
            await use(client)

    return lambda use: asyncio.run(with_client(use))


async def ask(client: Client, tool: str, **arguments: Any) -> tuple[str, Any]:
    done = await client.call_tool(tool, arguments)
    text = "\n".join(getattr(part, "text", "") for part in done.content)
    assert not done.is_error, text
    # Beside structured content hosts keep the text from the model.
    assert (done.structured_content is not None) == (tool == "usage_report")
    return text, done.structured_content or (done.meta or {}).get("aicontext/figures")


def test_who_asked_is_kept_for_the_doctor(used: Callable[[Use], None], tmp_path: Path) -> None:
    async def use(client: Client) -> None:
        await client.list_tools()

    used(use)
    client, at = visits.last(SqliteEvents(tmp_path / "home/usage.db").marks(), "mcp-client")
    assert client
    assert 0 <= time.time() - at < 300


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


def test_code_is_packed_searched_shown_and_mapped(used: Callable[[Use], None], shop: Path) -> None:
    async def use(client: Client) -> None:
        seen: list[float] = []

        async def progress(done: float, _total: float | None, _said: str | None) -> None:
            seen.append(done)

        given = {"task": "the discount is rounded wrongly", "path": str(shop), "budget": 900}
        done = await client.call_tool("pack_context", given, progress_callback=progress)
        figures = (done.meta or {})["aicontext/figures"]
        assert figures["tokens"] <= 900
        assert any(one["path"].endswith("cart.py") for one in figures["slices"])
        assert seen
        text, found = await ask(client, "search_code", query="rounded", path=str(shop), limit=3)
        assert len(found["files"]) <= 3
        assert found["files"][0] in text
        name = found["definitions"][0]["symbol"]
        shown, _ = await ask(client, "show_symbol", symbol=name, path=str(shop))
        assert f"def {name.rpartition('.')[2]}" in shown
        mapped, figures = await ask(client, "map_repository", path=str(shop), budget=100)
        assert figures["tokens"] <= 100
        assert "def " in mapped

    used(use)


def test_names_of_any_bytes_pass_to_and_fro(used: Callable[[Use], None], tmp_path: Path) -> None:
    root = tmp_path / "tree"
    root.mkdir()
    names = [b"caf\xe9.py", b"line\nend.py", b"tick`.py", b"esc\x1b[2J.py", b"b" * 250 + b".py"]
    for i, name in enumerate(names):
        (root / os.fsdecode(name)).write_text(f"def grind_beans():\n    return {i}\n")

    async def use(client: Client) -> None:
        text, found = await ask(client, "search_code", query="grind_beans", path=str(root))
        assert len(found["files"]) == len(names)
        assert text.count("\n") == 2 * len(names) - 1
        for one in found["definitions"]:
            symbol = f"{one['path']}:{one['first']}"
            shown, figures = await ask(client, "show_symbol", symbol=symbol, path=str(root))
            assert "def grind_beans" in shown
            assert figures["definitions"] == [one]
        focus = [found["files"][-1]]
        packed, _ = await ask(client, "pack_context", task="beans", path=str(root), focus=focus)
        assert packed.count("\n## ") == len(names)
        assert "\x1b" not in packed
        for symbol in ("../" * 9 + "etc/passwd:1", "x" * 100_000, "a\0b", "\n:1", ":", ""):
            done = await client.call_tool("show_symbol", {"symbol": symbol, "path": str(root)})
            assert done.is_error

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


def test_a_session_of_a_tool_is_handed_on_with_its_state(
    used: Callable[[Use], None], tmp_path: Path
) -> None:
    path = tmp_path / "claude" / "projects" / "made" / "s1.jsonl"
    path.parent.mkdir(parents=True)
    told = {"role": "user", "content": "Mend the price."}
    line = {"type": "user", "uuid": "u", "sessionId": "s1", "cwd": str(tmp_path), "message": told}
    path.write_text(json.dumps(line) + "\n")

    async def use(client: Client) -> None:
        for named in ("claude-code:s1", str(path), str(tmp_path)):
            text, figures = await ask(client, "compact_session", path=named, budget=800)
            assert "Mend the price." in text
            assert figures["session"] == {"tool": "claude-code", "id": "s1"}
            assert figures["version"] == 1
            whole, _ = await ask(client, "retrieve", handle=figures["record"])
            assert whole == "--- message 1: user\nMend the price."
        prompt = await client.get_prompt("handoff", {"session": "claude-code:s1"})
        assert "Mend the price." in getattr(prompt.messages[0].content, "text", "")

    used(use)


def test_prompts_and_originals_tell_why_they_cannot_be_had(used: Callable[[Use], None]) -> None:
    async def use(client: Client) -> None:
        for prompt, given in (
            ("handoff", {"session": "/none"}),
            ("work_on", {"task": "x", "path": "/none"}),
        ):
            with pytest.raises(MCPError, match="There is no file"):
                await client.get_prompt(prompt, given)
        with pytest.raises(MCPError, match="no archive handle"):
            await client.read_resource("aicontext://original/nothing")

    used(use)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="Linux has such files")
def test_what_the_system_makes_is_no_file_to_show(used: Callable[[Use], None]) -> None:
    async def use(client: Client) -> None:
        for tool, said in (
            ("condense_file", "pseudo file system"),
            ("compact_session", "made by the system"),
        ):
            done = await client.call_tool(tool, {"path": "/proc/self/environ"})
            assert done.is_error, tool
            assert said in getattr(done.content[0], "text", "")

    used(use)


def test_what_cannot_be_shown_is_refused_with_a_reason(
    used: Callable[[Use], None], tmp_path: Path, shop: Path
) -> None:
    (tmp_path / ".env").write_text("TOKEN=hunter2\n")

    async def use(client: Client) -> None:
        for tool, given, said in (
            ("condense_file", {"path": str(tmp_path / ".env")}, "secret"),
            ("condense_file", {"path": "/dev/zero"}, "pseudo file system"),
            ("condense_file", {"path": str(tmp_path / "none.txt")}, "no file"),
            ("pack_context", {"task": "x", "path": str(tmp_path / "none")}, "not_found"),
            ("pack_context", {"task": "x", "path": str(shop), "budget": 10**9}, "50 to 20000"),
            ("compact_session", {"path": "a\0b"}, "not_found"),
            ("retrieve", {"handle": "../../etc/passwd"}, "handle"),
            ("usage_report", {"by": "x"}, "One of"),
        ):
            done = await client.call_tool(tool, given)
            text = getattr(done.content[0], "text", "")
            assert done.is_error, tool
            assert said in text
            assert "hunter2" not in text

    used(use)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that takes many seconds to read."""
    folder = tmp_path_factory.mktemp("large")
    for n in range(FILES):
        body = "\n\n".join(f"def step_{n}_{i}(x):\n    return x + {i}" for i in range(40))
        (folder / f"module_{n}.py").write_text(body)
    return folder


async def begun(client: Client, path: Path) -> asyncio.Task[Any]:
    """A call that is reading the repository, of which nothing was read before."""
    reading = asyncio.Event()

    async def progress(done: float, total: float | None, _said: str | None) -> None:
        assert (done < FILES, total) == (True, FILES)
        reading.set()

    given = {"query": "step", "path": str(path)}
    call = asyncio.create_task(client.call_tool("search_code", given, progress_callback=progress))
    waiting = asyncio.create_task(reading.wait())
    await asyncio.wait((call, waiting), return_when=asyncio.FIRST_COMPLETED)
    assert not call.done(), call
    return call


async def given_up(call: asyncio.Task[Any]) -> None:
    call.cancel()
    with suppress(asyncio.CancelledError):
        await call


def test_a_call_given_up_ends_its_work(used: Callable[[Use], None], large: Path) -> None:
    async def use(client: Client) -> None:
        # Had the first one gone on, the second would wait for it and find everything read.
        for _ in range(2):
            await given_up(await begun(client, large))

    used(use)


def test_many_at_once_over_http(tmp_path: Path, large: Path) -> None:
    for n in range(32):
        (tmp_path / f"{n}.txt").write_text(f"the answer is {n}.")

    async def use(client: Client) -> None:
        assert [tool.name for tool in (await client.list_tools()).tools] == TOOLS
        slow = await begun(client, large)
        paths = [str(tmp_path / f"{n}.txt") for n in range(32)]
        asked = [ask(client, "condense_file", path=path) for path in paths]
        told = [text for text, _ in await asyncio.gather(*asked)]
        assert told == [f"the answer is {n}." for n in range(32)]
        assert not slow.done()
        await given_up(slow)
        await given_up(await begun(client, large))

    async def connected(address: str) -> None:
        async with Client(address) as client:
            await use(client)

    with over_http(tmp_path / "home") as address:
        asyncio.run(connected(address))
