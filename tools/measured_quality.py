"""The table of docs/explanation/quality.md: what is kept of cases of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from measured_pages import table
from results import result


class Case(NamedTuple):
    """told: what must stand. measure, metric, settings: of the rows that say how much does. room:
    the settings in words. aims: percents, one a setting; None: there is none."""

    told: str
    measure: str
    metric: str
    settings: tuple[str, ...]
    room: str
    aims: tuple[int | None, ...]


_LOGS = "500 / 1,000 tokens"
_CASES = (
    Case(
        "failing test logs: all names, messages, values",
        "testlogs",
        "all_facts",
        ("500 tokens", "1000 tokens"),
        _LOGS,
        (88, 95),
    ),
    Case(
        "annotated error lines of CI logs",
        "cidiff",
        "error_lines",
        ("500 tokens", "1000 tokens"),
        _LOGS,
        (84, None),
    ),
    Case(
        "the same, a passing log at hand",
        "cidiff",
        "error_lines",
        ("500 tokens + passing log", "1000 tokens + passing log"),
        _LOGS,
        (92, None),
    ),
    Case(
        "identifiers that an agent used next",
        "tooluse",
        "anchors",
        ("10 %", "25 %"),
        "10 / 25 % of the output",
        (52, 72),
    ),
    Case(
        "future use of a compacted session",
        "transcripts",
        "all",
        ("4000 tokens", "2000 tokens"),
        "4,000 / 2,000 tokens",
        (76, 62),
    ),
    Case(
        "the same, of what was said long before",
        "transcripts",
        "old",
        ("4000 tokens", "2000 tokens"),
        "4,000 / 2,000 tokens",
        (73, None),
    ),
    Case(
        "future use at the size of a tool's own summary",
        "compaction",
        "all",
        ("summary's size",),
        "its size",
        (60,),
    ),
    Case(
        "evidence for questions on meetings",
        "qmsum",
        "span_tokens",
        ("10 %", "20 %"),
        "10 / 20 %",
        (42, 56),
    ),
    Case(
        "answers in long documents",
        "minilongbench",
        "answer",
        ("1000 tokens",),
        "1,000 tokens",
        (92,),
    ),
    Case("the value of one of 140 keys", "kv140", "answer", ("500 tokens",), "500 tokens", (100,)),
)


def quality() -> str:
    found = result("quality")["rows"]
    names = ("what must stand", "cases", "room", "kept", "baseline", "aim")
    rows = [_row(case, found) for case in _CASES]
    after = max(i for i, case in enumerate(_CASES) if case.measure == "cidiff") + 1
    return table(names, [*rows[:after], _bound(), *rows[after:]])


def _bound() -> tuple[str, ...]:
    found = list(result("quality-bound").values())
    most = " / ".join(f"{one['most']:.1f}" for one in found)
    told = "the same, chosen by who knows what was annotated"
    return told, str(found[0]["cases"]), _LOGS, f"{most} %", "-", "-"


def _row(case: Case, found: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    ours, best, cases = [], [], ""
    for setting in case.settings:
        of_it = (case.measure, case.metric, setting)
        rows = [one for one in found if (one["measure"], one["metric"], one["setting"]) == of_it]
        (own,) = (one for one in rows if "=adapters:" in one["system"])
        cases = str(own["n"])
        ours.append(own["value"])
        best.append(max(one["value"] for one in rows if "=baseline:" in one["system"]))
    kept = " / ".join(map(_kept, ours, case.aims))
    baseline = " / ".join(f"{value:.1f}" for value in best)
    aims = " / ".join("-" if aim is None else str(aim) for aim in case.aims)
    return case.told, cases, case.room, f"{kept} %", f"{baseline} %", f"{aims} %"


def _kept(value: float, aim: int | None) -> str:
    """An aim that is missed stands out."""
    return f"{value:.1f}" if aim is None or value >= aim else f"**{value:.1f}**"
