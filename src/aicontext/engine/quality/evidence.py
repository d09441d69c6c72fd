"""What a block must not lose, found without the condensers' help.

Extraction is lexical and deliberately simple: it must not share the condensers' mistakes. Every
pattern works on one line at a time, so the work is linear in the text's length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain

from aicontext.domain.context import Ask, Evidence, Form, Kind
from aicontext.engine.detect.tasks import unlabelled
from aicontext.engine.quality.changes import of_diff, of_history
from aicontext.engine.quality.complaints import of_lint
from aicontext.engine.quality.definitions import of_code
from aicontext.engine.quality.entries import (
    of_json,
    of_listing,
    of_lock,
    of_search,
    of_settings,
    of_table,
)
from aicontext.engine.quality.failures import of_log, of_tests
from aicontext.engine.quality.mentions import asked_for
from aicontext.engine.quality.reading import lines_of
from aicontext.engine.quality.statements import about, of_prose

LIMIT = 20_000
"""Evidence kept per block at most; of more an even sample, so that losses anywhere show."""

_OF_KIND: Mapping[Kind, Callable[[Sequence[str]], Iterator[Evidence]]] = {
    Kind.TEST: of_tests,
    Kind.LOG: of_log,
    Kind.LINT: of_lint,
    Kind.DIFF: of_diff,
    Kind.SEARCH: of_search,
    Kind.CODE: of_code,
    Kind.LISTING: of_listing,
    Kind.JSON: of_json,
    Kind.CONFIG: of_settings,
    Kind.LOCK: of_lock,
    Kind.HISTORY: of_history,
    Kind.TABLE: of_table,
    Kind.PROSE: of_prose,
    Kind.CHAT: of_prose,
}
_AS_OFTEN = (Kind.DIFF, Kind.CODE, Kind.LISTING, Kind.CONFIG)
"""Kinds whose evidence counts as often as it stands in the text."""
_PRINTED = (Kind.TEST, Kind.LOG)
"""Kinds that several tasks may print at once, each line under its task's name."""
_TALK = (Kind.PROSE, Kind.CHAT, Kind.HISTORY)
_letter_or_digit = re.compile(r"[^\W_]").search


def evidence(text: str, kind: Kind, ask: Ask) -> tuple[Evidence, ...]:
    """The obligations of `text` for this kind and query, at most LIMIT, in the text's order.

    Evidence that is listed n times must stand n times in what is shown. Linear, never raises.
    """
    lines: Sequence[str] = lines_of(text)
    if kind in _PRINTED:
        lines = unlabelled(lines)
    found = list(_OF_KIND[kind](lines)) if kind in _OF_KIND else []
    distinct = dict.fromkeys(found)
    if kind not in _AS_OFTEN:
        found = list(distinct)
    doubtful = [e for e in distinct if not e.strings[0][:1].isalnum() or e.strings[1:]]
    if dumb := {e for e in doubtful if not _tells(e)}:
        found = [e for e in found if e not in dumb]
    if len(found) > LIMIT:
        step = len(found) / LIMIT
        found = [found[int(i * step)] for i in range(LIMIT)]
    if ask.query:
        told = about(lines, ask.query) if kind in _TALK else iter(())
        asked = dict.fromkeys(chain(asked_for(text, kind, ask.query), told))
        present = set(found) if asked else set()
        found += [e for e in asked if e not in present and _tells(e)]
    return tuple(found)


def _tells(item: Evidence) -> bool:
    """Whether there is a word to find it by."""
    if item.form is not Form.PHRASE:
        return True
    return all(text[:1].isalnum() or _letter_or_digit(text) for text in item.strings)
