"""What programs are started with."""

import shlex

import pytest

from aicontext.services.integrations.catalog import index
from aicontext.services.integrations.launch import Launcher

CATALOGUE = index.load()
PROXY = "http://127.0.0.1:8787"


def test_any_program_gets_the_addresses_that_many_tools_and_the_libraries_read() -> None:
    must, rest = Launcher(CATALOGUE, ("python",)).variables(PROXY, project="my shop")
    base = f"{PROXY}/p/my%20shop"
    assert must["ANTHROPIC_BASE_URL"] == must["OLLAMA_HOST"] == base
    assert must["OPENAI_BASE_URL"] == must["OPENAI_API_BASE"] == f"{base}/v1"
    assert must["GROQ_BASE_URL"] == f"{base}/to/groq"
    assert rest["ENABLE_TOOL_SEARCH"] == "true"


def test_a_known_tool_gets_its_own_by_whatever_path_it_is_called() -> None:
    for program in ("goose", "/usr/local/bin/goose", "C:\\tools\\goose.exe"):
        launcher = Launcher(CATALOGUE, (program,))
        must, _ = launcher.variables(PROXY)
        assert must["OPENAI_HOST"] == PROXY
        assert "GROQ_BASE_URL" not in must
        assert {"OPENAI_HOST", "ANTHROPIC_BASE_URL"} <= set(launcher.addresses)


def test_codex_is_told_its_address_in_an_argument() -> None:
    launcher = Launcher(CATALOGUE, ("codex", "exec", "-c", "x"))
    must, _ = launcher.variables(PROXY)
    said = ("codex", "-c", f'openai_base_url="{PROXY}/v1"', "exec", "-c", "x")
    assert launcher.command(("codex", "exec", "-c", "x"), must) == said
    assert Launcher(CATALOGUE, ("echo", "{proxy}")).command(("echo", "{proxy}"), must) == (
        "echo",
        "{proxy}",
    )


def test_what_is_no_address_is_for_users_who_set_nothing() -> None:
    _, rest = Launcher(CATALOGUE, ("opencode",)).variables(PROXY, elsewhere=["ANTHROPIC_BASE_URL"])
    assert f'"{PROXY}/to/anthropic-base-url/v1"' in rest["OPENCODE_CONFIG_CONTENT"]
    assert f'"{PROXY}/v1"' in rest["OPENCODE_CONFIG_CONTENT"]


def test_what_turns_a_way_of_working_on_is_for_users_who_set_it() -> None:
    launcher = Launcher(CATALOGUE, ("copilot",))
    name = "COPILOT_PROVIDER_BASE_URL"
    assert name in launcher.addresses
    assert name not in launcher.variables(PROXY)[0]
    must, _ = launcher.variables(PROXY, elsewhere=[name])
    assert must[name] == f"{PROXY}/to/copilot-provider-base-url"


def test_the_token_is_sent_where_there_is_one() -> None:
    launcher = Launcher(CATALOGUE, ("claude",))
    assert "ANTHROPIC_CUSTOM_HEADERS" not in launcher.variables(PROXY)[0]
    must, _ = launcher.variables(PROXY, token="t")
    assert must["ANTHROPIC_CUSTOM_HEADERS"] == "x-aicontext-token: t"


CODEX = ("-c", f'openai_base_url="{PROXY}/v1"')


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("env", "A=1"), ("exec", "x")),
        (("timeout", "60"), ()),
        (("nice", "-n", "5"), ("exec",)),
        (("npx", "-y"), ()),
    ],
)
def test_a_tool_is_known_behind_what_starts_it(before, after) -> None:
    for name in ("codex", "@openai/codex", "@openai/codex@0.140", "/opt/bin/codex"):
        launcher = Launcher(CATALOGUE, (*before, name, *after))
        must, _ = launcher.variables(PROXY)
        assert launcher.command((*before, name, *after), must) == (*before, name, *CODEX, *after)
        assert not launcher.unreached


@pytest.mark.parametrize("shell", [("sh", "-c"), ("bash", "-lc"), ("env", "A=1", "zsh", "-ic")])
@pytest.mark.parametrize(
    ("script", "start"),
    [
        ("codex", "codex"),
        ("codex exec 'a b' && echo done", "codex"),
        ("A=1 exec codex; true", "A=1 exec codex"),
        (" B=2 C= /opt/codex --help | cat", " B=2 C= /opt/codex"),
    ],
)
def test_a_tool_is_known_in_the_script_of_a_shell(shell, script, start) -> None:
    launcher = Launcher(CATALOGUE, (*shell, script, "name"))
    must, _ = launcher.variables(PROXY)
    *before, whole, name = launcher.command((*shell, script, "name"), must)
    assert (tuple(before), name) == (shell, "name")
    assert whole == script.replace(start, f"{start} {shlex.join(CODEX)}", 1)


@pytest.mark.parametrize(
    "words",
    [
        ("sh", "-c", "cd x && codex"),
        ("sh", "-c", "echo 'codex'"),
        ("sh", "-c", '"codex"'),
        ("make", "codex"),
    ],
)
def test_a_tool_that_cannot_be_told_is_named(words) -> None:
    launcher = Launcher(CATALOGUE, words)
    must, _ = launcher.variables(PROXY)
    assert launcher.command(words, must) == words
    assert [tool.id for tool in launcher.unreached] == ["codex-cli"]


def test_a_program_that_may_start_any_tool_gets_the_variables_of_all() -> None:
    for words in (("sh", "-c", "cd x && goose"), ("./start",), ("sh", "start.sh")):
        launcher = Launcher(CATALOGUE, words)
        must, rest = launcher.variables(PROXY)
        assert must["OPENAI_HOST"] == PROXY
        assert PROXY in rest["OPENCODE_CONFIG_CONTENT"]
        assert must["GROQ_BASE_URL"] == f"{PROXY}/to/groq"
        assert "BASE_URL" not in must, "a name that anything may read"
        assert not launcher.unreached
