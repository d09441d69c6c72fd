"""Results of the library on recorded cases, each with its signs and whether all gold was kept."""

from __future__ import annotations

import ast
import gzip
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from model import Row

from aicontext.domain.context import Ask, Kind, Level
from aicontext.domain.errors import BudgetTooSmall
from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.asks import Heard, is_read
from aicontext.engine.compress.compact import compact
from aicontext.engine.compress.session import Renderer, compress_session
from aicontext.engine.detect.detector import detect
from aicontext.engine.estimate.counter import counter
from aicontext.engine.plan import Shown, fit, show
from aicontext.engine.prioritize.names import names
from aicontext.engine.quality.score import SESSION, Signs, features

COUNT = counter("gpt-4o")
LEAST_CHARACTERS, ACTIONS, SHORTEST_NAME = 500, 25, 6
BLOCKS_A_KIND, BLOCKS_A_SESSION = 450, 10
RARER = (Kind.TABLE, Kind.CONFIG, Kind.LOG, Kind.JSON, Kind.PROSE)
LEAST_DRAWN, MOST_DRAWN, DRAWN_A_SESSION = 500, 20_000, 3
SHARES = (0.05, 0.1, 0.25, 0.5)
CLOCK = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z ")
FRAME = re.compile(r"(?:\x1b\[\d*m)*at(?:\x1b\[\d*m)* \S|File \"|\.\.\. \d+ more")
Kept = Callable[[str], bool]


def fold(text: str) -> str:
    return " ".join(text.split())


def read(folder: Path, name: str) -> Iterator[dict]:
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def rows(
    source: str, group: str, text: str, ask: Ask, budgets: Sequence[int], kept: Kept
) -> Iterator[Row]:
    """The results within each budget, and without one."""
    size = COUNT(text)
    for budget in budgets:
        if size > 1.2 * budget:
            try:
                yield from _row(source, group, fit(text, ask, budget, COUNT), kept)
            except BudgetTooSmall:
                continue
    yield from _row(source, group, show(text, ask, COUNT), kept)


def _row(source: str, group: str, shown: Shown, kept: Kept) -> Iterator[Row]:
    if shown.signs:
        yield Row(shown.signs.group, source, group, shown.signs, kept(shown.rendition.text))


def hashed(text: str, sort: int = 0) -> int:
    return hashlib.sha256(f"{sort}{text}".encode("utf-8", "replace")).digest()[0]


def testlogs(folder: Path) -> Iterator[Row]:
    """Failing tests' names and error lines: all kept."""
    for case in read(folder, "testlogs"):
        gold = [fold(test.split(" (")[0]) for test in case["gold"]["failing_tests"]]
        gold += [fold(line) for line in case["gold"]["error_lines"]]
        if gold:
            ask, group = Ask(tool="test-log"), case["instance"] or case["id"]
            yield from rows(
                "testlogs", group, case["text"], ask, (300, 500, 1000, 3000), all_of(gold)
            )


def all_of(gold: Sequence[str]) -> Kept:
    def kept(shown: str) -> bool:
        shown = fold(shown)
        return all(one in shown for one in gold)

    return kept


def cidiff(folder: Path) -> Iterator[Row]:
    """Lines of two words or more that both annotators call errors: all kept."""
    for case in read(folder, "cidiff"):
        if gold := _annotated(case):
            for reference in ("", case["pass_log"]):
                ask = Ask(tool="ci-log", reference=reference)
                yield from rows(
                    "cidiff", case["id"], case["fail"], ask, (500, 1000, 4000), all_of(gold)
                )


def _annotated(case: dict) -> list[str]:
    """What both annotators mark, without the runner's clock and without frames.

    They mark whole stacks, of which what was thrown is needed.
    """
    lines = [fold(CLOCK.sub("", line)) for line in case["fail"].split("\n")]
    marked = [
        {line for a, b in gold["E"] for line in lines[a - 1 : b]} for gold in case["gold"].values()
    ]
    agreed = set.intersection(*marked) if marked else set()
    return sorted(line for line in agreed if len(line.split()) > 1 and not FRAME.match(line))


def tooluse(folder: Path) -> Iterator[Row]:
    """Identifiers that the agent used next: all kept."""
    for case in read(folder, "tooluse"):
        size = COUNT(case["text"])
        ask = Ask(query=case["query"], tool=case["tool"])
        budgets = [int(size * share) for share in SHARES]
        yield from rows(
            "tooluse", case["session"], case["text"], ask, budgets, all_of(case["anchors"])
        )


