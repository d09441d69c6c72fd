"""Recorded sessions as the calls that a tool made of the model, one after another."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

Event = Mapping[str, Any]

FILE = "transcripts.jsonl.gz"
INTERRUPTED = "[Request interrupted by user for tool use]"
SUMMARY: Event = {"role": "user", "text": "The work so far, summed up: it is under way."}
COMPACTED = 0.5
"""A call billed less than this share of the input of the call before follows a compaction."""

_SAID = ("user", "developer", "tool_result")


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """One call. at: seconds since the epoch when it was sent. said: what is new in it; a tool
    result follows the call that it answers. answer: what the model said to it. usage: input tokens
    the provider billed in all, 0 where that was not recorded."""

    at: float
    said: tuple[Event, ...]
    answer: tuple[Event, ...]
    usage: int = 0


@dataclass(frozen=True, slots=True)
class Session:
    """conversations: more than one where the tool summed up its own context and went on."""

    id: str
    agent: str
    conversations: tuple[tuple[Turn, ...], ...]

    @property
    def calls(self) -> int:
        return sum(map(len, self.conversations))


def draw(session: str, rule: str, below: int) -> int:
    """A number in [0, below) that depends on nothing but the session and the rule."""
    digest = hashlib.sha256(f"{session}/{rule}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % below


def load(folder: Path, half: str = "", limit: int = 0) -> list[Session]:
    """The sessions with a call in them, by a hash of their ids; half: "a", "b" or "" for both."""
    with gzip.open(folder / FILE, "rt", encoding="utf-8") as lines:
        cases = [json.loads(line) for line in lines]
    cases.sort(key=lambda case: draw(case["id"], "order", 1 << 60))
    if half:
        cases = [case for case in cases if "ab"[draw(case["id"], "half", 2)] == half]
    found = (read(case) for case in cases)
    chosen = [session for session in found if session.calls]
    return chosen[:limit] if limit else chosen


def read(case: Mapping[str, Any]) -> Session:
    """A case of the data set: {id, agent, events}."""
    parts: list[list[Event]] = [[]]
    for event in case["events"]:
        if event.get("summary") and parts[-1]:
            parts.append([])
        parts[-1].append(event)
    found = [turns for part in parts for turns in _uncompacted(list(_turns(part)))]
    return Session(case["id"], case["agent"], tuple(turns for turns in found if turns))


def _turns(events: Iterable[Event]) -> Iterator[Turn]:
    """Groups events by the answers that they belong to; unanswered calls get an interruption."""
    groups = list(_answers(events))
    at, results = 0.0, {e["cid"]: e for e in events if e["role"] == "tool_result"}
    for (said, answer), before in zip(
        groups, [(), *(answer for _, answer in groups)], strict=False
    ):
        if not answer:
            return
        called = [event["cid"] for event in before if event["role"] == "tool_call"]
        replies = [results.get(cid) or _interruption(cid) for cid in called]
        said = (*replies, *(event for event in said if event["role"] != "tool_result"))
        at = max([at, *(_time(event) for event in said if "ts" in event)])
        yield Turn(at, tuple(said), answer, _billed(answer))


def _uncompacted(turns: Sequence[Turn]) -> Iterator[tuple[Turn, ...]]:
    """Cuts where the tool summed up its context without a record but of what was billed.

    Codex goes on with what the user said first and a summary, which is not recorded.
    """
    begin, known = 0, 0
    for index, turn in enumerate(turns):
        if turn.usage and turn.usage < COMPACTED * known:
            yield _restarted(turns, begin, index)
            begin = index
        known = turn.usage or known
    yield _restarted(turns, begin, len(turns))


def _restarted(turns: Sequence[Turn], begin: int, end: int) -> tuple[Turn, ...]:
    found = tuple(turns[begin:end])
    if not begin:
        return found
    asked = [event for event in turns[0].said if event["role"] != "tool_result"]
    new = [event for event in found[0].said if event["role"] != "tool_result"]
    first = Turn(found[0].at, (*asked, SUMMARY, *new), found[0].answer, found[0].usage)
    return first, *found[1:]


def _answers(events: Iterable[Event]) -> Iterator[tuple[tuple[Event, ...], tuple[Event, ...]]]:
    """(what was said, the answer to it), the last answer perhaps empty.

    An answer's parts share a `mid`, and the results of its first calls may stand between them.
    Where there is no `mid`, a record of usage ends an answer (and follows its results).
    """
    said: list[Event] = []
    late: list[Event] = []
    answer: list[Event] = []
    ended = False
    for event in events:
        role = event["role"]
        if role == "usage":
            answer += [event] if answer else []
            ended = True
        elif role in _SAID:
            late.append(event)
            ended = ended or role != "tool_result"
        else:
            new = event["mid"] != answer[0].get("mid") if event.get("mid") and answer else ended
            if not answer or (late and new) or (event.get("mid") and new):
                if answer:
                    yield tuple(said), tuple(answer)
                said, late, answer = late, [], []
            answer.append(event)
            ended = False
    if answer:
        yield tuple(said), tuple(answer)
    yield tuple(late), ()


def _interruption(cid: str) -> Event:
    return {"role": "tool_result", "cid": cid, "text": INTERRUPTED, "error": True, "tool": ""}


def _billed(answer: Iterable[Event]) -> int:
    for event in answer:
        if usage := event.get("usage"):
            cached = ("cache_creation_input_tokens", "cache_read_input_tokens")
            return sum(usage.get(name) or 0 for name in ("input_tokens", *cached))
    return 0


def _time(event: Event) -> float:
    return datetime.fromisoformat(event["ts"].replace("Z", "+00:00")).timestamp()


def gaps(turns: Iterable[Turn]) -> list[float]:
    """Seconds between one call and the next."""
    return [later.at - earlier.at for earlier, later in pairwise(turns)]
