"""`go test`, plain and -v, and its -json events."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from aicontext.engine.condense.testlog.report import Draft, Passed, Report, Span

SIGNS = ("--- FAIL: ", "--- PASS: ", "\nok  \t", "\nFAIL\t", "=== RUN ")
RUN = re.compile(r"=== (?:RUN|CONT|NAME|PAUSE)\s+(\S+)\s*\Z")
DONE = re.compile(r"(\s*)--- (PASS|FAIL|SKIP|BENCH): (\S+)(?: \([\d.]+s\))?")
PACKAGE = re.compile(r"(?:ok  |FAIL|\?   )\t(\S+)")
BUILD = re.compile(r"# (\S+)(?: \[\S+\])?\s*\Z")
COMPILER = re.compile(r"\S+\.go:\d+:|\s|too many errors|vet: ")
EVENT = '{"Time":', '{"Action":', '{"ImportPath":'


def decoded(lines: list[str]) -> list[str]:
    """The plain form of -json events, each test's output together; other lines as they are."""
    if not any(line.startswith(EVENT) for line in lines[:50]):
        return lines
    order: dict[tuple[str, str], list[str]] = {}
    for line in lines:
        package, test, output = _event(line)
        pieces = order.setdefault((package, test), [""])
        head, *rest = output.split("\n")
        pieces[-1] += head
        pieces.extend(rest)
    return [piece for pieces in order.values() for piece in _without_last_empty(pieces)]


def _event(line: str) -> tuple[str, str, str]:
    if line.startswith("{"):
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            return "", "", line + "\n"
        if isinstance(event, dict) and "Action" in event:
            output = event.get("Output", "")
            output = output if isinstance(output, str) else ""
            return str(event.get("Package", "")), str(event.get("Test", "")), output
    return "", "", line + "\n"


def _without_last_empty(pieces: list[str]) -> list[str]:
    return pieces[:-1] if not pieces[-1] else pieces


def read(lines: Sequence[str]) -> Report:
    """The report of every `go test` run in the lines."""
    reader = _Reader()
    for at, line in enumerate(lines):
        reader.take(at, line)
    reader.close(len(lines))
    return reader.finish()


class _Reader:
    def __init__(self) -> None:
        self.draft = Draft()
        self._open: tuple[str, int, bool] | None = None
        self._output: dict[str, list[Span]] = {}
        self._failed: dict[str, int] = {}

    def take(self, at: int, line: str) -> None:
        if line.startswith("=== ") and (run := RUN.match(line)):
            self.close(at)
            self.draft.passed[at] = Passed("", 0)
            self._open = (run.group(1), at + 1, False)
        elif "--- " in line[:200] and (done := DONE.match(line)):
            self.close(at)
            self._done(at, done.group(2), done.group(3))
        elif line[:1] in "oF?P" and self._package(at, line):
            pass
        elif line.startswith("# ") and (build := BUILD.match(line)):
            self.close(at)
            self._open = (build.group(1), at, True)
        elif self._open and self._open[2] and not COMPILER.match(line):
            self.close(at)

    def _done(self, at: int, verdict: str, name: str) -> None:
        if verdict == "FAIL":
            self._failed.setdefault(name, at)
            self._open = (name, at, False)
        else:
            words = {"PASS": "passed", "SKIP": "skipped", "BENCH": "benchmarks"}
            self.draft.passed[at] = Passed("", 1, words[verdict])
            self._open = (name, at + 1, False)

    def _package(self, at: int, line: str) -> bool:
        if line.rstrip() in ("FAIL", "PASS"):
            self.close(at)
            self.draft.passed[at] = Passed("", 0)
            return True
        found = PACKAGE.match(line)
        if found:
            self.close(at)
            if not line.startswith("FAIL"):
                self.draft.passed[at] = Passed("", 1, "packages without failures")
            else:
                self.draft.summary.append(at)
        return bool(found)

    def close(self, at: int) -> None:
        """Ends the output that belongs to the test named last."""
        if self._open:
            name, start, build = self._open
            if start < at:
                self._output.setdefault(name, []).append((start, at))
            if build:
                self._failed.setdefault(name, start)
            self._open = None

    def finish(self) -> Report:
        for name, at in self._failed.items():
            self.draft.fail(name, at)
            for span in self._output.pop(name, ()):
                self.draft.fail(name, at, span)
        for spans in self._output.values():
            self.draft.quiet.extend((span, "output of passed tests") for span in spans)
        return self.draft.report()
