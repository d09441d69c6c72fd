"""Names: what a text calls things that a reader may need again, word for word."""

from __future__ import annotations

import re

from aicontext.engine.detect.language import CODE_OF, CONFIG_OF, JSON_OF, PROSE_OF, TABLE_OF

SHORTEST = 4
LONGEST = 200
"""Characters; longer ones are data."""

_FILE_TYPES = "|".join(sorted({*CODE_OF, *CONFIG_OF, *JSON_OF, *PROSE_OF, *TABLE_OF}))
# Each branch starts at the start of a word or path only, so that the search never starts anew
# inside one: linear for any text.
_names = re.compile(
    rf"(?<![\w/.@~-])[\w/.@~-]+\.(?:{_FILE_TYPES})\b"
    r"|\b\w*?(?:[a-z][A-Z]|[^\W_]_[^\W_]|[A-Z]{2}[a-z]{2})\w*+"
    r"|\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,64}\b"
).findall


def names(text: str) -> set[str]:
    """File paths, compound identifiers (camel, Pascal, snake) and digests in `text`."""
    return {name for name in _names(text) if SHORTEST <= len(name) <= LONGEST}
