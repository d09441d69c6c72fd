"""What a tool says when it calls a hook, whatever its dialect."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aicontext.domain.errors import InvalidInput
from aicontext.domain.events import Moment
from aicontext.services.integrations.hooks.dialects import Path, moment

_NAME = 200
"""Characters of a name that are kept."""

_ID = ("tool_use_id", "tool_call_id", "toolUseId", "call_id")
_SESSION = ("session_id", "sessionId", "sessionID", "conversation_id", "taskId", "thread_id")
_TOOL = ("tool_name", "toolName", "tool")
_ARGUMENTS = ("tool_input", "toolInput", "toolArgs", "args", "parameters", "input", "command")
_OUTPUT = (
    *("tool_response", "tool_output_text", "tool_output", "toolResponse", "toolResult"),
    *("result_json", "output", "result"),
)
_LEFT_ALONE = (
    *("isImage", "is_image", "interrupted", "is_error", "isError", "error", "tool_error"),
    *("persistedOutputPath", "backgroundTaskId"),
)
"""What is true of errors, images, and outputs that are not all there."""


@dataclass(frozen=True, slots=True)
class HookCall:
    """id: the tool's own of the call that its own tool answers. session: its own name of that.
    event: its own name of the moment. tool: the name of its own tool. arguments: of that call, as
    JSON. output: as it came; None where there is none. whole: it is an output in full, and no error
    or image."""

    moment: Moment
    event: str
    id: str = ""
    session: str = ""
    tool: str = ""
    arguments: str = ""
    output: Any = None
    whole: bool = True
    said: Mapping[str, Any] | None = None


def read(event: str, payload: bytes) -> HookCall:
    """The call. Raises InvalidInput where it is no JSON object."""
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError):
        raise InvalidInput("The event is not JSON.") from None
    if not isinstance(said, dict):
        raise InvalidInput("The event is no JSON object.")
    # Cline puts what belongs to the event below its name.
    within = said.get(event[:1].lower() + event[1:])
    found = said | within if isinstance(within, dict) else said
    output, arguments = _first(found, _OUTPUT), _first(found, _ARGUMENTS)
    failed = found.get("tool_status") == "failure" or any(
        held.get(name) for held in (found, output) if isinstance(held, dict) for name in _LEFT_ALONE
    )
    return HookCall(
        moment(event),
        event,
        _name(_first(found, _ID)),
        _name(_first(found, _SESSION)),
        _name(_first(found, _TOOL)),
        "" if arguments is None else json.dumps(arguments),
        output,
        not failed,
        said,
    )


def texts(output: Any, paths: Sequence[Path]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The texts of an output that stand at the paths, each with its place."""
    for path in paths:
        yield from _at(output, path, ())


def put(output: Any, place: tuple[str | int, ...], text: str) -> Any:
    """The output with another text at the place, all else as it is."""
    if not place:
        return text
    if isinstance(output, list):
        return [put(one, place[1:], text) if i == place[0] else one for i, one in enumerate(output)]
    return {
        key: put(one, place[1:], text) if key == place[0] else one for key, one in output.items()
    }


def strings(value: Any) -> Iterator[str]:
    """All texts in it, the keys aside."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += reversed(one.values())
        elif isinstance(one, list):
            waiting += reversed(one)


def _at(
    value: Any, path: Path, place: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if not path:
        if isinstance(value, str):
            yield place, value
    elif path[0] == "*":
        for index, one in enumerate(value if isinstance(value, list) else ()):
            yield from _at(one, path[1:], (*place, index))
    elif isinstance(value, dict) and path[0] in value:
        yield from _at(value[path[0]], path[1:], (*place, path[0]))


def _first(found: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((found[name] for name in names if found.get(name) is not None), None)


def _name(value: Any) -> str:
    return value[:_NAME] if isinstance(value, str) else ""
