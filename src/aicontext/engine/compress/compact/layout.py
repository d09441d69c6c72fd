"""The text of a compaction: sections of excerpts in the session's order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from aicontext.domain.messages import Role
from aicontext.engine.compress.compact.session import Session
from aicontext.engine.compress.compact.work import Work
from aicontext.engine.condense.marks import Marks

OPEN_STATES = ("pending", "in_progress", "")


def excerpts(session: Session, chosen: Iterable[int], marks: Marks, *, of: set[Role]) -> list[str]:
    """Chosen lines, message by message; a result stands under its call."""
    by_message: dict[int, list[int]] = {}
    for line in sorted(chosen):
        by_message.setdefault(session.owner[line], []).append(line)
    results: dict[int, list[int]] = {}
    for number in by_message:
        if session.calls[number] in by_message:
            results.setdefault(session.calls[number], []).append(number)
    out: list[str] = []
    for number, lines in by_message.items():
        role = session.messages[number].role
        if role not in of or session.calls[number] in by_message:
            continue
        body = list(_runs(session, number, lines, marks))
        body[0] = f"[{number + 1}] {_speaker(role)}{body[0]}"
        out += body
        for result in results.get(number, ()):
            out += _runs(session, result, by_message[result], marks)
    return out


def _speaker(role: Role) -> str:
    names = {Role.TOOL_CALL: "", Role.TOOL_RESULT: "result: ", Role.USER: ""}
    return names.get(role, f"{role.value}: ")


def _runs(session: Session, number: int, lines: Sequence[int], marks: Marks) -> Iterator[str]:
    """The chosen lines of one message with marks for what stands between them."""
    first, past = session.spans[number]
    said = ""
    expected = first
    for line in (*lines, past):
        missing = line - expected
        if missing and line == past and not (lines and said):
            break
        if missing:
            mark = marks.gap(*_amount(session, expected, line))
            line < past and session.glued[line] and session.glued[
                expected - 1 if expected > first else expected
            ]
            glue = expected < past and session.glued[expected]
            said = said.rstrip("\n") + (" " if glue else "\n") + mark if said else mark
            if line < past:
                said += " " if session.glued[line] else "\n"
        elif line < past and said and not session.glued[line]:
            said += "\n"
        if line < past:
            said += session.texts[line]
        expected = line + 1
    yield said.rstrip("\n")


def _amount(session: Session, first: int, past: int) -> tuple[int, str]:
    """How much lines first to past (exclusive) hold, in lines, or characters within one line."""
    whole = sum(not session.glued[line] for line in range(first, past))
    if whole:
        return whole + sum(session.unread.get(line, 0) for line in range(first, past + 1)), "lines"
    return sum(len(session.texts[line]) for line in range(first, past)), "characters"


def files(work: Work, most: int) -> list[str]:
    """Files touched, changed ones first, then the latest; one line each."""
    order = sorted(work.files.items(), key=lambda f: (not f[1].edits, -f[1].last))
    lines = []
    for path, state in order[:most]:
        did = []
        if state.created:
            did.append("created")
        if state.edits > state.created:
            did.append(f"edited {state.edits - state.created}x")
        if state.reads:
            at = f" {state.shown[0]}-{state.shown[1]}" if state.shown else ""
            did.append(f"read{at}")
        lines.append(f"{path}: {', '.join(did)}")
    return lines


def plan(work: Work) -> list[str]:
    """Open steps in words, done ones as well: what was decided and where the work stands."""
    return [f"- {step}: {state}" if state else f"- {step}" for step, state in work.plan]
