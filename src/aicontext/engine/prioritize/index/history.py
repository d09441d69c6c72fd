"""What commits say of files: the words of their messages, and how much they changed of late."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict

from aicontext.domain.repository.corpus import FileHistory
from aicontext.domain.repository.trees import Commits
from aicontext.engine.prioritize.terms import terms

BULK = 50
"""Files beyond which a commit says nothing of any one of them: a new layout, a licence header."""

HALF_LIFE = 180 * 86_400
"""Seconds after which a change counts half, back from the newest commit."""

LONGEST_MESSAGE = 4_000
_TRAILER = re.compile(r"^(?:[A-Z][\w-]+-[Bb]y|Change-Id|Cc|git-svn-id): .*$", re.MULTILINE)


def file_history(commits: Commits) -> FileHistory:
    """The history of the files that the commits changed, whether they are still there or not.

    Churn is the logarithm of one and the sum of a file's changes, each halved by HALF_LIFE and
    shared by the files of its commit, over that of the most changed file.
    """
    newest = max((one.at for one in commits.commits), default=0)
    messages: defaultdict[str, Counter[str]] = defaultdict(Counter)
    changed: defaultdict[str, float] = defaultdict(float)
    for one in commits.commits:
        if 0 < len(one.paths) <= BULK:
            said = Counter(terms(_TRAILER.sub("", one.message[:LONGEST_MESSAGE])))
            weight = 0.5 ** ((newest - one.at) / HALF_LIFE) / len(one.paths)
            for path in one.paths:
                messages[path].update(said)
                changed[path] += weight
    most = math.log1p(max(changed.values(), default=0.0))
    churn = {path: math.log1p(value) / most for path, value in changed.items()} if most else {}
    return FileHistory(commits.head, messages, churn)
