"""Tools that others add: what they give is used, what they break stays with them."""

import json
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from aicontext import integrations
from aicontext.domain.errors import AiContextError, InvalidInput, NotFound, Unavailable
from aicontext.domain.extension.plugins import Callback, Extracted
from aicontext.domain.optimization import Optimization
from aicontext.ports.plugins import Found
from aicontext.services.integrations.plugins.guard import AT_ONCE
from aicontext.services.integrations.plugins.registry import Registry
from aicontext.services.integrations.plugins.service import IntegrationService

SESSION = Path(__file__).parents[4] / "examples" / "session.json"
REQUEST: dict[str, Any] = {"body": json.loads(SESSION.read_text()), "of": "me"}
TOLD = Callback("msg_1", "run.done", 0.0, {"n": 1})
GONE = Event()


class Sound:
    """A tool whose request holds one of Anthropic's."""

    name = "sound"

    def extract_context(self, request: Mapping[str, Any]) -> Extracted:
        if "body" not in request:
            raise InvalidInput("There is no body.")
        return Extracted(request["body"])

    def inject_optimization(
        self, request: Mapping[str, Any], found: Optimization
    ) -> Mapping[str, Any]:
        return {**request, "body": found.content}

    def handle_callback(self, callback: Callback) -> Mapping[str, Any]:
        return {"told": callback.data}


class Failing(Sound):
    name = "failing"

    def extract_context(self, request: Mapping[str, Any]) -> Extracted:
        raise SystemExit("I end it all")

    def handle_callback(self, callback: Callback) -> Mapping[str, Any]:
        return None  # type: ignore[return-value]


class Hanging(Sound):
    name = "hanging"

    def inject_optimization(
        self, request: Mapping[str, Any], found: Optimization
    ) -> Mapping[str, Any]:
        GONE.wait()
        return request

    def handle_callback(self, callback: Callback) -> Mapping[str, Any]:
        GONE.wait()
        return {}


class Tracking(Sound):
    name = "tracking"

    def track_usage(self, optimization: Optimization) -> None:
        raise KeyError("nobody counts")

    def customize_ui(self) -> Mapping[str, Any]:
        return {"badge": "T"}


