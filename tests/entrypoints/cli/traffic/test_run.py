"""A tool through the proxy, as its user runs it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from waiting import until

from aicontext.client.proxy import health

Run = Callable[..., subprocess.CompletedProcess[str]]
Tool = Callable[[int, int], list[str]]


@pytest.fixture
def proxy(
    environment: dict[str, str], tmp_path: Path
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running proxy and its port."""
    words = [sys.executable, "-m", "aicontext", "proxy", "--port", "0", "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stdout
        first = json.loads(child.stdout.readline())
        yield child, first["listening"].rpartition(":")[2]
        child.kill()


def test_a_tool_runs_through_a_proxy_of_its_own(command: Run, tool: Tool) -> None:
    done = command("run", "--project", "shop", *tool(3, 7))
    assert done.returncode == 7
    assert done.stdout.splitlines() == ["It is the rounding."] * 3
    assert "3 calls" in done.stderr
    found = json.loads(command("savings", "--by", "project", "--json").stdout)
    assert found["total"]["calls"] == 3
    assert found["total"]["sent_tokens"] < found["total"]["direct_tokens"] / 2
    assert found["rows"][0]["project"] == "shop"
    assert found["total"]["cache_read"] == 1500


def test_no_key_and_no_content_is_kept_or_printed(command: Run, tool: Tool, tmp_path: Path) -> None:
    done = command("run", *tool(1, 0))
    assert "sk-hidden" not in done.stderr
    usage = b"".join(path.read_bytes() for path in (tmp_path / "home").glob("usage.db*"))
    assert b"claude-sonnet-4-5" in usage
    for secret in (b"sk-hidden", b"checkout", b"pytest", b"curl"):
        assert secret not in usage


def test_a_running_proxy_is_used_and_shared(
    command: Run, tool: Tool, proxy: tuple[subprocess.Popen[str], str]
) -> None:
    child, port = proxy
    done = command("run", "--port", port, *tool(2, 0))
    assert (done.returncode, "2 calls" in done.stderr) == (0, True)
    top = command("top", "--once", AICONTEXT_PORT=port)
    assert "running" in top.stdout
    assert "2 calls in the last 24 hours" in top.stdout
    child.send_signal(signal.SIGINT)
    assert child.stdout
    printed = [json.loads(line) for line in child.stdout]
    assert child.wait() == 0
    assert [list(line) for line in printed] == [
        ["call"],
        ["call"],
        ["total", "outcomes", "recorded"],
    ]
    assert printed[-1]["recorded"] == {"pending": 0, "committed": 2, "lost": 0, "trouble": ""}
    assert printed[-1]["total"]["calls"] == 2


def test_what_people_see_of_a_proxy(environment: dict[str, str], command: Run, tool: Tool) -> None:
    words = [sys.executable, "-m", "aicontext", "proxy", "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stdout
        first = child.stdout.readline()
        port = first.split("http://127.0.0.1:")[1].split(";")[0]
        command("run", "--port", port, *tool(1, 0))
        child.send_signal(signal.SIGTERM)
        printed = first + child.stdout.read()
    assert child.returncode == 0
    assert f"export ANTHROPIC_BASE_URL=http://127.0.0.1:{port}\n" in printed
    assert f"export OPENAI_BASE_URL=http://127.0.0.1:{port}/v1\n" in printed
    (line,) = [line for line in printed.splitlines() if "claude-sonnet-4-5" in line]
    assert "→" in line
    assert "500 cached" in line
    assert printed.splitlines()[-1].startswith("1 call, ")


def test_why_nothing_was_saved_is_told(command: Run, tool: Tool, tmp_path: Path) -> None:
    (tmp_path / "small.json").write_text('{"model": "m", "messages": [{"role": "user"}]}')
    words = tool(1, 0)
    done = command("run", *words[:3], "small.json", *words[4:])
    assert "nothing could be saved (it holds no messages)" in done.stderr


def test_a_body_that_cannot_be_read_is_told_without_advice_on_the_library(
    command: Run, tool: Tool, tmp_path: Path
) -> None:
    (tmp_path / "odd.json").write_text("[1]")
    words = tool(1, 0)
    done = command("run", *words[:3], "odd.json", *words[4:])
    assert "nothing could be saved (The input holds no conversation.)" in done.stderr


def test_webhooks_are_told_that_nothing_is_optimized_any_more(
    command: Run, tool: Tool, tmp_path: Path
) -> None:
    assert command("webhooks", "add", "ci", "https://ci.example").returncode == 0
    (tmp_path / "odd.json").write_text("[1]")
    words = tool(6, 0)
    command("run", *words[:3], "odd.json", *words[4:])
    told = json.loads(command("webhooks", "list", "--json").stdout)["deliveries"]
    assert [one["type"] for one in told] == ["optimization.failing"]


def test_webhooks_are_told_once_that_a_share_of_a_budget_is_spent(command: Run, tool: Tool) -> None:
    assert command("webhooks", "add", "ci", "https://ci.example").returncode == 0
    assert command("budget", "set", "--total", "100tokens", "--soft").returncode == 0
    command("run", *tool(3, 0))
    told = json.loads(command("webhooks", "list", "--json").stdout)["deliveries"]
    assert [one["type"] for one in told] == ["budget.warned"]


def test_options_are_named_as_they_were_typed(command: Run) -> None:
    done = command("proxy", "--upstream", "openrouter")
    assert "--upstream has 'openrouter'" in done.stderr
    done = command("proxy", AICONTEXT_UPSTREAMS="openrouter")
    assert "AICONTEXT_UPSTREAMS has 'openrouter'" in done.stderr


def test_nothing_is_said_of_savings_where_no_call_came(command: Run) -> None:
    done = command("run", "true")
    assert (done.returncode, done.stderr) == (0, "aicontext: no call of a model came through\n")
    assert command("run", "--quiet", "true").stderr == ""


def test_options_of_the_command_are_its_own(command: Run) -> None:
    words = [sys.executable, "-c", "import sys; print(sys.argv[1:])", "--port", "5", "-h", "--"]
    assert command("run", *words).stdout == "['--port', '5', '-h', '--']\n"


def test_what_the_tool_reads(command: Run) -> None:
    show = "import os, json; print(json.dumps(dict(os.environ)))"
    seen = json.loads(
        command("run", "--project", "my shop", sys.executable, "-c", show, HOME="/nowhere").stdout
    )
    base = seen["ANTHROPIC_BASE_URL"]
    assert base.startswith("http://127.0.0.1:")
    assert base.endswith("/p/my-shop")
    assert seen["OPENAI_BASE_URL"] == seen["OPENAI_API_BASE"] == f"{base}/v1"
    assert seen["GOOGLE_GEMINI_BASE_URL"] == seen["OLLAMA_HOST"] == base
    assert (seen["ENABLE_TOOL_SEARCH"], seen["HOME"]) == ("true", "/nowhere")


def test_a_tool_behind_a_shell_is_told_where_to_call(command: Run, tmp_path: Path) -> None:
    codex = tmp_path / "bin" / "codex"
    codex.parent.mkdir()
    codex.write_text('#!/bin/sh\necho "$@"\n')
    codex.chmod(0o755)
    path = f"{codex.parent}{os.pathsep}{os.environ['PATH']}"
    done = command("run", "--project", "", "sh", "-c", "codex exec 'a b' && echo done", PATH=path)
    told, end = done.stdout.splitlines()
    assert (told[:36], told[-9:], end) == (
        '-c openai_base_url="http://127.0.0.1',
        " exec a b",
        "done",
    )
    done = command("run", "sh", "-c", "true && codex exec", PATH=path)
    assert done.stdout == "exec\n"
    assert "Codex CLI is told by an argument" in done.stderr
    assert "aicontext connect codex-cli" in done.stderr


def test_a_gateway_that_is_set_stays_where_calls_go(
    command: Run, tool: Tool, provider: str
) -> None:
    done = command("run", *tool(1, 0), ANTHROPIC_BASE_URL=provider, AICONTEXT_UPSTREAMS="")
    assert (done.returncode, "1 call" in done.stderr) == (0, True)


def test_the_address_of_our_own_proxy_is_no_gateway(
    command: Run, tool: Tool, proxy: tuple[subprocess.Popen[str], str]
) -> None:
    _, port = proxy
    address = f"http://127.0.0.1:{port}"
    done = command("run", *tool(1, 0), ANTHROPIC_BASE_URL=address, AICONTEXT_PORT=port)
    assert (done.returncode, "1 call" in done.stderr) == (0, True)
    assert json.loads(command("savings", "--json").stdout)["total"]["calls"] == 1


def test_calls_to_this_machine_take_no_web_proxy(command: Run) -> None:
    show = "import os; print(os.environ['NO_PROXY'], os.environ['no_proxy'])"
    web = {"HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": "a.example", "no_proxy": ""}
    done = command("run", sys.executable, "-c", show, **web)
    assert done.stdout == "a.example,127.0.0.1,localhost 127.0.0.1,localhost\n"


def test_a_command_that_is_not_there(command: Run) -> None:
    done = command("run", "no-such-tool")
    assert (done.returncode, done.stderr) == (127, "aicontext: there is no command no-such-tool\n")


def test_death_by_a_signal_passes_through(command: Run) -> None:
    kill = "import os, signal; os.kill(os.getpid(), signal.{})"
    for name in ("SIGTERM", "SIGKILL"):
        done = command("run", sys.executable, "-c", kill.format(name))
        assert done.returncode == -getattr(signal, name)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_signals_reach_the_tool_and_its_answer_counts(
    environment: dict[str, str], name: str
) -> None:
    tool = f"""
import signal, sys, time
signal.signal(signal.{name}, lambda *_: sys.exit(42))
print("ready", flush=True)
time.sleep(60)
"""
    words = [sys.executable, "-m", "aicontext", "run", sys.executable, "-c", tool]
    with subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
        start_new_session=True,
    ) as child:
        assert child.stdout
        assert child.stdout.readline() == "ready\n"
        child.send_signal(getattr(signal, name))
        assert child.wait(120) == 42


def test_its_own_proxy_ends_even_when_run_is_killed(environment: dict[str, str]) -> None:
    tool = "import os, time; print(os.environ['ANTHROPIC_BASE_URL'], flush=True); time.sleep(60)"
    words = [sys.executable, "-m", "aicontext", "run", sys.executable, "-c", tool]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True
    ) as child:
        assert child.stdout
        port = int(child.stdout.readline().split(":")[2].split("/")[0])
        os.killpg(child.pid, signal.SIGKILL)
    until(lambda: health("127.0.0.1", port) is None)


