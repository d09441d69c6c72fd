"""What it would cost to fetch what is hidden: calls that the recorded sessions had no need of.

An answer uses the lines that its edits quote, and the paths, identifiers and hashes that the data
folder's scorer looks for. Where one of them stood in what the tool sent, and stands in nothing that
went out, the model would have had to ask for it: one call more, which reads all that went out from
the cache and says what it wants; the run of lines that was left out around the word, in full, is
written then and carried by every later call of the conversation.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from aicontext.domain.context import handle
from aicontext.domain.usage import Prices
from aicontext.engine.detect.numbering import without_number

from checks import MOST, Anchors, changed, message  # isort: skip
from replay import Bill, Sent  # isort: skip
from sessions import Event  # isort: skip

ASKING = 100
"""Tokens of the model's answer that asks."""

_QUOTES = ("old_string", "old_str", "oldString", "old_text")
_LEAST = 8
"""Characters of a line that tells where it stands."""

Count = Callable[[str], int]


@dataclass(slots=True)
class _Thread:
    """fetched: (handle, first line) of what was fetched in it, of so many tokens in all."""

    fetched: set[tuple[str, int]] = field(default_factory=set)
    tokens: int = 0
    turns: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Fetches:
    """Of one session; its sums go to the bill."""

    bill: Bill
    prices: Prices
    count: Count
    anchors_of: Anchors
    _threads: dict[str, _Thread] = field(default_factory=dict)
    _lossy: set[str] = field(default_factory=set)

    def look(self, sent: Sent) -> None:
        """Charges what the answer to a call would have needed; once, however often it was sent."""
        thread = self._threads.setdefault(sent.call.thread.name, _Thread())
        self._lossy |= {change.handle for change in sent.forwarding.changes if change.handle}
        anew = sent.forwarding.rewriting is not None or not sent.billed.cache_read
        self.bill.fetch_cost += thread.tokens * (self._write(sent) if anew else self._read) / 1e6
        if sent.call.turn in thread.turns:
            return
        thread.turns.add(sent.call.turn)
        runs = {run: tokens for run, tokens in self._wanted(sent) if run not in thread.fetched}
        if not runs:
            return
        new = ASKING + sum(runs.values())
        carried = sent.ours.tokens + thread.tokens
        asked = self._read * carried + self.prices.output * ASKING + self._write(sent) * new
        self.bill.fetches += 1
        self.bill.fetch_cost += asked / 1e6
        thread.fetched |= runs.keys()
        thread.tokens += new

    def _wanted(self, sent: Sent) -> Iterator[tuple[tuple[str, int], int]]:
        """((handle, first line), tokens) of each run of lines that the answer needs."""
        pairs = [(a, b) for a, b in changed(sent.direct, sent.ours) if handle(a) in self._lossy]
        if not pairs:
            return
        here = "\n".join(sent.direct.texts[sent.direct.first :])
        there = "\n".join(sent.ours.texts[sent.ours.first :])
        answer = sent.call.thread.turns[sent.call.turn].answer
        events = [event for event in answer if event["role"] != "usage"]
        used = {
            *self.anchors_of(here, [message(event) for event in events], MOST),
            *_quoted(events),
        }
        for word in sorted(used):
            if word in there or word not in here:
                continue
            holding = [pair for pair in pairs if word in pair[0] and word not in pair[1]]
            if holding:
                original, shown = holding[-1]
                first, text = _run(original, shown, word)
                yield (handle(original), first), self.count(text)

    @property
    def _read(self) -> float:
        return self.prices.cache_read

    def _write(self, sent: Sent) -> float:
        return self.prices.cache_write if sent.billed.cache_write else self.prices.input


def _quoted(events: Iterable[Event]) -> Iterator[str]:
    """Lines that edits quote, without the blanks around them."""
    for event in events:
        if event["role"] != "tool_call":
            continue
        given = event["input"]
        old = "\n".join(_old(given)) if isinstance(given, Mapping) else ""
        patch = given if isinstance(given, str) else json.dumps(given)
        if "*** Update File: " in patch:
            lines = patch.replace("\\n", "\n").split("\n")
            old += "\n".join(["", *(line[1:] for line in lines if line[:1] in (" ", "-"))])
        yield from (line.strip() for line in old.split("\n") if len(line.strip()) >= _LEAST)


def _old(given: Mapping[str, Any]) -> Iterator[str]:
    edits = given.get("edits")
    for edit in (given, *(edits if isinstance(edits, list) else ())):
        if isinstance(edit, Mapping):
            yield from (edit[key] for key in _QUOTES if isinstance(edit.get(key), str))


def _run(original: str, shown: str, word: str) -> tuple[int, str]:
    """(its first line, text) of the longest run of lines left out that holds the word; all of the
    original where no single line holds it."""
    lines, present = original.split("\n"), {_bare(line) for line in shown.split("\n")}
    hidden: list[bool] = []
    for line in lines:
        bare = _bare(line)
        # A bracket alone tells nothing: it belongs to the line above.
        hidden.append(hidden[-1] if len(bare) < 4 and hidden else bare not in present)
    found = [
        (at[0], "\n".join(lines[at[0] : at[-1] + 1]))
        for out, run in groupby(range(len(lines)), hidden.__getitem__)
        if out and (at := list(run))
    ]
    return max((one for one in found if word in one[1]), key=_length, default=(0, original))


def _length(run: tuple[int, str]) -> int:
    return len(run[1])


def _bare(line: str) -> str:
    """A line without its number and the blanks around it."""
    return without_number(line).strip()
