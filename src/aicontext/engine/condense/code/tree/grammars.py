"""Tree-sitter grammars, loaded on first use, and trees whose making takes bounded work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Language, Tree

MODULES = {
    "python": ("tree_sitter_python", "language"),
    "javascript": ("tree_sitter_javascript", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "go": ("tree_sitter_go", "language"),
    "rust": ("tree_sitter_rust", "language"),
    "java": ("tree_sitter_java", "language"),
    "c": ("tree_sitter_c", "language"),
    "cpp": ("tree_sitter_cpp", "language"),
    "csharp": ("tree_sitter_c_sharp", "language"),
    "ruby": ("tree_sitter_ruby", "language"),
    "php": ("tree_sitter_php", "language_php"),
    "kotlin": ("tree_sitter_kotlin", "language"),
    "swift": ("tree_sitter_swift", "language"),
    "scala": ("tree_sitter_scala", "language"),
    "bash": ("tree_sitter_bash", "language"),
}
"""Module and function that give a language's grammar."""

LARGEST = 1 << 20
"""Bytes; larger texts are not parsed."""

_CHUNK = 4_096


@cache
def grammar(language: str) -> Language | None:
    """The grammar of a language; None when there is none or its wheel is not installed."""
    try:
        module, function = MODULES[language]
        from tree_sitter import Language

        return Language(getattr(import_module(module), function)())
    except (KeyError, ImportError):
        return None


@dataclass(slots=True)
class _Work:
    """Counts what a parser does, and stops it at a bound that is linear in the source's size.

    Source text takes about one step report per 70 bytes and 16 reads of each chunk at most; an
    ambiguous or unterminated text can take a quadratic number of either.
    """

    source: bytes
    reads: int
    steps: int

    @classmethod
    def of(cls, source: bytes) -> _Work:
        return cls(source, 100 + 24 * len(source) // _CHUNK, 200 + len(source) // 20)

    def read(self, offset: int, _point: object) -> bytes:
        self.reads -= 1
        return self.source[offset : offset + _CHUNK] if self.reads >= 0 else b""

    def step(self, _offset: int, _has_error: bool) -> bool:
        self.steps -= 1
        return self.steps < 0 or self.reads < 0


def parse(source: bytes, language: str) -> Tree | None:
    """The syntax tree of `source`, or None: no grammar, too large, or too much work to parse."""
    found = grammar(language)
    if found is None or len(source) > LARGEST:
        return None
    from tree_sitter import Parser

    work = _Work.of(source)
    read: Callable[[int, object], bytes] = work.read
    try:
        tree = Parser(found).parse(read, progress_callback=work.step)
    except ValueError:
        return None
    return tree if work.reads >= 0 else None
