"""Parts of an archived original: a range of lines, a JSON path, or what a query asks for."""

from __future__ import annotations

import json
import re

from aicontext.domain.errors import InvalidInput, NotFound
from aicontext.engine.prioritize.bm25 import scores

_RANGE = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?")
_STEP = re.compile(r"\.([\w$-]+)|\[(\d{1,9})\]|\[\"([^\"\]]*)\"\]|\['([^'\]]*)'\]")
_AROUND = 3
_HITS = 10


def lines(text: str, wanted: str) -> str:
    """Lines "12" or "12-40" of `text`, 1-based, inclusive. Raises InvalidInput, NotFound."""
    match = _RANGE.fullmatch(wanted.strip())
    if not match or int(match[1]) < 1 or int(match[2] or match[1]) < int(match[1]):
        raise InvalidInput(f"{wanted[:40]!r} is no range of lines.", hint="Write 12 or 12-40.")
    every = text.split("\n")
    chosen = every[int(match[1]) - 1 : int(match[2] or match[1])]
    if not chosen:
        raise NotFound(f"The text has {len(every):,} lines; {wanted} is past its end.")
    return "\n".join(chosen)


def json_path(text: str, path: str) -> str:
    """The value at a path like `$.items[3].name`, as JSON; strings without their quotes.

    Raises InvalidInput where the text is not JSON or the path not a path, NotFound otherwise.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidInput("The text is not JSON.", hint="Ask for lines or a query.") from None
    rest = path.strip().removeprefix("$")
    while rest:
        match = _STEP.match(rest)
        if not match:
            raise InvalidInput(f"{path[:80]!r} is no path.", hint="Write $.items[3].name.")
        name = next((g for g in (match[1], match[3], match[4]) if g is not None), None)
        key: str | int = int(match[2]) if name is None else name
        try:
            if isinstance(value, dict) == isinstance(key, int):
                raise KeyError(key)
            value = value[key]
        except (KeyError, IndexError, TypeError):
            raise NotFound(
                f"There is nothing at {path[: len(path) - len(rest)]}{match[0]}."
            ) from None
        rest = rest[match.end() :]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def query(text: str, words: str) -> str:
    """The lines that match the words best, each with its number and neighbours.

    Raises NotFound where no line shares a word with the query.
    """
    every = text.split("\n")
    worth = scores(words, every)
    best = sorted(range(len(every)), key=lambda i: (-worth[i], i))[:_HITS]
    near = {
        j
        for i in best
        if worth[i] > 0
        for j in range(max(0, i - _AROUND), min(len(every), i + _AROUND + 1))
    }
    if not near:
        raise NotFound(
            f"No line of the original matches {words[:80]!r}.",
            hint="Ask in other words, or for lines.",
        )
    shown: list[str] = []
    for i in sorted(near):
        if shown and i - 1 not in near:
            shown.append("…")
        shown.append(f"{i + 1}: {every[i]}")
    return "\n".join(shown)