def test_a_port_without_a_proxy_is_told(command: Run) -> None:
    done = command("run", "--port", "1", "true")
    assert done.returncode == 1
    assert "aicontext proxy --port 1" in done.stderr


def test_a_record_that_cannot_be_used_is_told_and_the_tool_runs(
    command: Run, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "usage.db").write_bytes(b"no database" * 500)
    done = command("run", "echo", "started")
    assert (done.returncode, done.stdout) == (0, "started\n")
    assert "move it away" in done.stderr


def test_a_tool_runs_where_nothing_can_be_kept(command: Run, tool: Tool, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = command("run", *tool(2, 0), AICONTEXT_HOME=str(tmp_path / "file" / "home"))
    assert (done.returncode, "2 calls" in done.stderr) == (0, True)
    assert "recorded only while this runs" in done.stderr


def test_without_the_extra_the_way_to_it_is_told(environment: dict[str, str]) -> None:
    code = (
        "import sys; sys.modules['aiohttp'] = None\n"
        "from aicontext.entrypoints.cli.app import main; main(['proxy', '--port', '0'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=60
    )
    assert done.returncode == 1
    assert "The proxy needs aiohttp. Run: pip install 'ai-context-platform[proxy]'." in done.stderr


def test_run_tells_of_a_missing_extra_as_such(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "aiohttp.py").write_text("raise ModuleNotFoundError('no', name='aiohttp')")
    done = subprocess.run(
        [sys.executable, "-m", "aicontext", "run", "true"],
        capture_output=True,
        text=True,
        env=environment | {"PYTHONPATH": str(tmp_path)},
        timeout=60,
    )
    assert "error (missing_extra): The proxy needs aiohttp." in done.stderr
