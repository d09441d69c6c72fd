"""The plan: which rendition of a block goes out.

Analyse (detect the kind), find the opportunity (the kind's condenser), validate (evidence found
without the condenser's help must stand in what is shown), and only then apply. A rendition that
fails is replaced by a richer one; the last resort is the text as it came.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from zlib import compressobj

from aicontext.domain.context import Ask, Count, Evidence, Kind, Level, Rendition, handle
from aicontext.domain.errors import BudgetTooSmall
from aicontext.engine.compress.asks import is_retrieved
from aicontext.engine.condense import chat, lines, lint, prose, table
from aicontext.engine.condense.code import condenser as code
from aicontext.engine.condense.code.reads import sparse
from aicontext.engine.condense.condenser import Condenser
from aicontext.engine.condense.config import condenser as config
from aicontext.engine.condense.diff import condenser as diff
from aicontext.engine.condense.history import condenser as history
from aicontext.engine.condense.json import condenser as json
from aicontext.engine.condense.listing import condenser as listing
from aicontext.engine.condense.locks import condenser as locks
from aicontext.engine.condense.log.condenser import LogCondenser
from aicontext.engine.condense.marks import OPENING, Marks
from aicontext.engine.condense.search import condenser as search
from aicontext.engine.condense.testlog.condenser import TestLogCondenser
from aicontext.engine.detect.detector import Detected, detect
from aicontext.engine.detect.segments import Segment, split
from aicontext.engine.quality.echo import echo
from aicontext.engine.quality.evidence import evidence
from aicontext.engine.quality.presence import missing
from aicontext.engine.quality.score import Signs, score
from aicontext.engine.quality.statements import ASKED

WORTH_A_LOOK = 100
"""Blocks of fewer tokens are left alone: a mark would cost what they could save."""

SURE = 0.5
"""Confidence from which a kind is acted on without a second look."""

LONGEST_TOKEN = 8
"""Characters of a token that a cut by characters begins with."""

ENOUGH = 16
"""Characters a token of prose holds at most, of which only repeats are left out when condensed."""

PART = 4
"""Characters a token of the room: so much of a long text, and as much again, is condensed to see
whether the whole could fit."""

SPARE = 2.0
"""The whole is condensed where it seems to need no more than so many times the room."""

CHUNK = 1 << 15
"""Characters that are deflated at a time."""

BYTES = 8
"""Deflated bytes that a token tells at most: two by its own, the rest where rows count up."""

CONDENSERS: Mapping[Kind, Condenser] = {
    Kind.JSON: json.CONDENSER,
    Kind.LOG: LogCondenser(),
    Kind.TEST: TestLogCondenser(),
    Kind.LINT: lint.CONDENSER,
    Kind.SEARCH: search.CONDENSER,
    Kind.DIFF: diff.CONDENSER,
    Kind.CODE: code.CONDENSER,
    Kind.PROSE: prose.CONDENSER,
    Kind.CHAT: chat.CONDENSER,
    Kind.TABLE: table.CONDENSER,
    Kind.LISTING: listing.CONDENSER,
    Kind.CONFIG: config.CONDENSER,
    Kind.LOCK: locks.CONDENSER,
    Kind.HISTORY: history.CONDENSER,
}
_SECOND: Mapping[Kind, tuple[Condenser, ...]] = {Kind.TEST: (CONDENSERS[Kind.LOG],)}
"""Who excerpts what the kind's own condenser has no say on."""
_PRINTED = {
    *(Kind.TEST, Kind.LOG, Kind.LINT, Kind.SEARCH, Kind.DIFF, Kind.LISTING),
    *(Kind.LOCK, Kind.HISTORY),
}
_TELLS_ALL = {Kind.JSON, Kind.LISTING, Kind.TABLE}
_BY_LINES = {Kind.SEARCH, Kind.DIFF, Kind.LOG}
"""Kinds that grow line by line when they are condensed."""
_TOLD = (Kind.TEST, Kind.LOG)
_EDITED = (".txt", ".md", ".rst", ".snap", ".golden", ".expected")
"""Files of these are edited, though they may look as if a command had printed them."""
_NO_TEXT = (Kind.IMAGE, Kind.OPAQUE)
_RICHEST = {
    Kind.CODE: Level.SKELETON,
    Kind.PROSE: Level.CONDENSED,
    Kind.CONFIG: Level.CONDENSED,
}
"""The richest that a kind's condenser makes, where it makes none that is exact."""
_DEPTH = {level: depth for depth, level in enumerate(Level)}