def qmsum(folder: Path) -> Iterator[Row]:
    """Half or more of the words of the turns that people marked for a question."""
    for case in read(folder, "qmsum"):
        turns = case["meeting_transcripts"]
        text = "\n".join(f"{turn['speaker']}: {fold(turn['content'])}" for turn in turns)
        size, group = COUNT(text), hashlib.sha256(text.encode()).hexdigest()
        for question in case["specific_query_list"]:
            spans = {
                i
                for a, b in question["relevant_text_span"]
                for i in range(int(a), min(int(b) + 1, len(turns)))
            }
            said = [
                fold(s)
                for i in sorted(spans)
                for s in re.split(r"(?<=[.?!])\s+", turns[i]["content"])
            ]
            said = [s for s in said if len(s.split()) >= 4]
            if said:
                share = SHARES[hashed(question["query"]) % 4]
                ask = Ask(query=question["query"], tool="conversation")
                yield from rows(
                    "qmsum",
                    group,
                    text,
                    ask,
                    [int(2 * size * s) for s in (0.05, share)][: 1 + (share > 0.05)],
                    half_of(said),
                )


def half_of(said: Sequence[str]) -> Kept:
    def kept(shown: str) -> bool:
        shown = fold(shown)
        return 2 * sum(len(s) for s in said if s in shown) >= sum(map(len, said))

    return kept


def kv140(folder: Path) -> Iterator[Row]:
    """The value of the key asked for, in the object as it is and as other kinds write it."""
    for number, case in enumerate(read(folder, "kv140")):
        pairs = case["ordered_kv_records"]
        forms = (
            json.dumps(dict(pairs), indent=1),
            "| key | value |\n|---|---|\n" + "\n".join(f"| {k} | {v} |" for k, v in pairs),
            "entries:\n" + "\n".join(f"  k{k}: {v}" for k, v in pairs),
        )
        for form in forms[:1] + forms[1 + number % 2 : 2 + number % 2]:
            query = case["key"] if number % 4 else ""
            kept = all_of([case["value"]])
            yield from rows(
                "kv140", case["key"], form, Ask(query=query), (100 + 40 * (number % 25), 2000), kept
            )


def minilongbench(folder: Path) -> Iterator[Row]:
    """A literal answer to the question."""
    for case in read(folder, "minilongbench"):
        gold = case["gold"] if isinstance(case["gold"], list) else [case["gold"]]
        gold = ast.literal_eval(gold[0]) if str(gold[0]).startswith("[") else gold
        answers = [
            fold(str(g)).lower()
            for g in gold
            if 3 <= len(str(g)) <= 60 and str(g).lower() not in ("yes", "no")
        ]
        context, _, query = case["prompt"].rpartition("Question:")
        if context and any(answer in fold(context).lower() for answer in answers):
            ask = Ask(query=query.strip().split("\n")[0], tool="prose")
            yield from rows(
                "minilongbench", case["id"], context, ask, (300, 1000, 3000), any_of(answers)
            )


def any_of(answers: Sequence[str]) -> Kept:
    def kept(shown: str) -> bool:
        shown = fold(shown).lower()
        return any(answer in shown for answer in answers)

    return kept


def sessions(folder: Path) -> Iterator[tuple[str, list[Message]]]:
    for case in read(folder, "transcripts"):
        yield case["id"], [_message(e) for e in case["events"] if e["role"] != "usage"]


def _message(event: dict) -> Message:
    role, text = Role(event["role"]), event.get("text") or ""
    if role is Role.TOOL_CALL:
        given = event.get("input")
        text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
    return Message(role, str(text), str(event.get("tool") or ""))


def used_next(messages: Sequence[Message], at: int) -> set[str]:
    """Names in the actions after a message."""
    actions = [m for m in messages[at + 1 : at + 80] if m.role in (Role.ASSISTANT, Role.TOOL_CALL)]
    said = "\n".join(m.text for m in actions[:ACTIONS]).replace("\\n", "\n").replace("\\t", " ")
    return {name for name in names(said) if len(name) >= SHORTEST_NAME}


