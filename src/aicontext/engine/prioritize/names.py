"""Names: what a text calls things that a reader may need again, word for word."""

from __future__ import annotations

import re

from aicontext.engine.detect.language import CODE_OF, CONFIG_OF, JSON_OF, PROSE_OF, TABLE_OF

SHORTEST = 4
LONGEST = 200

_FILE_TYPES = frozenset((*CODE_OF, *CONFIG_OF, *JSON_OF, *PROSE_OF, *TABLE_OF))
# Possessive runs, so that no text makes the search go back.
_word = re.compile(r"[\w/.@~-]*+").findall
_part = re.compile(r"\w++").findall
_compound = re.compile(r"[^\W_]_[^\W_]|[a-z][A-Z]|[A-Z]{2}[a-z]{2}")
_digest = re.compile(r"(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,64}")


def names(text: str) -> set[str]:
    """File paths, compound identifiers (camel, Pascal, snake) and digests in `text`."""
    found: set[str] = set()
    for word in _word(text):
        if "." in word and is_file(word):
            found.add(word)
        else:
            found.update(part for part in _part(word) if is_identifier(part))
    return found


def is_file(word: str) -> bool:
    """Whether a word ends in the extension of a known type of file."""
    stem, _, extension = word.rstrip(".").rpartition(".")
    return bool(stem) and extension in _FILE_TYPES and len(word) <= LONGEST


def is_identifier(word: str) -> bool:
    """Whether a word is compound (camel, Pascal, snake) or a digest."""
    if not SHORTEST <= len(word) <= LONGEST:
        return False
    return bool(_compound.search(word) or _digest.fullmatch(word))
