"""What stood in a project's files, as far as a session's reads and edits tell."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence

from aicontext.domain.context import HANDLE_LENGTH, digest
from aicontext.domain.messages import Message, Role
from aicontext.domain.sessions.state import Span
from aicontext.engine.compress.compact.arguments import COMMAND_KEYS, parsed, strings
from aicontext.engine.compress.compact.files import Touch, touches
from aicontext.engine.condense.code import reads
from aicontext.engine.state.patches import Patched, patched

_OLD, _NEW = ("old_string", "oldString", "old_str"), ("new_string", "newString", "new_str")
_EVERY = ("replace_all", "replaceAll")
_CONTENT = ("content", "file_text", "contents")
_PRINTS = re.compile(
    r"(?:cd [^\s;&|]{1,300} (?:&&|;) )?"
    r"(?:cat|sed -n ['\"]?\d{1,9},\d{1,9}p['\"]?) ['\"]?[^\s'\"|;&<>*]{1,300}['\"]?"
)
_FRAME = re.compile(r"(?s)\A(?:Exit code: 0\n|Chunk ID:|Wall time:).{0,300}?\nOutput:\n")
_LONGEST = 200_000
"""Characters of a file's lines that are followed through its edits."""


class Known:
    """Lines of one file by their numbers. whole: the last one ends the file. gone: deleted."""

    def __init__(self) -> None:
        self.lines: dict[int, str] = {}
        self.whole = False
        self.gone = False

    def show(self, first: int, lines: Sequence[str], *, whole: bool = False) -> None:
        """Lines that stand there from `first` on; all of them where `whole`."""
        self.gone = False
        self.whole = whole or (self.whole and first + len(lines) - 1 < max(self.lines, default=0))
        if whole:
            self.lines.clear()
        self.lines.update(enumerate(lines, first))

    def forget(self) -> None:
        self.lines.clear()
        self.whole = self.gone = False

    def delete(self) -> None:
        self.forget()
        self.gone = True

    def replace(self, old: str, new: str, *, every: bool = False) -> None:
        """Follows an edit; what it leaves unknown is forgotten."""
        runs = list(self._runs())
        held = [(first, text) for first, text in runs if old and old in text]
        found = sum(text.count(old) for _, text in held)
        if not found or (found > 1 and not every) or (every and not (self.whole and len(runs) < 2)):
            self.forget()
            return
        first, text = held[0]
        grown = text.replace(old, new)
        self._put(first, text.count("\n") + 1, grown.split("\n"))

    def swap(self, old: Sequence[str], new: Sequence[str]) -> None:
        """Follows a patch: whole lines for others; what it leaves unknown is forgotten."""
        size = len(old)
        found = [
            first + at
            for first, text in self._runs()
            for lines in (text.split("\n"),)
            for at in range(len(lines) - size + 1)
            if size and lines[at : at + size] == list(old)
        ]
        if len(found) == 1:
            self._put(found[0], size, new)
        else:
            self.forget()

    def _put(self, first: int, amount: int, lines: Sequence[str]) -> None:
        """Lines in the place of so many; those behind them move."""
        past, shift = first + amount, len(lines) - amount
        after = {n + shift: line for n, line in self.lines.items() if n >= past}
        before = {n: line for n, line in self.lines.items() if n < first}
        self.lines = {**before, **dict(enumerate(lines, first)), **after}

    def spans(self) -> Iterator[Span]:
        """Runs of lines without a gap."""
        last = max(self.lines, default=0)
        for first, text in self._runs():
            end = first + text.count("\n")
            yield Span(first, end, short_digest(text), self.whole and end == last and first == 1)

    def _runs(self) -> Iterator[tuple[int, str]]:
        numbers = sorted(self.lines)
        start = 0
        for at in range(1, len(numbers) + 1):
            if at == len(numbers) or numbers[at] != numbers[at - 1] + 1:
                yield numbers[start], "\n".join(self.lines[n] for n in numbers[start:at])
                start = at


def short_digest(text: str) -> str:
    return digest(text)[:HANDLE_LENGTH]


def file_lines(text: str) -> list[str]:
    """A file's lines as they are compared: whatever ends a line, and without empty last ones."""
    return text.replace("\r\n", "\n").rstrip("\n").split("\n")


