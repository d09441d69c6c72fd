"""What a test run said: which tests failed and where their reports stand, what merely passed."""

from __future__ import annotations

from dataclasses import dataclass, field

Span = tuple[int, int]
"""First line and the line after the last, 0-based."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failing test.

    name: as the tool prints it, fit for running the test again. line: where the name stands.
    bodies: its reports (messages, values, traces). inner: from a run inside a test's own output.
    """

    name: str
    line: int
    bodies: tuple[Span, ...]
    inner: bool = False


PRINTED = "printed"


@dataclass(frozen=True, slots=True)
class Passed:
    """Tests that one line reports as passed or skipped; `PRINTED` for a line that they printed."""

    file: str
    tests: int = 1
    verdict: str = "passed"


@dataclass(frozen=True, slots=True)
class Report:
    """One text's test runs. Line numbers are 0-based.

    passed: by line. quiet: spans of no use once counted, with their name. summary: lines with the
    tool's totals. warnings: spans of warning summaries. told: lines that passed tests printed and
    that tell of trouble.
    """

    failures: tuple[Failure, ...] = ()
    passed: dict[int, Passed] = field(default_factory=dict)
    quiet: tuple[tuple[Span, str], ...] = ()
    summary: tuple[int, ...] = ()
    warnings: tuple[Span, ...] = ()
    told: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.failures or self.passed or self.summary)


@dataclass(slots=True)
class Draft:
    """A report while its text is read; the frameworks' readers fill it in."""

    names: dict[str, int] = field(default_factory=dict)
    bodies: dict[str, list[Span]] = field(default_factory=dict)
    inner: set[str] = field(default_factory=set)
    passed: dict[int, Passed] = field(default_factory=dict)
    quiet: list[tuple[Span, str]] = field(default_factory=list)
    summary: list[int] = field(default_factory=list)
    warnings: list[Span] = field(default_factory=list)
    told: set[int] = field(default_factory=set)

    def fail(self, name: str, line: int, body: Span | None = None, inner: bool = False) -> None:
        """Notes a failing test, or a further report of one already noted."""
        if name not in self.names:
            self.names[name] = line
            if inner:
                self.inner.add(name)
        elif not inner:
            self.inner.discard(name)
        if body and body[0] < body[1]:
            self.bodies.setdefault(name, []).append(body)

    def report(self) -> Report:
        failures = tuple(
            Failure(name, line, tuple(self.bodies.get(name, ())), name in self.inner)
            for name, line in self.names.items()
        )
        return Report(
            failures,
            self.passed,
            tuple(self.quiet),
            tuple(self.summary),
            tuple(self.warnings),
            frozenset(self.told),
        )


def joined(reports: list[Report]) -> Report:
    """One report of all; a line keeps the first reader's verdict."""
    passed: dict[int, Passed] = {}
    names: dict[str, Failure] = {}
    for report in reports:
        passed = report.passed | passed
        for failure in report.failures:
            names.setdefault(failure.name, failure)
    return Report(
        tuple(sorted(names.values(), key=lambda failure: failure.line)),
        passed,
        tuple(sorted(span for report in reports for span in report.quiet)),
        tuple(sorted({line for report in reports for line in report.summary})),
        tuple(sorted(span for report in reports for span in report.warnings)),
        frozenset(at for report in reports for at in report.told if at not in passed),
    )