@dataclass(frozen=True, slots=True)
class Shown:
    """A block as it goes out. handle: of the original, where something was left out.

    signs: what the quality was judged by, where it was.
    """

    kind: Kind
    rendition: Rendition
    original_tokens: int
    tokens: int
    quality: float
    handle: str = ""
    signs: Signs | None = None


def show(text: str, ask: Ask, count: Count, poorest: Level = Level.SKELETON) -> Shown:
    """The cheapest rendition of `text` that keeps all its evidence, no poorer than `poorest`."""
    found = detect(text, ask)
    whole = _surer(found, text)
    block = _Block(text, whole.kind, count(text), count, ask)
    if block.size < WORTH_A_LOOK or is_retrieved(ask):
        return block.whole()
    # Text that holds our marks is not cut up: only marks made for the whole text tell them apart.
    parts = [] if OPENING in text else split(text, ask, found)
    if len(parts) < 2:
        parts = [Segment(text, whole)]
    if poorest is Level.LOSSLESS and _is_printed(whole, ask):
        poorest = Level.CONDENSED
    safe = [_safe(part, ask, count, poorest) for part in parts]
    level = max((rendition.level for rendition, _ in safe), key=_DEPTH.__getitem__)
    joined = "".join(rendition.text for rendition, _ in safe)
    why = "; ".join(dict.fromkeys(r.why for r, _ in safe if r.level is not Level.FULL))
    main = max(parts, key=lambda part: len(part.text)).detected.kind
    block = replace(block, kind=main)
    needed = tuple(chain.from_iterable(checked for _, checked in safe))
    shown = block.shown(Rendition(level, joined, why), needed)
    return shown if shown.tokens < block.size else block.whole()


def _safe(
    part: Segment, ask: Ask, count: Count, poorest: Level
) -> tuple[Rendition, tuple[Evidence, ...]]:
    """A part's cheapest safe rendition, and the evidence that was checked."""
    text, kind = part.text, part.detected.kind
    for rendition in _offers(part, ask, count, poorest):
        if _DEPTH[rendition.level] > _DEPTH[poorest]:
            continue
        if text.endswith("\n") and not rendition.text.endswith("\n"):
            rendition = replace(rendition, text=rendition.text + "\n")
        if rendition.level.exact:
            return rendition, ()
        needed = evidence(text, kind, ask)
        if not missing(needed, rendition.text, Marks.of(text).opening):
            return rendition, needed
    return Rendition(Level.FULL, text, "left as it is"), ()


def _offers(part: Segment, ask: Ask, count: Count, poorest: Level) -> Iterator[Rendition]:
    """Renditions of a part, cheapest first; none is sought where all would be poorer than that."""
    kind = part.detected.kind
    rich_enough = _DEPTH[_RICHEST.get(kind, Level.LOSSLESS)] <= _DEPTH[poorest]
    if kind in CONDENSERS and rich_enough and not _doubtful(part):
        found = CONDENSERS[kind].condense(part.text, ask, count)
        if found:
            yield found
    if part.detected.numbered:
        thin = sparse(part.text, count)
        if thin:
            yield thin


def _is_printed(found: Detected, ask: Ask) -> bool:
    """Whether a command printed the text, so that no edit must quote its lines."""
    if found.kind is Kind.TABLE:
        return found.language == "columns" and not ask.path
    return found.kind in _PRINTED and not ask.path.endswith(_EDITED)


