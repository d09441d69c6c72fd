"""Blocks of source code in each language, out of the files of a folder."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from aicontext.domain.context import Count
from aicontext.engine.condense.code.tree.definitions import tree_outline
from aicontext.engine.condense.code.tree.grammars import MODULES
from aicontext.engine.detect.extensions import CODE_OF, extension

LEAST, MOST = 2_000, 60_000
"""Characters of a file that is taken."""
ENOUGH = 0.8
"""Share of a block that a language's files must fill."""
TRIES = 400
"""Files of a language that are looked at."""
_ONCE = re.compile(r"^(?:<\?php\b|(?:@file:|package |import |namespace ).*$)", re.MULTILINE)
"""What stands at a file's beginning only, in languages in which nothing may come before it."""
_STRICT = ("kotlin", "php")


def joined(folder: Path, tokens: int, count: Count) -> Iterator[tuple[str, str, str]]:
    """(name, text of about so many tokens, path) of each language that has enough files."""
    files: dict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("*.*")):
        language = CODE_OF.get(extension(path.name), "")
        if language in MODULES and path.is_file() and LEAST < path.stat().st_size < MOST:
            files[language].append(path.read_text("utf-8", "replace"))
    for language in sorted(files):
        text = _joined(sorted(files[language], key=_digest)[:TRIES], language, tokens, count)
        if count(text) >= ENOUGH * tokens:
            ending = next(end for end, named in CODE_OF.items() if named == language)
            yield f"source: {language}", text, f"module.{ending}"


def _joined(texts: list[str], language: str, tokens: int, count: Count) -> str:
    taken, held = "", 0
    for text in texts:
        more = _ONCE.sub("", text) if taken and language in _STRICT else text
        size = count(more)
        if held + size <= tokens and _parses(more if not taken else f"{taken}\n{more}", language):
            taken, held = f"{taken}\n{more}" if taken else more, held + size
        if held > 0.95 * tokens:
            break
    return taken


def _parses(text: str, language: str) -> bool:
    found = tree_outline(text, language)
    return found is not None and found[1]


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
