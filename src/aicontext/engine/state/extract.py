"""The facts that a session bears out, each with the turn that does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aicontext.domain.messages import Message, Role
from aicontext.domain.sessions.state import DELETED, About, Cited, Fact, spelled
from aicontext.domain.transcripts import Session, Turn
from aicontext.engine.compress.compact.failure import last_failure
from aicontext.engine.compress.compact.plan import planned
from aicontext.engine.compress.compact.session import Session as Lines
from aicontext.engine.state.files import followed, short_digest

REQUESTS, DECISIONS, FILES = 100, 200, 400
"""Of each as many facts of a session, the latest ones."""

LONGEST = 2_000
"""Characters of a request that are taken into the state."""

HANDED = "Handoff: go on with this session of "
"""How a handoff begins. It is no request of its own: what it holds was borne out elsewhere."""

_SHORTEST, _LONGEST = 25, 300
"""Characters of a sentence that can say what was decided."""

_ERROR_LINES = 4

_SENTENCE = re.compile(r"[^\n]+?(?:[.!?](?=\s)|(?=\n)|$)")
_READ = 20_000
"""Characters of an answer in which decisions are looked for."""

_DECIDES = re.compile(
    r"\b(?:(?:I|[Ww]e)(?:['’]ve| have)? (?:decided|chose)|[Dd]ecision:|[Ii]nstead of|[Rr]ather than"
    r"|(?:bug|cause|problem|issue|reason|culprit|fix|solution) (?:is|was)\b|[Tt]urns out"
    r"|[Bb]ecause|[Mm]ust(?: not)?\b|[Ff]ound (?:that|the (?:bug|cause|problem|issue)))\b"
)
_LIST_MARK = re.compile(r"\A\s*(?:[-*•#>]+|\d{1,3}[.)])\s+")


def told(session: Session) -> list[tuple[Turn, Message]]:
    """The messages of the session's own conversation, from its beginning, with their turns."""
    return [(t, message) for t in session.turns if not t.thread for message in t.messages]


def facts(session: Session) -> list[Fact]:
    """What the session bears out, in the words of its messages alone.

    Deterministic and linear in the session's length. Of the session's own conversation, not of
    sub-agents; also what stands before it was compacted.
    """
    turns = told(session)
    messages = [message for _, message in turns]
    lines = Lines.of(messages)

    def cited(number: int) -> Cited:
        return Cited(session.tool, session.id, number + 1, turns[number][0].at)

    found = [
        *_requests(messages, lines.requests),
        *_decisions(messages),
        *_steps(messages),
        *_files(messages, lines.calls, session),
        *_error(lines, _own(session)),
        *_model(session, len(messages)),
    ]
    return [Fact(about, key, value, cited(number)) for about, key, value, number in found]


Found = tuple[About, str, str, int]
"""(about, key, value, number of the message from 0)."""


def _own(session: Session) -> str:
    return f"{session.tool}/{session.id}"


def _requests(messages: Sequence[Message], numbers: Sequence[int]) -> Iterator[Found]:
    for number in numbers[-REQUESTS:]:
        words = messages[number].text.strip()
        if words and not words.startswith(HANDED):
            yield About.REQUEST, short_digest(words), words[:LONGEST], number


def _decisions(messages: Sequence[Message]) -> list[Found]:
    found = [
        (About.DECISION, short_digest(words), words, number)
        for number, message in enumerate(messages)
        if message.role is Role.ASSISTANT
        for words in _deciding(message.text[:_READ])
    ]
    return found[-DECISIONS:]


def _deciding(text: str) -> Iterator[str]:
    """Sentences that say what was decided or found, and why; as they stand, without list marks."""
    for match in _SENTENCE.finditer(text):
        words = _LIST_MARK.sub("", match[0]).strip()
        if _SHORTEST <= len(words) <= _LONGEST and _DECIDES.search(words):
            yield words


def _steps(messages: Sequence[Message]) -> Iterator[Found]:
    plan = planned(messages)
    for (wording, state), number in zip(plan.steps, plan.worded, strict=True):
        yield About.STEP, " ".join(wording.split()), state or "open", number


def _files(messages: Sequence[Message], calls: Sequence[int], session: Session) -> Iterator[Found]:
    files = followed(messages, calls, session.project)
    for path, number in _latest(files.read):
        yield About.READ, f"{_own(session)} {path}", spelled(files.spans(path)), number
    for path, number in _latest(files.changed):
        left = DELETED if files.known[path].gone else spelled(files.spans(path))
        yield About.CHANGE, path, left, number


def _latest(numbers: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(numbers.items(), key=lambda item: (item[1], item[0]))[-FILES:]


def _error(lines: Lines, own: str) -> Iterator[Found]:
    failure = last_failure(lines)
    if failure is not None and failure.rerun is None:
        said = [lines.texts[line].strip() for line in failure.lines[:_ERROR_LINES]]
        yield About.ERROR, own, "\n".join(said), failure.message


def _model(session: Session, messages: int) -> Iterator[Found]:
    if session.model and messages:
        yield About.SETTING, f"{_own(session)} model", session.model, messages - 1
