"""Which kind a block is of, by a bounded look at its content; what the caller knows only hints."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from aicontext.domain.context import Ask, Kind
from aicontext.engine.detect import extensions
from aicontext.engine.detect import language as languages
from aicontext.engine.detect.findings import lists_findings
from aicontext.engine.detect.numbering import numbered, without_number
from aicontext.engine.detect.sample import Sample, envelope, sample
from aicontext.engine.detect.shapes import (
    aligned,
    alternatives,
    repeats,
    sentences,
    separator,
    shape,
    shapes,
)
from aicontext.engine.detect.tasks import unlabelled


@dataclass(frozen=True, slots=True)
class Detected:
    """What a block seems to be.

    language: of code ("python"), config ("yaml"), json ("json", "jsonl"), prose ("markdown"),
    tables ("csv", "columns"), listings ("paths", "tree") and what is opaque ("base64"); empty where
    unknown. confidence: in [0, 1], a rank, no probability.
    numbered: its lines carry line numbers, as file reads print them.
    """

    kind: Kind
    language: str = ""
    confidence: float = 0.5
    numbered: bool = False


def detect(text: str, ask: Ask | None = None) -> Detected:
    """The kind of the block `text`. Constant time beyond the sample; never raises."""
    ask = ask or Ask()
    text = text[envelope(text) :]
    taken = sample(text)
    blob = _blob(text, taken)
    if blob is not None:
        return blob
    if not taken.lines:
        return Detected(Kind.PROSE, confidence=0.0)
    is_numbered = numbered(taken.parts)
    lines = tuple(without_number(line) for line in taken.lines) if is_numbered else taken.lines
    bare = unlabelled(lines)
    by_tasks = bare is not lines
    lines = tuple(line for line in bare if line.strip()) or lines
    found = _Verdict(lines, text, ask, is_numbered).decide()
    if by_tasks and found.kind in (Kind.PROSE, Kind.LOG):
        found = Detected(Kind.LOG, confidence=max(found.confidence, BY_TASKS))
    return Detected(found.kind, found.language, found.confidence, is_numbered)


BY_TASKS = 0.7
"""Confidence that what stands under names of tasks is a log, where it is nothing surer."""
_BASE64 = re.compile(r"[A-Za-z0-9+/]{60,}={0,2}")
_ODD = re.compile(r"[\x00-\x07\x0b\x0e-\x1a\x1c-\x1f\ufffd]")
_IMAGES = ("iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR", "\x89PNG", "data:image/")


def _blob(text: str, taken: Sample) -> Detected | None:
    head = text[:400].lstrip()
    if head.startswith(_IMAGES) and (head.startswith("data:") or not re.search(r"\s", head[:200])):
        return Detected(Kind.IMAGE, confidence=0.95)
    shown = text[:2_000]
    odd = len(_ODD.findall(shown))
    if odd > 0.1 * len(shown):
        return Detected(Kind.OPAQUE, confidence=0.95)
    long = [line for line in taken.lines if _BASE64.fullmatch(line) and line.count("/") < 9]
    if taken.lines and len(long) >= 0.8 * len(taken.lines):
        return Detected(Kind.OPAQUE, language="base64", confidence=0.8)
    return None


_COMMAND, _ASKS_FOR = alternatives(
    (
        (
            Kind.DIFF,
            r"git (?:\S+ ){0,4}?(?:diff|show|format-patch)\b|diff -|svn diff|git log .*-p\b",
        ),
        (
            Kind.TEST,
            r"""
            (?:pytest|unittest|jest|vitest|mocha|tox|nox|rspec|phpunit|ctest)\b
            (?:go|cargo|deno|playwright|make|(?:npm|pnpm|yarn|bun)(?: run)?) test\b
            node (?:\S+ ){0,6}?--test\b
            (?:mvn|gradlew?) .{0,80}\btest\b
            """,
        ),
        (Kind.LISTING, r"(?:rg|git grep) (?:\S+ ){0,4}?(?:--files|--files-with-matches|-l)\b"),
        (Kind.SEARCH, r"(?:rg|grep|egrep|ag|ack|ripgrep|findstr)\b|git grep\b"),
        (Kind.LISTING, r"(?:ls|find|fd|tree|glob|dir|du)\b|git (?:status|ls-files)\b"),
    )
)
_WORD = re.compile(r"(?<![\w./-])[a-z]")
_TOOLS = {"grep": Kind.SEARCH, "glob": Kind.LISTING, "ls": Kind.LISTING, "search": Kind.SEARCH}


_READS = re.compile(r"(?<![\w./-])(?:cat|sed|head|tail|nl|less|more|bat) (?!<<)")
_FILE_TOOL = re.compile(r"read|view|edit|write|open_?file|get_?file|^cat$", re.I)


def _files_shown(ask: Ask) -> list[str]:
    """Names of files in the command, if the tool or the command is one that shows files."""
    if _FILE_TOOL.search(ask.tool) or _READS.search(ask.command[:1_000]):
        return languages.paths_in(ask.command)
    return []


def _hint(ask: Ask) -> Kind | None:
    command = ask.command[:2_000]
    tool = _TOOLS.get(ask.tool.lower())
    if tool is not None:
        return tool
    found = (_COMMAND.match(command, word.start()) for word in _WORD.finditer(command))
    names = [_ASKS_FOR[int(match.lastgroup[1:])] for match in found if match and match.lastgroup]
    return Kind(names[0]) if names else None


_RUNS = (
    *(" test session starts ", "short test summary info", "tests finished:", "\nRan "),
    "bun test v",
    *("\n--- FAIL: ", "\nTest Suites: ", "Tests run: ", "\ntest result: "),
)

_NEAR = 40_000


def _holds_a_test_run(text: str) -> bool:
    """Whether a runner's headline or summary stands near the head or the end of the text."""
    for part in (text[:_NEAR], text[max(_NEAR, len(text) - _NEAR) :]):
        for opening in _RUNS:
            at = part.find(opening)
            if at >= 0:
                start = part.rfind("\n", max(0, at - 100), at + 1) + 1
                if shape(part[start : start + 160].split("\n", 1)[0]) == "verdict":
                    return True
    return False