def _detected(text: str, ask: Ask) -> Detected:
    return _surer(detect(text, ask), text)


def _surer(found: Detected, text: str) -> Detected:
    """The kind; words between errors are a log, whatever else they look like."""
    if found.kind is Kind.PROSE and found.confidence < SURE and evidence(text, Kind.LOG, Ask()):
        return Detected(Kind.LOG, confidence=found.confidence)
    return found


def _doubtful(part: Segment) -> bool:
    """Whether it is a log only for want of a better guess, and tells of nothing wrong."""
    log = part.detected.kind is Kind.LOG and part.detected.confidence < SURE
    return log and not evidence(part.text, Kind.LOG, Ask())


def fit(text: str, ask: Ask, budget: int, count: Count, *, marked: bool = True) -> Shown:
    """The most useful rendition of `text` in at most `budget` tokens.

    marked: whether a text with something left out ends in the mark that fetches the original.
    Raises BudgetTooSmall where not one line fits.
    """
    block = _Block.of(text, ask, count)
    if block.size <= budget:
        return block.whole()
    if block.kind in _NO_TEXT and not _detected(text, ask).language:
        shown = reference(text, ask, budget if marked else 0, count, "no text that could be cut")
        if shown.tokens <= budget:
            return shown
        raise _too_small(budget, block.size)
    # Joined, a text and its mark may take a token more than apart.
    room = budget - (count(block.mark) + 1 if marked else 0)
    needed = evidence(text, block.kind, ask)
    # A log that tells of nothing wrong is read for what is asked.
    others = [kind for kind in _TOLD if kind is not block.kind]
    calm = ask.query and len(others) == 1 and all(item.what == ASKED for item in needed)
    calm = calm and not evidence(text, others[0], Ask())
    kind, opening = Kind.OPAQUE if calm else block.kind, Marks.of(text).opening
    offers = (
        block.shown(found, needed, missing(needed, found.text, opening), marked=marked)
        for found in _within(text, ask, kind, room, count)
    )
    fitting = (shown for shown in offers if shown.tokens <= budget)
    best = next(fitting, None)
    if best is None:
        raise _too_small(budget, block.size)
    # A log's condensed whole leaves room; an excerpt that keeps as much fills it.
    if kind is Kind.LOG and best.rendition.level is Level.CONDENSED:
        fuller = next(fitting, best)
        return best if fuller.signs and fuller.signs.lost else fuller
    return best


def _too_small(budget: int, size: int) -> BudgetTooSmall:
    return BudgetTooSmall(
        f"A budget of {budget} tokens holds nothing of a text of {size:,}.",
        hint="Give it more; a hundred tokens hold something of any text.",
    )


def _within(text: str, ask: Ask, kind: Kind, room: int, count: Count) -> Iterator[Rendition]:
    """Renditions of at most `room` tokens, best first."""
    condenser = CONDENSERS.get(kind, lines.CONDENSER)
    whole = condenser.condense(text, ask, count) if _may_fit(text, ask, kind, room, count) else None
    if whole and whole.level is not Level.SKELETON and count(whole.text) <= room:
        yield whole
    for one in (condenser, *_SECOND.get(kind, ()), lines.CONDENSER):
        found = one.excerpt(text, ask, room, count)
        if found and count(found.text) <= room:
            yield found
    if start := _start(text, room, count):
        yield Rendition(Level.EXCERPT, start, "its first characters: not one line fits")


def _may_fit(text: str, ask: Ask, kind: Kind, room: int, count: Count) -> bool:
    """Whether the condensed text could fit: where it tells all, by how much there is to tell;
    else, where it is long, by how its beginning grows.

    A skeleton has no use for the room it leaves: an excerpt shows bodies.
    """
    if kind in _TELLS_ALL:
        return not _tells_more(text, BYTES * room)
    if kind is Kind.PROSE:
        return sum(map(len, set(text.split("\n\n")))) <= ENOUGH * max(room, 0)
    first, second = (text.find("\n", times * PART * max(room, 1)) for times in (1, 2))
    if kind not in _BY_LINES or not 0 < first < second < len(text) // 2:
        return kind is not Kind.CODE
    begun = [CONDENSERS[kind].condense(text[:end], ask, count) for end in (first, second)]
    one, two = (count(found.text) if found else room for found in begun)
    more = (len(text) - second) / (second - first)
    return two + more * (two - one) <= SPARE * room


