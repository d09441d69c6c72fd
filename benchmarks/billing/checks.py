"""What of a session still stands in what was sent, or can be fetched."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aicontext.domain.context import Ask, handle
from aicontext.domain.errors import NotFound
from aicontext.domain.messages import Role
from aicontext.engine.compress.asks import asks_of
from aicontext.engine.compress.forms.read import read
from aicontext.engine.condense.marks import Marks
from aicontext.engine.detect.detector import detect
from aicontext.engine.quality.evidence import evidence
from aicontext.engine.quality.presence import missing
from aicontext.ports.stores.archive import Archive
from fake_provider.billing import Prompt

from replay import Sent  # isort: skip
from sessions import Event, Turn  # isort: skip

Anchors = Callable[[str, Sequence[Any], int], list[str]]

_AHEAD, MOST = 60, 8


@dataclass(slots=True)
class Kept:
    """Counts. shown: as such in the block or prompt that was sent. exact: not verbatim, but in a
    rendition that loses nothing. fetched: in an original that the archive gives back for the
    handle that was sent in its place. gone: none of these, which must be 0."""

    shown: int = 0
    exact: int = 0
    fetched: int = 0
    gone: int = 0

    @property
    def all(self) -> int:
        return self.shown + self.exact + self.fetched + self.gone


@dataclass(slots=True)
class Checks:
    """Of one session. blocks: shortened blocks by where all their evidence stands. anchors: what
    the next actions use, at turns spread over the session."""

    archive: Archive
    anchors_of: Anchors | None
    blocks: Kept = field(default_factory=Kept)
    anchors: Kept = field(default_factory=Kept)
    _seen: set[tuple[str, str]] = field(default_factory=set)
    _lossy: set[str] = field(default_factory=set)

    def look(self, sent: Sent, at_turns: frozenset[int]) -> None:
        """Checks what is new in a call; anchors, where it is the session's own at these turns."""
        self._lossy |= {change.handle for change in sent.forwarding.changes if change.handle}
        pairs = list(changed(sent.direct, sent.ours))
        if new := [pair for pair in pairs if pair not in self._seen]:
            self._seen |= set(new)
            self._look_at_blocks(new, sent)
        own = sent.call.thread.name.startswith("own")
        if self.anchors_of and own and sent.call.turn in at_turns:
            self._look_at_anchors(pairs, sent)

    def _look_at_blocks(self, new: Sequence[tuple[str, str]], sent: Sent) -> None:
        messages = read(sent.raw).messages
        asks = {
            message.text: ask
            for message, ask in zip(messages, asks_of(messages), strict=True)
            if message.role is Role.TOOL_RESULT
        }
        for before, after in new:
            self._count(self.blocks, before, self._stands(before, after, asks, sent.ours))

    def _stands(self, before: str, after: str, asks: dict[str, Ask], prompt: Prompt) -> bool:
        ask = asks.get(before, Ask())
        needed = evidence(before, detect(before, ask).kind, ask)
        opening = Marks.of(before).opening
        lost = missing(needed, after, opening)
        return not lost or not missing(lost, "\n".join(prompt.texts), opening)

    def _look_at_anchors(self, pairs: Sequence[tuple[str, str]], sent: Sent) -> None:
        assert self.anchors_of
        turns, at = sent.call.thread.turns, sent.call.turn
        after = [message(event) for event in _events(turns[at:])][:_AHEAD]
        here = "\n".join(sent.direct.texts[sent.direct.first :])
        there = "\n".join(sent.ours.texts[sent.ours.first :])
        for anchor in self.anchors_of(here, after, MOST):
            if anchor in there:
                self.anchors.shown += 1
                continue
            holding = [before for before, _ in pairs if anchor in before]
            self._count(self.anchors, next(iter(holding), ""), stands=False)

    def _count(self, kept: Kept, original: str, stands: bool) -> None:
        if stands:
            kept.shown += 1
        elif original and handle(original) not in self._lossy:
            kept.exact += 1
        elif self._fetchable(original):
            kept.fetched += 1
        else:
            kept.gone += 1

    def _fetchable(self, original: str) -> bool:
        try:
            return self.archive.get(handle(original)) == original
        except NotFound:
            return False


def scorer(folder: Path) -> Anchors:
    """`future_anchors` of the data folder's own scorer."""
    sys.path.insert(0, str(folder))
    spec = importlib.util.spec_from_file_location("score", folder / "score.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["score"] = module
    spec.loader.exec_module(module)
    found: Anchors = module.future_anchors
    return found


def spread(calls: int, most: int) -> frozenset[int]:
    """Up to `most` turns, the later ones more densely: there is more to lose."""
    return frozenset(round((calls - 1) * (n / most) ** 0.5) for n in range(1, most + 1))


def changed(direct: Prompt, ours: Prompt) -> Iterator[tuple[str, str]]:
    if direct is ours:
        return
    pairs = zip(direct.parts, ours.parts, direct.texts, ours.texts, strict=False)
    yield from ((a, b) for x, y, a, b in pairs if x.digest != y.digest)


def _events(turns: Sequence[Turn]) -> Iterator[Event]:
    for index, turn in enumerate(turns):
        if index:
            yield from turn.said
        yield from (event for event in turn.answer if event["role"] != "usage")


def message(event: Event) -> dict[str, Any]:
    return {key: event[key] for key in ("role", "text", "tool", "input") if key in event}
