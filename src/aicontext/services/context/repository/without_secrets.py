"""A repository's files without secrets: what may be shown of each."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aicontext.domain.errors import MissingExtra
from aicontext.domain.repository.trees import Skip, Text
from aicontext.engine.detect.files import by_path
from aicontext.engine.detect.secrets import keys, without_passwords
from aicontext.kit.recent import Recent
from aicontext.ports.secrets import Secrets
from aicontext.ports.trees import Tree

_REMEMBERED = 20_000
_GUESSES = frozenset({"Secret Keyword", "Basic Auth Credentials"})
"""Kinds found by the words around them: in code these are mostly tests and defaults."""

_RUN = re.compile(r"[\w+/=.:-]{20,}+", re.ASCII)
_DIGIT = re.compile(r"[0-9]")


class WithoutSecrets:
    """Nothing is shown of a file that holds a key. Threads may share it."""

    def __init__(self, tree: Tree, secrets: Secrets) -> None:
        self._tree = tree
        self._secrets = secrets
        self._known: Recent[bytes, bool | None] = Recent(_REMEMBERED)

    def read(self, path: str) -> Text | Skip:
        """As the tree's, without passwords; SECRET also where known shapes of keys are found in the
        text. More of those are known where the `redact` extra is installed.
        """
        if by_path(path) is Skip.SECRET:
            return Skip.SECRET
        found = self._tree.read(path)
        if not isinstance(found, Text):
            return found
        if self._holds_key(found):
            return Skip.SECRET
        return found._replace(text=without_passwords(found.text, path))

    def _holds_key(self, text: Text) -> bool:
        known = self._known.get(text.digest, None)
        if known is None:
            known = any(keys(text.text)) or self._library_finds(text.text)
            self._known.put(text.digest, known, 1)
        return known

    def _library_finds(self, text: str) -> bool:
        suspects = list(_suspects(text))
        try:
            kinds = self._secrets.mask("\n".join(suspects))[1] if suspects else {}
        except MissingExtra:
            kinds = {}
        return not _GUESSES.issuperset(kinds)


def _suspects(text: str) -> Iterator[str]:
    """Lines on which a key can stand: all known shapes have a long run with digits in it.

    The search for keys is slow, and few lines of code are such.
    """
    for run in _RUN.finditer(text):
        if _DIGIT.search(run[0]):
            end = text.find("\n", run.end())
            yield text[text.rfind("\n", 0, run.start()) + 1 : end if end >= 0 else len(text)]