class Taking(Sound):
    name = "taking"

    def __init__(self) -> None:
        self.told: list[Mapping[str, Any]] = []

    def sync_settings(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        self.told.append(settings)
        return {"rules": settings["rules"]}


class Packages:
    """What is installed."""

    def __init__(self, *found: Found) -> None:
        self._found = found

    def all(self) -> Iterable[Found]:
        return self._found


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> IntegrationService:
    monkeypatch.setenv("AICONTEXT_HOME", str(tmp_path))
    monkeypatch.setenv("AICONTEXT_PLUGIN_TIMEOUT", "1")
    made = integrations.service()
    for tool in (Sound(), Failing(), Hanging(), Tracking()):
        made.register_tool(tool)
    return made


def test_a_request_goes_out_smaller(service: IntegrationService) -> None:
    done = service.optimize_for_tool("sound", REQUEST)
    assert done.optimization
    assert done.optimization.optimized_tokens < done.optimization.original_tokens / 2
    assert done.request == {"body": done.optimization.content, "of": "me"}
    assert service.handle_tool_callback("sound", TOLD) == {"told": {"n": 1}}


def test_what_is_no_request_or_no_tool_is_told(service: IntegrationService) -> None:
    with pytest.raises(InvalidInput, match="no body"):
        service.optimize_for_tool("sound", {})
    with pytest.raises(NotFound, match="failing, hanging, sound, tracking"):
        service.optimize_for_tool("other", {})
    with pytest.raises(NotFound, match="customize_ui"):
        service.tool_ui("sound")
    assert service.tool_ui("tracking") == {"badge": "T"}


def test_a_failing_tool_fails_alone(service: IntegrationService) -> None:
    for _ in range(2):
        done = service.optimize_for_tool("failing", REQUEST)
        assert done.request is REQUEST
        assert "SystemExit: I end it all" in done.warnings[0]
    with pytest.raises(Unavailable, match="a NoneType"):
        service.handle_tool_callback("failing", TOLD)
    with pytest.raises(Unavailable, match="left alone for a while"):
        service.handle_tool_callback("failing", TOLD)
    assert service.optimize_for_tool("sound", REQUEST).optimization
    assert {one.name: bool(one.why) for one in service.tools()}["failing"]


def test_what_tools_share_is_in_their_files_and_handed_to_those_that_were_added(
    service: IntegrationService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    Path("CLAUDE.md").write_text("Use tabs.\n")
    servers = {
        "docs": {"command": "npx", "args": ["-y", "docs"]},
        "keyed": {"command": "x", "args": ["--token", "y"]},
    }
    Path(".mcp.json").write_text(json.dumps({"mcpServers": servers}))
    added = Taking()
    service.register_tool(added)
    tools = ("claude-code", "codex-cli")
    planned = service.sync_across_tools(tools, str(tmp_path), dry=True)
    assert (planned.taken, added.told, Path("AGENTS.md").exists()) == ({}, [], False)
    done = service.sync_across_tools(tools, str(tmp_path))
    assert "Use tabs." in Path("AGENTS.md").read_text()
    assert done.taken == {"taking": {"rules": "Use tabs."}}
    assert added.told == [{"rules": "Use tabs.", "mcp_servers": {"docs": servers["docs"]}}]
    with pytest.raises(NotFound):
        service.sync_across_tools(("no-such-tool",), str(tmp_path))


def test_an_added_tool_that_fails_keeps_nobody_from_syncing(
    service: IntegrationService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refusing(Taking):
        def sync_settings(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
            raise KeyError("rules")

    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    Path("CLAUDE.md").write_text("Use tabs.\n")
    service.register_tool(Refusing())
    done = service.sync_across_tools(("claude-code", "codex-cli"), str(tmp_path))
    assert "Use tabs." in Path("AGENTS.md").read_text()
    assert (done.taken, len(done.warnings)) == ({}, 1)


def test_a_tool_that_hangs_is_given_up_and_cannot_pile_up(service: IntegrationService) -> None:
    GONE.clear()
    done = service.optimize_for_tool("hanging", REQUEST)
    assert (done.request, done.optimization) == (REQUEST, None)
    assert "took over 1 s" in done.warnings[0]
    GONE.set()


def test_calls_that_do_not_end_are_bounded() -> None:
    GONE.clear()
    registry = Registry(Packages(), patience=0.01)
    registry.register(Hanging())
    added = registry.find("hanging")
    for _ in range(AT_ONCE + 3):
        with pytest.raises(Unavailable):
            added.call(lambda one: one.handle_callback(TOLD))
        added._guard._breaker.succeeded()
    with pytest.raises(Unavailable, match=f"{AT_ONCE} calls under way"):
        added.call(lambda one: one.handle_callback(TOLD))
    GONE.set()


def test_usage_that_is_not_taken_is_a_warning(service: IntegrationService) -> None:
    done = service.optimize_for_tool("tracking", REQUEST)
    assert done.optimization
    assert "KeyError" in done.warnings[-1]


@pytest.mark.parametrize("name", ["", "Sound", "a b", "x" * 64, None, "sound"])
def test_a_name_is_plain_and_not_taken(service: IntegrationService, name: Any) -> None:
    tool = Sound()
    tool.name = name
    with pytest.raises(InvalidInput, match=r"no name|already"):
        service.register_tool(tool)


def test_packages_are_loaded_when_asked_for_and_may_be_broken() -> None:
    def broken() -> object:
        raise ImportError("no such thing")

    registry = Registry(
        Packages(
            Found("broken", "b", broken),
            Found("empty", "e", lambda: object()),
            Found("sound", "second", broken),
            Found("sound", "first", lambda: Sound),
            Found("Not A Name", "n", broken),
        ),
        patience=5,
    )
    unasked = partial(pytest.fail, "not asked for")
    service = IntegrationService(registry, lambda extracted: unasked(), lambda *_, dry: unasked())
    assert [(one.name, one.origin, one.verbs) for one in service.tools()] == [
        ("broken", "b", ()),
        ("empty", "e", ()),
        ("sound", "first", ()),
    ]
    assert service.optimize_for_tool("broken", {"a": 1}).request == {"a": 1}
    with pytest.raises(AiContextError):
        service.handle_tool_callback("empty", TOLD)
    found = {one.name: one for one in service.check()}
    assert "no such thing" in found["broken"].why
    assert "lacks extract_context" in found["empty"].why
    assert found["sound"].verbs == ("extract_context", "inject_optimization", "handle_callback")
