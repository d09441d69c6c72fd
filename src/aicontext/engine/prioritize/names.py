"""Names: what a text calls things that a reader may need again, word for word."""

from __future__ import annotations

import re

from aicontext.engine.detect.extensions import CODE_OF, CONFIG_OF, JSON_OF, PROSE_OF, TABLE_OF
from aicontext.engine.prioritize.terms import Known, words

SHORTEST = 4
LONGEST = 200
"""Characters; longer ones are data."""

_FILE_TYPES = "|".join(sorted({*CODE_OF, *CONFIG_OF, *JSON_OF, *PROSE_OF, *TABLE_OF}))
# It starts at the start of a path only, so that the search never starts anew inside one.
_files = re.compile(rf"(?<![\w/.@~-])([\w/.@~-]+\.(?:{_FILE_TYPES})\b)")
_compound = re.compile(r"[a-z][A-Z]|[^\W_]_[^\W_]|[A-Z]{2}[a-z]{2}")
_digest = re.compile(r"(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,64}")


def names(text: str) -> set[str]:
    """File paths, compound identifiers (camel, Pascal, snake) and digests in `text`."""
    found = set[str]()
    if "." in text:
        apart = _files.split(text)
        found.update([path for path in apart[1::2] if SHORTEST <= len(path) <= LONGEST])
        text = " ".join(apart[::2])
    found.update(filter(_is_identifier, words(text)))
    return found


def _identifies(word: str) -> bool:
    if not SHORTEST <= len(word) <= LONGEST:
        return False
    return bool(_compound.search(word) or _digest.fullmatch(word))


_is_identifier = Known(_identifies).__getitem__
