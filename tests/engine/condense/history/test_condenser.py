"""Of a history every commit stays with its subject and files; messages by the query."""

from __future__ import annotations

import re

import pytest
from counts import all_that_stands as count
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.context import Ask, Kind, Level
from aicontext.engine.condense.history.condenser import CONDENSER
from aicontext.engine.detect.detector import detect
from aicontext.engine.plan import fit, show
from aicontext.engine.quality.evidence import evidence
from aicontext.engine.quality.presence import missing

Told = tuple[str, str, list[str], list[str]]
"""Id, subject, lines of the body, files."""


def log(found: list[Told], *, graph: bool = False) -> str:
    rows: list[str] = []
    for number, (name, subject, body, files) in enumerate(found):
        rows += [
            f"commit {name}",
            f"Author: Ada {number % 2} <ada{number % 2}@forge.example>",
            f"Date:   Wed Apr {1 + number % 9} 21:04:03 2026 -0700",
            "",
            f"    {subject}",
            *(["", *(f"    {line}" for line in body)] if body else []),
            "",
            "    Signed-off-by: Ada <ada@forge.example>",
            "",
        ]
        rows += [f" {path} | 12 +++++-------" for path in files]
        rows += (
            [f" {len(files)} files changed, 5 insertions(+), 7 deletions(-)", ""] if files else []
        )
    if graph:
        rows = [f"{'*' if row.startswith('commit ') else '|'} {row}" for row in rows]
    return "\n".join(rows)


WORDS = ["door", "gate", "wall", "roof", "lintel", "hinge", "latch", "beam"]
words = st.lists(st.sampled_from(WORDS), min_size=2, max_size=8).map(" ".join)
commits = st.lists(
    st.tuples(
        st.integers(0, 16**10 - 1).map("{:010x}".format).map(lambda name: name + 30 * "0"),
        words,
        st.lists(words, max_size=5),
        st.lists(st.sampled_from(["src/a.py", "docs/b c.md", "x.toml"]), max_size=3, unique=True),
    ),
    min_size=3,
    max_size=20,
)


@pytest.mark.parametrize("graph", [False, True], ids=["plain", "graph"])
@settings(max_examples=20, deadline=None)
@given(found=commits)
def test_commits_subjects_files_and_messages_stay(graph: bool, found: list[Told]) -> None:
    text = log(found, graph=graph)
    assert detect(text).kind is Kind.HISTORY
    shown = CONDENSER.condense(text, Ask(), count)
    assert shown is not None
    assert shown.level is Level.CONDENSED
    assert count(shown.text) < count(text)
    assert not missing(evidence(text, Kind.HISTORY, Ask()), shown.text)
    assert "forge.example" not in shown.text
    for name, subject, body, files in found:
        assert f" {name[:10]} {subject}" in shown.text
        assert all(f"  {line}" in shown.text for line in body)
        assert all(f"{path} 12" in shown.text for path in files)


BODY = [
    "Why this was done is told here",
    "in some lines that nobody",
    "asks for today, all of them",
]
MANY: list[Told] = [
    (f"{n:02}" + "ab" * 19, f"Mend the {WORDS[n % 4]} number {n}", BODY, []) for n in range(30)
]
CACHE: Told = (
    "77" + "cd" * 19,
    "Hold rows longer",
    ["The eviction clock of the cache ran twice.", "So rows vanished early.", "Now it runs once."],
    ["src/cache.py"],
)


def test_messages_stay_where_the_query_is_about_them() -> None:
    text = log([*MANY[:12], CACHE, *MANY[12:]])
    shown = show(text, Ask(query="Why did the eviction clock of the cache change?"), count)
    assert shown.kind is Kind.HISTORY
    assert all(line in shown.rendition.text for line in CACHE[2])
    assert BODY[0] not in shown.rendition.text
    assert shown.rendition.text.count("[… 3 lines]") == 30


def test_under_a_budget_the_commits_asked_for_stand_else_the_latest() -> None:
    text = log([*MANY[:12], CACHE, *MANY[12:]])
    asked = fit(text, Ask(query="eviction clock of the cache"), 150, count)
    assert all(part in asked.rendition.text for part in ("77cdcdcdcd", CACHE[1], CACHE[2][0]))
    unasked = fit(text, Ask(), 150, count)
    assert MANY[0][1] in unasked.rendition.text


@pytest.mark.parametrize("lost", ["77cdcdcdcd", "Hold rows longer", "src/cache.py"])
def test_a_lost_commit_subject_or_file_is_missed(lost: str) -> None:
    text = log([*MANY, CACHE])
    shown = CONDENSER.condense(text, Ask(), count)
    assert shown is not None
    assert missing(evidence(text, Kind.HISTORY, Ask()), shown.text.replace(lost, "gone"))


@pytest.mark.parametrize(
    ("date", "day"),
    [
        ("2026-05-04 10:11:12 +0200", "2026-05-04"),
        ("2026-05-04T10:11:12+02:00", "2026-05-04"),
        ("3 weeks ago", "3 weeks ago"),
    ],
    ids=["iso", "strict", "relative"],
)
def test_other_dates_and_headers(date: str, day: str) -> None:
    text = re.sub(r"Date: .*", f"AuthorDate: {date}\nCommit: Bot <b@x>\nCommitDate: x", log(MANY))
    shown = CONDENSER.condense(text, Ask(), count)
    assert shown is not None
    assert f"\n{day} Ada 0\n 00abababab" in shown.text


def test_what_is_no_part_of_a_history_stays() -> None:
    text = "warning: old repository\n" + log(MANY) + "\nM\tsrc/a.py\nfatal: bad object 12ab\n"
    shown = CONDENSER.condense(text, Ask(), count)
    assert shown is not None
    assert shown.text.startswith("warning: old repository\n")
    assert "M\tsrc/a.py" in shown.text
    assert "fatal: bad object 12ab" in shown.text


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet="commit 0af|*\\/_:<>\n\tAD", max_size=300))
def test_any_text_comes_to_no_harm(noise: str) -> None:
    text = log(MANY[:3]) + noise
    assert show(text, Ask(), count).tokens <= count(text)
    CONDENSER.excerpt(text, Ask(query="door"), 40, count)


def test_whole_ids_stay_where_the_query_names_them_or_others_begin_alike() -> None:
    alike = ["0123456789" + digit * 30 for digit in "ab"]
    names = [*alike, "c" * 40, "d" * 40, "e" * 40]
    text = log([(name, f"Subject {i}", ["Words of it."] * 9, []) for i, name in enumerate(names)])
    found = CONDENSER.condense(text, Ask(query="Revert ccccccc"), count)
    assert found is not None
    assert [name in found.text for name in names] == [True, True, True, False, False]
    assert show(text, Ask(query="Revert ccccccc"), count).rendition.level is Level.CONDENSED