def blocks(folder: Path) -> Iterator[Row]:
    """Tool results of sessions: all names that the agent used next and had not seen before."""
    taken: dict[Kind, int] = {}
    for name, messages in sessions(folder):
        own: dict[Kind, int] = {}
        for at, ask, gold in _needed(messages):
            text = messages[at].text
            poorest = Level.LOSSLESS if is_read(ask) else Level.SKELETON
            shown = show(text, ask, COUNT, poorest)
            kind = shown.kind
            if taken.get(kind, 0) >= BLOCKS_A_KIND or own.get(kind, 0) >= BLOCKS_A_SESSION:
                continue
            taken[kind], own[kind] = taken.get(kind, 0) + 1, own.get(kind, 0) + 1
            turn = hashed(text)
            shares = {SHARES[turn % 4], SHARES[turn // 4 % 4]}
            yield from rows(
                "sessions",
                name,
                text,
                ask,
                [int(s * shown.original_tokens) for s in sorted(shares)],
                all_of(sorted(gold)),
            )


def drawn(folder: Path) -> Iterator[Row]:
    """Tool results of the rarer kinds: a word drawn from them by hash, asked for or not."""
    for name, messages in sessions(folder):
        own: dict[Kind, int] = {}
        for message in messages:
            text = message.text
            if message.role is not Role.TOOL_RESULT or not LEAST_DRAWN <= len(text) <= MOST_DRAWN:
                continue
            kind = detect(text, Ask(tool=message.tool)).kind
            own[kind] = own.get(kind, 0) + 1
            if kind in RARER and own[kind] <= DRAWN_A_SESSION:
                for word, query in drawn_words(text):
                    share = SHARES[hashed(word + text) % 4]
                    ask = Ask(query=query, tool=message.tool)
                    budget = int(share * COUNT(text))
                    yield from rows("drawn", name, text, ask, [budget], all_of([word]))


def drawn_words(text: str) -> Iterator[tuple[str, str]]:
    """(word, query) pairs: words of five letters or more that stand there once or twice."""
    often = Counter(re.findall(r"[A-Za-z_]{5,40}", text))
    once = sorted((w for w in often if text.count(w) <= 2), key=lambda w: hashed(w, sort=1))
    for word, query in zip(once, ("", "Where is `{}`?", "", "What about {}?"), strict=False):
        yield word, query.format(word)


def _needed(messages: Sequence[Message]) -> Iterator[tuple[int, Ask, set[str]]]:
    """(index, ask, names used next) of the tool results that were the first to hold one."""
    heard, seen = Heard(), set[str]()
    for at, message in enumerate(messages):
        held = names(message.text)
        if message.role is Role.TOOL_RESULT and len(message.text) >= LEAST_CHARACTERS:
            gold = (used_next(messages, at) & held) - seen
            if gold:
                yield at, heard.ask(message), gold
        heard.note(message)
        seen |= held


@dataclass(frozen=True, slots=True)
class Part:
    """A block of a session that went out with less than it holds.

    needed: whether the agent used a name next that it was the first to hold; kept: all of them.
    """

    signs: Signs
    needed: bool
    kept: bool

    @property
    def kind(self) -> str:
        return self.signs.group

    @property
    def inputs(self) -> tuple[float, ...]:
        return features(self.signs)


def whole_sessions(folder: Path) -> Iterator[tuple[str, list[Part]]]:
    """The lossy blocks of sessions, as `optimize` sends them."""
    for name, messages in sessions(folder):
        editable = {i for i, m in enumerate(messages) if m.role is Role.TOOL_RESULT}
        emissions = compress_session(messages, editable, Renderer(_choose, COUNT))
        shown = {e.index: e for e in emissions if isinstance(e.shown, Shown) and e.shown.signs}
        parts, seen = list[Part](), set[str]()
        for at, message in enumerate(messages):
            held = names(message.text)
            if (emission := shown.get(at)) and isinstance(emission.shown, Shown):
                signs, gold = emission.shown.signs, (used_next(messages, at) & held) - seen
                kept = all_of(sorted(gold))(emission.rendition.text)
                parts.append(Part(signs, bool(gold), kept))
            seen |= held
        if parts:
            yield name, parts


def _choose(text: str, ask: Ask, poorest: Level, /) -> Shown:
    return show(text, ask, COUNT, poorest)


def compactions(folder: Path) -> Iterator[Row]:
    """Sessions cut and rewritten: all names of the next actions that stood 1 to 8 times before."""
    for name, messages in sessions(folder):
        used, cut = 0, 0
        while cut < len(messages) and used < 30_000:
            used, cut = used + COUNT(messages[cut].text), cut + 1
        before = "\n".join(m.text for m in messages[:cut])
        gold = sorted(n for n in used_next(messages, cut - 1) if 1 <= before.count(n) <= 8)
        if len(messages) - cut < 10 or len(gold) < 3:
            continue
        for budget in (2_000, 4_000, 8_000, 16_000):
            found = compact(messages[:cut], budget, COUNT)
            shown, lines = (
                sum(getattr(s, part) for s in found.shares) for part in ("shown", "lines")
            )
            signs = Signs(
                Kind.CHAT,
                Level.EXCERPT,
                lines,
                lines - shown,
                found.tokens / used,
                used,
                session=True,
            )
            yield Row(SESSION, "compaction", name, signs, all_of(gold)(found.text))


SETS = (testlogs, cidiff, tooluse, qmsum, kv140, minilongbench, blocks, drawn, compactions)
