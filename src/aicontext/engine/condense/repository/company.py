"""What chosen code needs to be understood: the imports it uses and the signatures it calls."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from aicontext.domain.context import Level
from aicontext.engine.condense.code.shapes import CALLABLE
from aicontext.engine.condense.repository.choice import Choice, Piece
from aicontext.engine.condense.repository.units import Outlined, Span
from aicontext.engine.prioritize.terms import words

LONGEST_IMPORT = 12
"""Lines of an import statement that is shown."""
MOST_CALLED = 24
_IMPORT = re.compile(
    r"(?:import|from|use|pub use|pub\(crate\) use|extern crate|using|require|include|#include)\b"
    r"|(?:const|let|var) .{1,200}= *require\("
)
_NOT_NAMES = frozenset(("import", "from", "use", "pub", "crate", "as", "using", "require"))
_identifiers = re.compile(r"[A-Za-z_$][\w$]*").findall
_called = re.compile(r"(?<![\w$])([A-Za-z_$][\w$]*+)(?:::<[^<>\n]{0,80}>)?\(").findall


def imports(lines: Sequence[str]) -> Iterator[tuple[Span, frozenset[str]]]:
    """The import statements at the margin of a file, each with the names in it."""
    row = 0
    while row < len(lines):
        line = lines[row]
        first = row
        row += 1
        if not _IMPORT.match(line):
            continue
        depth = _depth(line)
        while depth > 0 and row < len(lines) and row - first < LONGEST_IMPORT:
            depth += _depth(lines[row])
            row += 1
        if depth == 0:
            held = _identifiers("\n".join(lines[first:row]))
            yield (first + 1, row), frozenset(held) - _NOT_NAMES


class Company:
    """What the pieces of a choice need; what its files hold is looked up once."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._imports: dict[str, list[tuple[Span, frozenset[str]]]] = {}

    def join(self, room: int) -> None:
        """Add the imports of each shown file, then signatures called, in at most `room` tokens."""
        for path in tuple(self._choice.shown):
            if pieces := self._used_imports(path):
                room -= self._choice.take(pieces, room)
        for piece in self._called():
            room -= self._choice.take([piece], room)

    def _used_imports(self, path: str) -> list[Piece]:
        """The imports of a shown file that its shown lines use, none that is shown already."""
        if path not in self._imports:
            self._imports[path] = list(_imports_of(self._choice.files[path]))
        shown, lines = self._choice.shown[path], self._choice.files[path].lines
        text = "\n".join(lines[row - 1] for row in shown)
        code = frozenset(_identifiers(text) if "$" in text else words(text))
        return [
            Piece(path, span, Level.EXCERPT, "", "imports it uses")
            for span, names in self._imports[path]
            if not names.isdisjoint(code) and not shown.issuperset(range(span[0], span[1] + 1))
        ]

    def _called(self) -> Iterator[Piece]:
        """Signatures of functions at hand that shown code calls: of its own file, else the only
        one. In the order in which the calls are shown."""
        files = self._choice.files
        for path, caller, name in _calls(self._choice):
            near = [(path, unit) for unit in files[path].callables.get(name, ())]
            every = [
                (at, unit) for at, own in files.items() for unit in own.callables.get(name, ())
            ]
            for where, unit in near if len(near) == 1 else every if len(every) == 1 else ():
                why = f"called by {caller}"
                yield Piece(where, unit.signature, Level.SKELETON, unit.symbol, why)


def _imports_of(file: Outlined) -> Iterator[tuple[Span, frozenset[str]]]:
    """Those before its first function."""
    callables = (unit.span[0] for unit in file.units if unit.kind in CALLABLE)
    end = 0 if file.sectioned else next(callables, len(file.lines) + 1) - 1
    return imports(file.lines[:end])


def _calls(choice: Choice) -> Iterable[tuple[str, str, str]]:
    """(path, caller, name) of calls in what is shown whole, each name once."""
    found: dict[str, tuple[str, str, str]] = {}
    for piece in (piece for group in choice.groups for piece in group):
        calls = piece.level is Level.FULL and not choice.files[piece.path].sectioned
        if calls and len(found) < MOST_CALLED:
            own = piece.symbol.rpartition(".")[2]
            for name in _called(choice.files[piece.path].text(piece.span)):
                if name != own:
                    found.setdefault(name, (piece.path, own, name))
    return found.values()


def _depth(line: str) -> int:
    return sum(map(line.count, "([{")) - sum(map(line.count, ")]}"))