def holds(text: str, span: Span) -> bool:
    """Whether the lines of the span stand in a file as they did."""
    lines = file_lines(text)
    if span.whole and len(lines) != span.last:
        return False
    return short_digest("\n".join(lines[span.first - 1 : span.last])) == span.digest


class Followed:
    """The files of a session. known: by path. read: the message where each was last shown;
    changed: where it was last changed, by the session."""

    def __init__(self, project: str) -> None:
        self.known: dict[str, Known] = {}
        self.read: dict[str, int] = {}
        self.changed: dict[str, int] = {}
        self._project = project

    def path(self, given: str) -> str:
        """Within the project relative to it; with slashes."""
        path = posixpath.normpath(given.replace("\\", "/"))
        return path.removeprefix(self._project.replace("\\", "/").rstrip("/") + "/")

    def follow(self, number: int, call: Message, result: Message | None) -> None:
        """Takes a call and its outcome. number: of the call. A call that failed changed nothing,
        and what is not known to have come about counts as unknown."""
        if result is not None and result.failed:
            return
        arguments = parsed(call.text)
        patches = {self.path(one.path): one for one in patched(call)}
        for touch in touches(call):
            path = self.path(touch.path)
            known = self.known.setdefault(path, Known())
            if touch.how == "read":
                if result is not None and _shown(known, touch, arguments, result.text):
                    self.read[path] = number
                continue
            self.changed[path] = number
            if path in patches and result is not None:
                _patch(known, patches[path])
            else:
                _change(known, touch, arguments, result)

    def spans(self, path: str) -> tuple[Span, ...]:
        return tuple(self.known[path].spans())


def followed(messages: Sequence[Message], calls: Sequence[int], project: str) -> Followed:
    """What a session shows of files. calls: for each result its call's number, else -1."""
    files = Followed(project)
    results: dict[int, Message] = {}
    for result, call in enumerate(calls):
        if call >= 0:
            results.setdefault(call, messages[result])
    for number, message in enumerate(messages):
        if message.role is Role.TOOL_CALL:
            files.follow(number, message, results.get(number))
    return files


def _shown(known: Known, touch: Touch, arguments: Mapping[str, object], text: str) -> bool:
    """Takes in what a read shows; whether it shows lines of the file."""
    if len(text) > _LONGEST:
        return False
    numbered = reads.plain(text)
    if numbered is not None and numbered.contiguous:
        known.show(numbered.numbers[0], "\n".join(numbered.lines).rstrip("\n").split("\n"))
        return True
    commands = strings(arguments, COMMAND_KEYS)
    if len(commands) == 1 and _PRINTS.fullmatch(commands[0].strip()):
        lines = file_lines(_FRAME.sub("", text))
        known.show(touch.shown[0] if touch.shown else 1, lines, whole=touch.shown is None)
        return True
    return False


def _change(
    known: Known, touch: Touch, arguments: Mapping[str, object], result: Message | None
) -> None:
    content = strings(arguments, _CONTENT)
    edits = list(_edits(arguments))
    if touch.how == "delete":
        known.delete()
    elif result is None:
        known.forget()
    elif edits:
        for old, new, every in edits:
            known.replace(old, new, every=every)
    elif len(content) == 1 and len(content[0]) <= _LONGEST:
        known.show(1, file_lines(content[0]), whole=True)
    else:
        known.forget()


def _patch(known: Known, patch: Patched) -> None:
    if patch.whole is not None:
        known.show(1, file_lines(patch.whole), whole=True)
    for old, new in patch.hunks:
        known.swap(old, new)


def _edits(arguments: Mapping[str, object]) -> Iterator[tuple[str, str, bool]]:
    """(old, new, everywhere) of a call that edits by replacing."""
    listed = arguments.get("edits")
    for one in listed if isinstance(listed, list) else [arguments]:
        if not isinstance(one, Mapping):
            continue
        old, new = (next(filter(None, map(one.get, keys)), "") for keys in (_OLD, _NEW))
        if isinstance(old, str) and isinstance(new, str) and old:
            yield old, new, any(one.get(key) is True for key in _EVERY)
