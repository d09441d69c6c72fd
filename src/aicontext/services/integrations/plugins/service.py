"""Verbs for tools that others add: register, optimize for, sync, hear from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from aicontext.domain.errors import AiContextError, NotFound, Unavailable
from aicontext.domain.extension.plugins import Callback, Extracted, Injected, Plugin
from aicontext.domain.optimization import Optimization
from aicontext.domain.tools import Scope
from aicontext.ports.integrations import ToolIntegration
from aicontext.services.integrations.plugins.registry import Registry
from aicontext.services.integrations.syncing.service import Synced


class Optimizer(Protocol):
    def __call__(self, extracted: Extracted) -> Optimization:
        """Raises BudgetTooSmall, InvalidInput."""


class Syncing(Protocol):
    def __call__(
        self, tools: Sequence[str], scope: Scope, project: str, source: str, *, dry: bool
    ) -> Synced:
        """Raises NotFound, InvalidInput, Unavailable."""


@dataclass(frozen=True, slots=True)
class AcrossTools:
    """files: of the tools of the catalogue. taken: by added tool, what it took over."""

    files: Synced
    taken: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


class IntegrationService:
    """The tools of one process. A tool's code that fails or is slow costs nobody but itself."""

    def __init__(self, registry: Registry, optimize: Optimizer, sync: Syncing) -> None:
        self._registry = registry
        self._optimize = optimize
        self._sync = sync

    def register_tool(self, tool: ToolIntegration) -> None:
        """Add a tool for as long as this process runs. Raises InvalidInput."""
        self._registry.register(tool)

    def tools(self) -> Iterator[Plugin]:
        """Those that were added, by name."""
        return self._registry.all()

    def check(self) -> Iterator[Plugin]:
        """The same, after each was loaded: with what it offers, or what it fails with."""
        for one in list(self._registry.all()):
            with suppress(AiContextError):
                self._registry.find(one.name).call(lambda tool: tool.name)
        return self._registry.all()

    def optimize_for_tool(self, tool: str, request: Mapping[str, Any]) -> Injected:
        """The tool's request with its context made smaller; as it came, with a warning, where the
        tool's own code fails. Raises NotFound, BudgetTooSmall, InvalidInput."""
        added = self._registry.find(tool)
        try:
            extracted = added.call(lambda one: _extracted(one.extract_context(request)))
            found = self._optimize(extracted)
            made = added.call(lambda one: _mapping(one.inject_optimization(request, found)))
        except Unavailable as error:
            return Injected(request, None, (str(error),))
        warnings = found.warnings
        if added.offers("track_usage"):
            try:
                added.call(_optional("track_usage", found))
            except Unavailable as error:
                warnings = (*warnings, str(error))
        return Injected(made, found, warnings)

    def handle_tool_callback(self, tool: str, callback: Callback) -> Mapping[str, Any]:
        """What the tool answers. Raises NotFound, and Unavailable where its code fails: let it be
        sent again."""
        added = self._registry.find(tool)
        return added.call(lambda one: _mapping(one.handle_callback(callback)))

    def sync_across_tools(
        self,
        tools: Sequence[str],
        project: str,
        scope: Scope = Scope.PROJECT,
        source: str = "",
        *,
        dry: bool = False,
    ) -> AcrossTools:
        """The rules and MCP servers of these catalogued tools in the files of each other; what
        they agree on is handed to the added tools that take settings.

        source: the tool that counts, where they differ. dry: nothing is written or handed on.
        Raises NotFound, InvalidInput, Unavailable.
        """
        files = self._sync(tools, scope, project, source, dry=dry)
        taken: dict[str, Mapping[str, Any]] = {}
        warnings = []
        for one in () if dry or not files.shared else list(self.check()):
            if "sync_settings" in one.verbs:
                try:
                    taken[one.name] = self.sync_tool_settings(one.name, files.shared)
                except AiContextError as error:
                    warnings.append(str(error))
        return AcrossTools(files, taken, tuple(warnings))

    def sync_tool_settings(self, tool: str, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the tool took of what is set for all tools. Raises NotFound where it takes none,
        Unavailable."""
        return self._offered(tool, "sync_settings", settings)

    def tool_ui(self, tool: str) -> Mapping[str, Any]:
        """What the tool wants to be shown with. Raises NotFound where it says nothing of that,
        Unavailable."""
        return self._offered(tool, "customize_ui")

    def _offered(self, tool: str, verb: str, *given: object) -> Mapping[str, Any]:
        work = _optional(verb, *given)
        return self._registry.find(tool).call(lambda one: _mapping(work(one)))


def _optional(verb: str, *given: object) -> Callable[[ToolIntegration], object]:
    def work(tool: ToolIntegration) -> object:
        if not callable(method := getattr(tool, verb, None)):
            raise NotFound(f"The tool {tool.name!r} does not offer {verb}.")
        return method(*given)

    return work


def _mapping(value: object) -> Mapping[str, Any]:
    """What a tool's code gave, if it is what was agreed. Raises TypeError."""
    if not isinstance(value, Mapping):
        raise TypeError(f"it gave a {type(value).__name__}, not a mapping")
    return value


def _extracted(value: object) -> Extracted:
    """As `_mapping`."""
    if not isinstance(value, Extracted):
        raise TypeError(f"it gave a {type(value).__name__}, not an Extracted")
    return value
