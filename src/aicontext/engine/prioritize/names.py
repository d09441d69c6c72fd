"""Names: what a text calls things that a reader may need again, word for word."""

from __future__ import annotations

import re
from functools import lru_cache

from aicontext.engine.detect.extensions import CODE_OF, CONFIG_OF, JSON_OF, PROSE_OF, TABLE_OF
from aicontext.engine.prioritize.terms import words

SHORTEST = 4
LONGEST = 200
"""Characters; longer ones are data."""

_FILE_TYPES = "|".join(sorted({*CODE_OF, *CONFIG_OF, *JSON_OF, *PROSE_OF, *TABLE_OF}))
# It starts at the start of a path only, so that the search never starts anew inside one.
_files = re.compile(rf"(?<![\w/.@~-])[\w/.@~-]+\.(?:{_FILE_TYPES})\b")
_compound = re.compile(r"[a-z][A-Z]|[^\W_]_[^\W_]|[A-Z]{2}[a-z]{2}")
_digest = re.compile(r"(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,64}")


def names(text: str) -> set[str]:
    """File paths, compound identifiers (camel, Pascal, snake) and digests in `text`."""
    found = set[str]()
    if "." in text and (paths := list(_files.finditer(text))):
        found.update([path[0] for path in paths if SHORTEST <= len(path[0]) <= LONGEST])
        ends = [0, *(path.end() for path in paths)]
        starts = [*(path.start() for path in paths), len(text)]
        text = " ".join([text[a:b] for a, b in zip(ends, starts, strict=True)])
    found.update(filter(_is_identifier, [word for word in words(text) if len(word) <= LONGEST]))
    return found


@lru_cache(maxsize=1 << 16)
def _is_identifier(word: str) -> bool:
    return len(word) >= SHORTEST and bool(_compound.search(word) or _digest.fullmatch(word))
