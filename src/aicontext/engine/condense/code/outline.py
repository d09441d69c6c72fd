"""The outline of a source file: its definitions with their line spans."""

from __future__ import annotations

from aicontext.engine.condense.code.definition import Definition
from aicontext.engine.condense.code.lexical import lexical_outline
from aicontext.engine.condense.code.tree.definitions import tree_outline
from aicontext.engine.condense.code.tree.grammars import LARGEST, MODULES
from aicontext.engine.detect.extensions import code_language, extension
from aicontext.engine.detect.language import by_lines, by_shebang

_SAMPLE = 400
_DENSE = 240
_WIDER = {"c": "cpp", "javascript": "typescript", "typescript": "tsx"}
"""What a text may be in that does not parse: a header of C++ has C's extension too."""


def language_of(text: str, path: str = "") -> str:
    """The language of source text by its path, else by its own lines; empty when unknown."""
    if path and (named := code_language(extension(path))):
        return named
    head = [line[:300] for line in text[: 1 << 16].split("\n")[:_SAMPLE]]
    if named := by_shebang(head[0]):
        return named
    language, share, coded = by_lines([line for line in head if line.strip()])
    return language if share >= 0.05 and coded >= 0.2 else ""


def outline(text: str, language: str) -> tuple[Definition, ...]:
    """All definitions of a source text in its order; empty where none is found.

    A syntax tree where the language has a grammar and the text is worth parsing, else keywords
    and indentation, as where all stands inside of macros. Never raises; linear in its length.
    """
    if len(text) > 4 * LARGEST or _minified(text):
        return ()
    parsed = tree_outline(text, language) if language in MODULES else None
    if parsed is not None and not parsed[1] and language in _WIDER:
        wider = tree_outline(text, _WIDER[language])
        parsed = wider if wider is not None and wider[1] else parsed
    if parsed is not None and parsed[1] and parsed[0]:
        return parsed[0]
    by_words = lexical_outline(text)
    if parsed is not None and 2 * len(parsed[0]) >= len(by_words):
        return parsed[0]
    return by_words


def _minified(text: str) -> bool:
    return len(text) > 2_000 and len(text) > _DENSE * (text.count("\n") + 1)