_DIFF_STARTS = (
    *("+", "-", " ", "@@", "diff ", "index ", "\\ ", "Index", "===", "new ", "old ", "deleted "),
    *("rename ", "similarity ", "copy ", "Binary ", "commit ", "Author", "Date"),
)


_COMMIT = re.compile(r"[|*\\/_ ]{0,60}commit [0-9a-f]{7,64}\b")
_LOCKED = re.compile(
    r"lockfileVersion: |\s*\"lockfileVersion\": \d|__metadata:|# yarn lockfile v\d"
    r"|# This file is (?:automatically )?@generated by (?:Cargo|Poetry|PDM)\b"
)
_HEADLINES = 6
_SEALS, _SEALED = 3, 0.06
"""Lines that seal a download, and their share, from which on a text is a lock file."""
_DOCUMENT = re.compile(
    r"#{2,6} \S|={4,}$|-{3,}$|~{4,}$|\.\. [\w-]+::|:::|\[?!\[|<(?:p|h1|h3|div) align"
)
"""What documents that quote code hold, and sources do not."""
_SPOKEN = 0.2
"""Share of lines that read as words from which on a text only quotes one."""


class _Verdict:
    """The rules, from the surest to the weakest. `share(shape)` is a share of the sampled lines."""

    def __init__(self, lines: tuple[str, ...], text: str, ask: Ask, is_numbered: bool) -> None:
        self.lines, self.text, self.is_numbered = lines, text, is_numbered
        self.votes = shapes(lines)
        self.hint = None if is_numbered else _hint(ask)
        paths = [ask.path] if ask.path else _files_shown(ask)
        self.extension = extensions.extension(paths[0]) if paths else ""
        if self.hint is not None and not ask.path:
            self.extension = ""

    @cached_property
    def spoken(self) -> tuple[str, float, float]:
        return languages.by_lines(self.lines)

    @cached_property
    def words(self) -> float:
        return sentences(self.lines) / len(self.lines)

    @cached_property
    def quotes(self) -> bool:
        """Whether it is a document that quotes code."""
        if self.words < 0.1:
            return False
        if any(line.startswith("```") for line in self.lines):
            return True
        return self.spoken[1] < 0.3 and any(map(_DOCUMENT.match, self.lines))

    def share(self, *names: str) -> float:
        return sum(self.votes[name] for name in names) / len(self.lines)

    def decide(self) -> Detected:
        return (
            self._lock()
            or self._json()
            or self._diff()
            or self._history()
            or self._lint()
            or self._file()
            or self._test()
            or self._table()
            or self._log()
            or self._search()
            or self._listing()
            or self._markup()
            or self._chat()
            or self._script()
            or self._settings()
            or self._code()
            or self._words()
        )

    def _lock(self) -> Detected | None:
        """Lines that seal downloads, or a headline that says whose lock file it is."""
        headed = any(map(_LOCKED.match, self.lines[:_HEADLINES]))
        sealed = self.votes["seal"] >= max(_SEALS, _SEALED * len(self.lines))
        if headed or (sealed and self.words < _SPOKEN):
            return Detected(Kind.LOCK, confidence=0.9)
        return None

    def _history(self) -> Detected | None:
        begins = any(map(_COMMIT.match, self.lines[:_HEADLINES]))
        if self.is_numbered or not begins or self.votes["commit"] < 3:
            return None
        return Detected(Kind.HISTORY, confidence=0.9)

    def _json(self) -> Detected | None:
        first, last = self.lines[0].lstrip(), self.lines[-1].rstrip()
        rows = sum(line.startswith(('{"', "[{", '["')) for line in self.lines)
        if rows >= 2 and rows >= 0.8 * len(self.lines):
            return Detected(Kind.JSON, "jsonl", 0.9)
        opens = re.match(r"\{\s*(?:\"|\}|$)|\[\s*(?:[\[{\"\d\-\]]|true|false|null|$)", first)
        if opens is None or self.share("section") > 0.1:
            return None
        closed = last.endswith(("}", "]", "},", "],"))
        shown = self.share("json") if len(self.lines) > 3 else 1.0
        if first.startswith(("{", '["', "[{", "[[")) or len(self.lines) > 1:
            if closed and (shown >= 0.3 or '":' in self.text[:300] or len(self.lines) <= 3):
                if first.startswith("{") and '"' not in self.text[:300]:
                    return None
                return Detected(Kind.JSON, "json", 0.9)
            if shown >= 0.6 and '":' in self.text[:2_000].replace('" :', '":'):
                return Detected(Kind.JSON, "json", 0.6)
        return None

    def _diff(self) -> Detected | None:
        if not self.votes["hunk"] and not self.votes["patch"] >= 2:
            return None
        inside = sum(line.startswith(_DIFF_STARTS) for line in self.lines) / len(self.lines)
        if inside >= 0.75 and not self.is_numbered:
            return Detected(Kind.DIFF, confidence=min(0.95, inside))
        return None

    def _lint(self) -> Detected | None:
        if self.is_numbered or not lists_findings(self.lines):
            return None
        return Detected(Kind.LINT, confidence=0.9)

    def _file(self) -> Detected | None:
        """What the name of the file says, where the content does not speak against it."""
        loud = self.share("verdict", "outcome", "log", "ls", "tree") > 0.4
        if not self.extension or (loud and not self.is_numbered):
            return None
        if code := extensions.code_language(self.extension):
            fits = self.is_numbered or self.spoken[2] >= 0.2 or self.words < 0.5
            return Detected(Kind.CODE, code, 0.9) if fits else None
        if kept := extensions.PROSE_OF.get(self.extension):
            return Detected(Kind.PROSE, kept, 0.85)
        if kept := extensions.CONFIG_OF.get(self.extension):
            return Detected(Kind.CONFIG, kept, 0.85)
        if self.extension in extensions.JSON_OF and self.lines[0].lstrip()[:1] in ("{", "["):
            return Detected(Kind.JSON, extensions.JSON_OF[self.extension], 0.8)
        if self.extension in extensions.TABLE_OF:
            return Detected(Kind.TABLE, extensions.TABLE_OF[self.extension], 0.85)
        return None

    def _test(self) -> Detected | None:
        if self.is_numbered or self.share("log") > 0.5:
            return None
        strong, all_votes = self.votes["verdict"], self.votes["verdict"] + self.votes["outcome"]
        hinted = self.hint is Kind.TEST
        many = all_votes >= 0.3 * len(self.lines) or strong >= 2 or (strong and all_votes >= 3)
        if not many and not (strong and hinted):
            return None
        if self.spoken[2] >= 0.75 and not hinted and all_votes < 0.15 * len(self.lines):
            return None
        return Detected(Kind.TEST, confidence=0.9 if strong else 0.7)

    def _log(self) -> Detected | None:
        stamped = self.share("log", "problem", "build")
        if self.is_numbered or stamped < 0.35 or len(self.lines) < 2:
            return None
        return Detected(Kind.LOG, confidence=min(0.95, 0.5 + stamped / 2))

    def _search(self) -> Detected | None:
        if self.is_numbered:
            return None
        hinted = self.hint is Kind.SEARCH
        if hinted and self.share("path") > 0.8:
            return Detected(Kind.LISTING, "paths", 0.8)
        numbers = self.votes["match"] + (self.votes["problem"] if hinted else 0)
        hits = numbers + self.votes["hit"] + sum(line == "--" for line in self.lines)
        heads = self.votes["path"]
        least = 1 if hinted else 2
        if numbers >= least and numbers >= (0.4 if hinted else 0.7) * len(self.lines):
            return Detected(Kind.SEARCH, confidence=min(0.95, hits / len(self.lines)))
        if hits >= least and hits >= 0.8 * len(self.lines):
            return Detected(Kind.SEARCH, confidence=0.8)
        if heads and hits >= 0.4 * len(self.lines) and hits + heads >= 0.75 * len(self.lines):
            return Detected(Kind.SEARCH, confidence=0.75)
        return None

    def _listing(self) -> Detected | None:
        for name, language in (("ls", "ls"), ("tree", "tree"), ("status", "status")):
            if self.share(name) >= 0.6 or (
                self.votes[name] >= 2 and self.share(name, "path") >= 0.7
            ):
                return Detected(Kind.LISTING, language, 0.9)
        if len(self.lines) >= 2 and self.share("path") >= (
            0.5 if self.hint is Kind.LISTING else 0.75
        ):
            return Detected(Kind.LISTING, "paths", 0.85)
        if self.hint is Kind.LISTING and all(len(line.split()) <= 2 for line in self.lines):
            return Detected(Kind.LISTING, "paths", 0.7)
        return None

    def _table(self) -> Detected | None:
        if self.share("pipe") >= 0.7 and len(self.lines) >= 2:
            return Detected(Kind.TABLE, "pipe", 0.85)
        if not self.is_numbered and self.spoken[1] < 0.15 and aligned(self.lines):
            return Detected(Kind.TABLE, "columns", 0.8)
        if self.is_numbered or self.hint is Kind.SEARCH or self.share("match") >= 0.5:
            return None
        mark = separator(self.lines)
        if mark and self.words < 0.5 and self.share("log") < 0.5 and self.spoken[1] < 0.15:
            return Detected(Kind.TABLE, "tsv" if mark == "\t" else "csv", 0.7)
        return None

    def _markup(self) -> Detected | None:
        first = self.lines[0].lstrip().lower()
        if first.startswith("<?xml"):
            return Detected(Kind.CONFIG, "xml", 0.95)
        if first.startswith(("<!doctype html", "<html")):
            return Detected(Kind.CONFIG, "html", 0.95)
        if self.share("tag") >= 0.5 and self.spoken[1] < 0.2:
            html = re.search(r"<(?:div|p|a|span|body|table|ul|h1|h2)\b", self.text[:6_000], re.I)
            return Detected(Kind.CONFIG, "html" if html else "xml", 0.7)
        return None

    def _chat(self) -> Detected | None:
        speakers = {line.split(":")[0] for line in self.lines if ": " in line[:60]}
        if self.share("speaker") >= 0.6 and 2 <= len(speakers) <= max(3, len(self.lines) // 2):
            return Detected(Kind.CHAT, confidence=0.7)
        return None

    def _script(self) -> Detected | None:
        shebang = languages.by_shebang(self.lines[0])
        return Detected(Kind.CODE, shebang, 0.95) if shebang else None

    def _settings(self) -> Detected | None:
        _, voted, _ = self.spoken
        if self.votes["section"] and self.share("assign", "section") >= 0.5:
            return Detected(Kind.CONFIG, "toml", 0.8)
        if (
            self.share("key", "bullet") >= 0.7
            and self.votes["key"] > self.votes["bullet"]
            and voted < 0.2
        ):
            return Detected(Kind.CONFIG, "yaml", 0.7)
        if self.share("assign") >= 0.8 and voted < 0.2:
            return Detected(Kind.CONFIG, "ini", 0.6)
        return None

    def _code(self) -> Detected | None:
        language, voted, coded = self.spoken
        words, settings = self.words, self.share("assign", "section", "key")
        if (
            voted >= 0.15
            and coded >= 0.35
            and coded >= words
            and coded > settings * 0.5
            and not self.quotes
        ):
            return Detected(Kind.CODE, language, min(0.95, 0.4 + voted))
        if words < 0.4 and (
            self.is_numbered or (coded >= 0.6 and voted >= 0.1 and not self.quotes)
        ):
            return Detected(Kind.CODE, language, 0.5)
        return None

    def _words(self) -> Detected:
        words, marked = self.words, self.share("heading", "bullet")
        markdown = "markdown" if marked >= 0.1 else ""
        if self.hint is Kind.SEARCH and self.share("match", "hit") >= 0.2:
            return Detected(Kind.SEARCH, confidence=0.5)
        if not self.is_numbered and (
            self.votes["verdict"] or (words < 0.6 and _holds_a_test_run(self.text))
        ):
            return Detected(Kind.TEST, confidence=0.5)
        if self.share("log", "problem") >= 0.15:
            return Detected(Kind.LOG, confidence=0.4)
        if words >= 0.3 and not self.is_numbered and repeats(self.lines):
            return Detected(Kind.LOG, confidence=0.6)
        if words >= 0.3 or (markdown and (self.quotes or words + marked >= 0.35)):
            return Detected(Kind.PROSE, markdown, min(0.9, 0.4 + words))
        return Detected(Kind.LOG, confidence=0.3)