def _tells_more(text: str, most: int) -> bool:
    """Whether the text deflates to more than so many bytes; read only as far as need be."""
    deflate, told = compressobj(1), 0
    for at in range(0, len(text), CHUNK):
        told += len(deflate.compress(text[at : at + CHUNK].encode("utf-8", "surrogatepass")))
        if told > most:
            return True
    return told + len(deflate.flush()) > most


def _start(text: str, room: int, count: Count) -> str:
    """The longest beginning of at most `room` tokens with a mark after it, about."""
    cut = Marks.of(text).cut
    length = LONGEST_TOKEN * max(room, 0)
    while length and count(start := text[:length] + cut) > room:
        length = length * 3 // 4
    return start if length else ""


def as_it_is(text: str, kind: Kind, size: int) -> Shown:
    """The block as it came. size: its tokens."""
    return Shown(kind, Rendition(Level.FULL, text, "left as it is"), size, size, 1.0)


def reference(
    text: str, ask: Ask, room: int, count: Count, why: str = "other blocks need the budget more"
) -> Shown:
    """Only a sign that the block is there: the mark that fetches it, or `[…]` in less room."""
    block = _Block.of(text, ask, count)
    if block.size <= room:
        return block.whole()
    sign = block.mark if count(block.mark) <= room else Marks.of(text).cut
    found = Rendition(Level.REFERENCE, sign, f"left out: {why}")
    needed = evidence(text, block.kind, ask)
    return block.shown(found, needed, needed, marked=False)


def left_out(text: str, ask: Ask, count: Count) -> Shown:
    """Nothing of the block, not even a sign; who joins the blocks counts those left out."""
    block = _Block.of(text, ask, count)
    found = Rendition(Level.REFERENCE, "", "left out: other files matter more for the query")
    needed = evidence(text, block.kind, ask)
    return replace(block.shown(found, needed, needed, marked=False), handle="")


@dataclass(frozen=True)
class _Block:
    """A block on its way through the plan. size: its tokens. ask: why it is there."""

    text: str
    kind: Kind
    size: int
    count: Count
    ask: Ask

    @classmethod
    def of(cls, text: str, ask: Ask, count: Count) -> _Block:
        return cls(text, _detected(text, ask).kind, count(text), count, ask)

    @property
    def mark(self) -> str:
        """At most 25 tokens that say how much there is, and how to get it."""
        opening = Marks.of(self.text).opening
        return f"{opening} {self.size:,} tokens: {self.ask.fetch}{self.handle}]"

    @cached_property
    def handle(self) -> str:
        """What the archive finds the text by."""
        return handle(self.text)

    def whole(self) -> Shown:
        return as_it_is(self.text, self.kind, self.size)

    def shown(
        self,
        found: Rendition,
        needed: tuple[Evidence, ...],
        lost: tuple[Evidence, ...] = (),
        *,
        marked: bool = True,
    ) -> Shown:
        """The rendition with its mark, unless it is exact, and with its quality."""
        if found.level.exact:
            return Shown(self.kind, found, self.size, self.count(found.text), 1.0)
        # Of a bare reference the score is 0 whatever the query says.
        query = "" if found.level is Level.REFERENCE else self.ask.query
        echoed = echo(query, self.text, found.text)
        if marked:
            found = replace(found, text=found.text.rstrip("\n") + "\n" + self.mark)
        tokens = self.count(found.text)
        signs = Signs.of(
            self.kind, found.level, needed, lost, tokens=tokens, size=self.size, echoed=echoed
        )
        return Shown(self.kind, found, self.size, tokens, score(signs), self.handle, signs)
