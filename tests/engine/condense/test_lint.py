"""Every finding's place, message and hint stays; code frames go."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pytest
from counts import all_that_stands as count
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.context import Ask, Kind, Level, handle
from aicontext.engine.condense.lint import CONDENSER
from aicontext.engine.detect.detector import detect
from aicontext.engine.detect.findings import read
from aicontext.engine.plan import fit, show
from aicontext.engine.quality.evidence import evidence
from aicontext.engine.quality.presence import missing

Complaint = tuple[str, int, int, str, str]
"""path, line, column, rule, message."""


def ruff(found: Sequence[Complaint]) -> str:
    return "\n".join(
        f"{rule} {said}\n --> {path}:{line}:{column}\n  |\n{line} |     shop = {path!r}\n"
        f"  |     ^^^^\n  |\nhelp: Remove the unused name\n"
        for path, line, column, rule, said in found
    )


def rustc(found: Sequence[Complaint]) -> str:
    return "\n".join(
        f"error[{rule}]: {said}\n  --> {path}:{line}:{column}\n   |\n{line} | let shop = open();\n"
        f"   |     ^^^^ expected `Shop`\n   |\n   = note: on by default\n"
        for path, line, column, rule, said in found
    )


def mypy(found: Sequence[Complaint]) -> str:
    return "".join(
        f"{path}:{line}: error: {said}  [{rule}]\n        return shop.total()\n"
        f"               ^~~~~~~~~~~~\n"
        for path, line, _, rule, said in found
    )


def tsc(found: Sequence[Complaint]) -> str:
    return "\n".join(
        f"\x1b[96m{path}\x1b[0m:\x1b[93m{line}\x1b[0m:\x1b[93m{column}\x1b[0m - "
        f"\x1b[91merror\x1b[0m\x1b[90m {rule}: \x1b[0m{said}\n\n"
        f"\x1b[7m{line}\x1b[0m   total(shop);\n"
        f"\x1b[7m  \x1b[0m \x1b[91m  ~~~~~\x1b[0m\n"
        for path, line, column, rule, said in found
    )


def tsc_plain(found: Sequence[Complaint]) -> str:
    return "".join(f"{p}({line},{column}): error {r}: {s}\n" for p, line, column, r, s in found)


def eslint(found: Sequence[Complaint]) -> str:
    rows = [
        f"\n/home/me/{path}\n  {line}:{column}  error    {said}    {rule}\n"
        for path, line, column, rule, said in found
    ]
    return "".join([*rows, f"\n✖ {len(found)} problems ({len(found)} errors, 0 warnings)\n"])


FORMS = (ruff, rustc, mypy, tsc, tsc_plain, eslint)
complaints = st.lists(
    st.tuples(
        st.sampled_from(["src/shop/cart.py", "lib/a-b.ts", "main.rs"]),
        st.integers(1, 9_999),
        st.integers(1, 120),
        st.sampled_from(["F401", "E0308", "TS2304"]),
        st.sampled_from(["`os` imported but unused", "Cannot find name 'Shop'.", "bad type: int"]),
    ),
    min_size=4,
    max_size=40,
)


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=25, deadline=None)
@given(found=complaints)
def test_every_finding_stays(form: Callable[..., str], found: list[Complaint]) -> None:
    text = form(found)
    shown = CONDENSER.condense(text, Ask(), count)
    assert detect(text).kind is Kind.LINT
    if shown is None:
        return
    assert shown.level is Level.CONDENSED
    assert count(shown.text) < count(text)
    assert shown == CONDENSER.condense(text, Ask(), count)
    assert not missing(evidence(text, Kind.LINT, Ask()), shown.text)
    words = set(re.split(r"[\s,]+|(?<=\d): |(?<=\w):(?=\d+:\d)", shown.text))
    for path, line, column, rule, said in found:
        assert path in shown.text
        assert said in shown.text
        assert rule in shown.text
        assert any(word.removesuffix(":").endswith(_place(form, line, column)) for word in words)
    assert not re.search(r"shop = |let shop|return shop|total\(shop\)|~~|\^\^", shown.text)


def _place(form: Callable[..., str], line: int, column: int) -> str:
    return str(line) if form is mypy else f"{line}:{column}"


MANY: list[Complaint] = [
    ("src/shop/cart.py", 10 * n, 5, "F401", "`os` imported but unused") for n in range(1, 30)
]


def test_a_message_stands_once_with_all_its_places() -> None:
    shown = CONDENSER.condense(ruff(MANY), Ask(), count)
    assert shown is not None
    assert shown.text.count("imported but unused") == 1
    assert shown.text.count("Remove the unused name") == 1
    assert "10:5 20:5 30:5" in shown.text


@pytest.mark.parametrize("form", FORMS)
def test_a_lost_place_or_message_is_missed(form: Callable[..., str]) -> None:
    text = form([*MANY, ("src/other.py", 77, 3, "E0999", "something else is wrong")])
    shown = CONDENSER.condense(text, Ask(), count)
    needed = evidence(text, Kind.LINT, Ask())
    assert shown is not None
    assert missing(needed, shown.text.replace("77", "78"))
    assert missing(needed, shown.text.replace("something else", "nothing"))


def test_labels_and_suggested_lines_stay() -> None:
    text = (
        "error[E0425]: cannot find function `take` in this scope\n"
        "   --> src/main.rs:201:52\n    |\n"
        "201 | fn main() { take(&t); }\n    |             ^^^^ not found in this scope\n    |\n"
        "help: consider importing this function\n    |\n  1 + use std::mem::take;\n    |\n\n"
    ) * 3
    shown = CONDENSER.condense(text, Ask(), count)
    assert shown is not None
    for kept in ("not found in this scope", "help: consider importing", "+ use std::mem::take;"):
        assert kept in shown.text
    assert "fn main" not in shown.text


def test_wrapped_messages_are_joined_and_totals_stay() -> None:
    text = (
        "a.py:3: error: Function is missing a type annotation for one or more\n"
        "parameters  [no-untyped-def]\n    def f(a, b: int) -> str:\n    ^~~~~~~~~~~~~~~~~~~~~~~~\n"
        "a.py:9: error: No return  [empty-body]\n    def g() -> int: ...\n    ^~~~~~~~~~~\n"
        "Found 2 errors in 1 file (checked 1 source file)\n"
    )
    found = read(text.split("\n"))
    assert found is not None
    assert found.found[0].said.endswith("one or more parameters [no-untyped-def]")
    assert found.after == ["Found 2 errors in 1 file (checked 1 source file)"]


def test_the_plan_shows_it_and_tells_how_to_get_the_original() -> None:
    text = ruff(MANY)
    shown = show(text, Ask(), count)
    assert shown.kind is Kind.LINT
    assert shown.tokens < 0.3 * shown.original_tokens
    assert shown.handle == handle(text)
    assert shown.handle in shown.rendition.text


def test_a_budget_is_kept() -> None:
    varied = [(path, n, 5, rule, f"{said} {n}") for path, n, _, rule, said in MANY]
    shown = fit(tsc(varied), Ask(), 200, count)
    assert shown.tokens <= 200
    assert "src/shop/cart.py" in shown.rendition.text


@given(st.text(alphabet="ab1:|^~->()[] \n\t.E", max_size=400))
def test_any_text_is_read_without_error(text: str) -> None:
    found = CONDENSER.condense(text, Ask(), count)
    assert found is None or count(found.text) < count(text)


def test_a_search_and_a_build_with_few_errors_are_no_lists_of_findings() -> None:
    search = "".join(f"src/a.py:{n}:    raise ValueError(error)\n" for n in range(3, 30))
    build = "".join(f"[INFO] Compiling module {n} of 30\n" for n in range(30))
    build += "src/a.c:3:5: error: expected ';'\nsrc/a.c:9:5: warning: unused variable\n"
    assert detect(search).kind is Kind.SEARCH
    assert detect(build).kind is Kind.LOG
