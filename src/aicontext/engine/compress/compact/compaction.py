"""Rewrite a session within a token budget, by excerpts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile

from aicontext.domain.context import Count
from aicontext.domain.errors import BudgetTooSmall
from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.compact.failure import last_failure
from aicontext.engine.compress.compact.features import Sighting, features, sight
from aicontext.engine.compress.compact.files import listed, touched
from aicontext.engine.compress.compact.foresight import likelihoods
from aicontext.engine.compress.compact.layout import PLAIN, Frame, Section, written
from aicontext.engine.compress.compact.plan import planned
from aicontext.engine.compress.compact.selection import Selection, Worth
from aicontext.engine.compress.compact.session import Session
from aicontext.engine.compress.compact.summary import Summary
from aicontext.engine.condense.marks import OPENING, Marks

REQUESTS, LAST_ERROR, LAST_REPLY, PLAN, FILES = 0.3, 0.06, 0.08, 0.1, 0.1
DECIDED_SHARE, ELSEWHERE = 0.04, 0.04
"""Shares of the budget that are set aside, at most, before the rest goes to what is foreseen."""

LONG_REQUEST = 0.12
"""Share of the budget for one request where all requests together pass theirs."""

DECIDED, SAID, ANY = 0.05, 0.02, 1e-5
"""Worth of a line beside its identifiers: where the agent decides or finds something; what else it
or a person says; any other."""

_READ_OF_A_LINE = 400
_DECIDES = re.compile(
    r"\b(?:(?:I|[Ww]e)(?:['’]ll| will|['’](?:m|re) going to| decided)|[Ll]et['’]s|[Dd]ecision"
    r"|(?:bug|cause|problem|issue|reason|culprit|fix|answer|solution|point) (?:is|was)\b|[Bb]ecause"
    r"|[Tt]urns out|[Ii]nstead of|[Mm]ust(?: not)?|[Ss]hows (?:it|that)|[Ff]ound (?:it|that|the))\b"
)

FEWEST_FOR_ERROR = 160
"""Tokens for the last error where its share is less, up to half of what the requests leave."""

ROUNDS = 3
"""How often what an estimate of the cost left over is filled up."""


@dataclass(frozen=True, slots=True)
class Share:
    """What became of one message. shown, lines: how many of its lines; why: in words."""

    message: int
    shown: int
    lines: int
    why: str


@dataclass(frozen=True, slots=True)
class Compaction:
    """A session's shorter text and an account of it.

    text: what an agent goes on from; tokens: its size. shares: one for each message. files, steps:
    (listed, in all) of the files touched and of the plan.
    """

    text: str
    tokens: int
    shares: tuple[Share, ...]
    files: tuple[int, int]
    steps: tuple[int, int]


def compact(
    messages: Sequence[Message],
    budget: int,
    count: Count,
    summary: Summary | None = None,
    frame: Frame = PLAIN,
) -> Compaction:
    """Rewrite a session as one text of at most `budget` tokens by `count`.

    Verbatim excerpts: requests first (a long one is cut with a mark), the last error and reply,
    then what the agent will most likely need; the plan and the touched files as last stated. A
    summary goes before them in its share of the budget; what it names does not count as shown.
    Linear in the session's length. No messages: an empty text. Raises BudgetTooSmall where not
    one line fits.
    """
    if not messages:
        return Compaction("", 0, (), (0, 0), (0, 0))
    draft = _Draft(messages, budget, count, summary, frame=frame)
    draft.choose()
    return draft.finish()


class _Draft:
    """A compaction in the making: what is known of the session, and what is chosen of it."""

    def __init__(
        self,
        messages: Sequence[Message],
        budget: int,
        count: Count,
        summary: Summary | None,
        *,
        frame: Frame,
    ) -> None:
        self._budget, self._count, self._frame = budget, count, frame
        self._summary = summary.lines(budget, count) if summary else []
        self._session = session = Session.of(messages)
        self._failure = last_failure(session)
        self._plan, (self._files, edits) = planned(messages), touched(messages)
        seen = sight(session)
        rows = features(session, seen, edits=edits, plan=self._plan.stated)
        worth = Worth(seen.lines, likelihoods(rows), self._merits())
        passed = self._failure.passed if self._failure else frozenset()
        self._selection = Selection(session, worth, count, passed)
        forged = any(OPENING in text for text in session.texts)
        self._marks = Marks.of("\n".join(session.texts) if forged else "")
        self._steps_shown = self._within(self._plan.listed(), PLAN)
        self._files_shown = self._within(listed(self._files, frame.files), FILES)
        self._decided = self._within(list(self._decisions()), DECIDED_SHARE)
        self._elsewhere = self._within(frame.elsewhere, ELSEWHERE)
        self._sections = self._outline(seen)

    def _merits(self) -> list[float]:
        """A line's worth beside its identifiers: what people and the agent say holds decisions."""
        session, asked = self._session, set(self._session.requests)
        agent = [message.role is Role.ASSISTANT for message in session.messages]
        merits = []
        for text, owner in zip(session.texts, session.owner, strict=True):
            if agent[owner]:
                merits.append(DECIDED if _DECIDES.search(text[:_READ_OF_A_LINE]) else SAID)
            else:
                merits.append(SAID if owner in asked else ANY)
        return merits

    def _within(self, lines: Sequence[str], share: float) -> list[str]:
        """The first lines that fit a share of the budget."""
        costs = accumulate(self._count(line) + 1 for line in lines)
        fitting = takewhile(lambda cost: cost <= share * self._budget, costs)
        return [line for line, _ in zip(lines, fitting, strict=False)]

    def _outline(self, seen: Sighting) -> list[Section]:
        """The sections; what is written for them counts as shown."""
        session, failure = self._session, self._failure
        for line in (*self._steps_shown, *self._files_shown, *self._decided, *self._elsewhere):
            self._selection.show(seen.lexicon.find(line))
        requests = frozenset(session.requests)
        failed = frozenset({failure.message, session.calls[failure.message]} if failure else ())
        rest = frozenset(range(len(session.messages))) - requests - failed
        return [
            Section("", [self._opening()]),
            Section("Summary", self._summary),
            Section("Requests", messages=requests),
            Section("Decisions", self._decided),
            Section("Plan", self._steps_shown),
            Section("Files", self._files_shown),
            Section("Other sessions", self._elsewhere),
            Section("Last error", self._mended(), failed),
            Section("Excerpts", messages=rest),
        ]

    def _mended(self) -> list[str]:
        """A line that says so where the command of the last error later ran without one."""
        rerun = self._failure.rerun if self._failure else None
        if not rerun:
            return []
        outcome = f"passed: {rerun.totals}" if rerun.totals else "told of no error"
        return [f"{self._name(rerun.message)} The same command, run again, {outcome}"]

    def _decisions(self) -> Iterator[str]:
        for message, words in self._frame.decided:
            yield f"{self._name(message)} {words}"

    def _name(self, message: int) -> str:
        return f"{self._marks.opening}{self._frame.number(message)}]"

    def _opening(self) -> str:
        amount = f"{len(self._session.messages):,}"
        opening = self._frame.opening.replace("{messages}", amount)
        return opening.replace("{mark}", self._marks.opening)

    def choose(self) -> None:
        """Seed with what must come first, then fill the budget with what is foreseen."""
        selection = self._selection
        selection.used = self._count(self._text(0))
        self._seed_requests()
        self._seed_state()
        for _ in range(ROUNDS):
            selection.fill(self._budget)
            used = self._count(self._text(len(selection.order)))
            if used >= selection.used:
                return
            selection.used = used

    def _seed_requests(self) -> None:
        """Requests, newest first: whole where all fit their share, else the beginning of each."""
        session, selection, most = self._session, self._selection, REQUESTS * self._budget
        if session.requests:
            first, past = session.spans[session.requests[-1]]
            selection.grow(range(first, min(past, first + 1)), self._budget - selection.used)
        costs = [self._count(session.messages[n].text) for n in session.requests]
        each = most if sum(costs) <= most else LONG_REQUEST * self._budget
        for number in reversed(session.requests):
            before = selection.used
            selection.grow(range(*session.spans[number]), min(most, each))
            most -= selection.used - before

    def _seed_state(self) -> None:
        """The last error, what tells most first; the agent's last words, from their beginning."""
        session, selection, failure = self._session, self._selection, self._failure
        if failure:
            most = max(LAST_ERROR * self._budget, FEWEST_FOR_ERROR)
            selection.grow(failure.lines, min(most, (self._budget - selection.used) / 2))
        replies = [n for n, m in enumerate(session.messages) if m.role is Role.ASSISTANT]
        if replies:
            selection.grow(range(*session.spans[replies[-1]]), LAST_REPLY * self._budget)

    def _text(self, amount: int) -> str:
        chosen = self._selection.order[:amount]
        return written(self._session, self._sections, chosen, self._marks, self._frame)

    def finish(self) -> Compaction:
        """The longest beginning of what was chosen that fits."""
        low, high = 0, len(self._selection.order)
        while low < high:
            middle = (low + high + 1) // 2
            fits = self._count(self._text(middle)) <= self._budget
            low, high = (middle, high) if fits else (low, middle - 1)
        text = self._text(low)
        tokens = self._count(text)
        if tokens > self._budget or (not low and self._session.texts):
            raise BudgetTooSmall(
                f"Not one line of the session fits {self._budget} tokens.",
                hint="Allow more tokens; a few hundred show the requests.",
            )
        return Compaction(
            text,
            tokens,
            tuple(self._shares(self._selection.order[:low])),
            (len(self._files_shown), len(self._files)),
            (len(self._steps_shown), len(self._plan.steps)),
        )

    def _shares(self, chosen: Sequence[int]) -> list[Share]:
        session, requests = self._session, set(self._session.requests)
        shown = Counter(session.owner[line] for line in chosen)
        failed = self._failure.message if self._failure else -1
        rerun = self._failure.rerun.message if self._failure and self._failure.rerun else -1
        shares = []
        for number, (first, past) in enumerate(session.spans):
            message = session.messages[number]
            if message.role is Role.OPAQUE or message.media:
                why = "opaque parts and media are not quoted"
            elif number == rerun:
                why = "its outcome stands with the last error"
            elif not shown[number]:
                why = "less foreseen for its tokens than what is shown"
            elif number in requests:
                why = "a request"
            elif number == failed:
                why = "the last error"
            else:
                why = "holds what will likely be needed next"
            shares.append(Share(number, shown[number], past - first, why))
        return shares
