"""The plan over whole blocks: what is shown is smaller, safe, within its budget, and marked."""

import json
from pathlib import Path

import pytest

from aicontext.domain.context import Ask, Kind, Level, handle
from aicontext.domain.errors import BudgetTooSmall
from aicontext.engine.estimate.counter import counter
from aicontext.engine.plan import CONDENSERS, fit, left_out, reference, show

EXAMPLES = Path(__file__).parents[2] / "examples"
SESSION = json.loads((EXAMPLES / "session.json").read_text())
RESULTS = [
    part["content"]
    for message in SESSION["messages"]
    for part in (message["content"] if isinstance(message["content"], list) else ())
    if part["type"] == "tool_result"
]
LOG = RESULTS[0]
COUNT = counter("gpt-4o")
AZ = "abcdefghij"


@pytest.mark.parametrize("text", RESULTS)
@pytest.mark.parametrize("query", ["", "discount"])
def test_nothing_grows_and_what_is_lossy_says_how_to_get_it_back(text: str, query: str) -> None:
    shown = show(text, Ask(query=query), COUNT)
    assert shown.tokens == COUNT(shown.rendition.text) <= shown.original_tokens == COUNT(text)
    assert bool(shown.handle) == (not shown.rendition.level.exact)
    if shown.handle:
        assert f"aicontext retrieve {handle(text)}]" in shown.rendition.text
        assert 0 < shown.quality < 1


@pytest.mark.parametrize("query", ["", "discount", "Why does the checkout test fail?"])
@pytest.mark.parametrize("model", ["gpt-4o", "claude-sonnet-4-5"])
@pytest.mark.parametrize("budget", [150, 250, 500, 1000])
def test_a_failing_test_run_tells_why_under_any_budget(query: str, model: str, budget: int) -> None:
    shown = fit(LOG, Ask(query=query), budget, counter(model))
    assert shown.tokens <= budget
    assert shown.kind is Kind.TEST
    for fact in ("test_the_discount_lowers_the_tax[10]", "tax must be on the discounted price"):
        assert fact in shown.rendition.text


@pytest.mark.parametrize("text", RESULTS)
@pytest.mark.parametrize("budget", [10, 40, 200, 100_000])
@pytest.mark.parametrize("marked", [True, False])
def test_budgets_hold_or_are_refused(text: str, budget: int, marked: bool) -> None:
    try:
        shown = fit(text, Ask(query="tax"), budget, COUNT, marked=marked)
    except BudgetTooSmall:
        assert budget <= 40
        return
    assert COUNT(shown.rendition.text) <= budget
    if COUNT(text) <= budget:
        assert shown.rendition.text == text


@pytest.mark.parametrize("text", ["[" * 100_000, "\udcff" * 20_000, "0123456789abcdef" * 9_000])
def test_one_endless_line_is_cut(text: str) -> None:
    shown = fit(text, Ask(), 100, COUNT)
    assert 20 < shown.tokens <= 100
    assert text[:20] in shown.rendition.text


def test_a_log_little_over_its_budget_shows_the_failure_rather_than_the_start() -> None:
    start = [f"[INFO] Wiping out {name}" for name in dir(str)[-20:]]
    frames = [f"\tat org.apache.http.Step{i}.run(Step{i}.java:{i})" for i in range(12)]
    error = "ERROR: the rates service returned 503"
    text = "\n".join([*start, error, *frames, "Finished"])
    shown = fit(text, Ask(), COUNT(text) - 4, COUNT)
    assert shown.kind is Kind.LOG
    assert shown.signs is not None
    assert not shown.signs.lost
    assert all(line in shown.rendition.text for line in [error, *frames])


def test_what_the_archive_gave_back_stays_whole() -> None:
    for ask in (
        Ask(command="aicontext retrieve 87df5f525620"),
        Ask(tool="mcp__aicontext__retrieve"),
    ):
        assert show(LOG, ask, COUNT).rendition.level is Level.FULL


def test_reads_keep_every_line_and_printed_output_does_not() -> None:
    source = RESULTS[2]
    read = show(source, Ask(path="shop/cart.py"), COUNT, Level.LOSSLESS)
    assert read.rendition.level is Level.LOSSLESS
    assert all(line[7:] in read.rendition.text for line in source.splitlines())
    assert show(LOG, Ask(path="tests"), COUNT, Level.LOSSLESS).rendition.level is Level.CONDENSED
    assert show(LOG, Ask(path="log.txt"), COUNT, Level.LOSSLESS).rendition.level is Level.FULL
    rows = [f"pod-{at:03}-a7    {at % 2}/1     Running   {at}d" for at in range(99)]
    pods = "\n".join(["NAME          READY   STATUS    AGE", *rows])
    assert show(pods, Ask(), COUNT, Level.LOSSLESS).rendition.level is Level.CONDENSED
    assert show(pods, Ask(path="pods.conf"), COUNT, Level.LOSSLESS).rendition.level is Level.FULL


def test_kinds_side_by_side_are_each_read_by_their_own() -> None:
    rows = json.dumps([{"id": i, "state": AZ[i * i % 7], "owner": "ada"} for i in range(200)])
    for text in (f"{LOG}\n{rows}\n", f"{rows}\n{LOG}\n"):
        shown = show(text, Ask(), COUNT)
        assert shown.tokens < 0.2 * shown.original_tokens
        assert "tax must be on the discounted price" in shown.rendition.text
        lines = shown.rendition.text.split("\n")
        for opening in ("JSON list of 200", "=== test session starts"):
            assert any(line.startswith(opening) for line in lines)


def test_a_whole_that_fits_is_shown_rather_than_a_part() -> None:
    rows = json.dumps([{"id": i, "state": "open", "owner": "ada"} for i in range(200)])
    assert fit(rows, Ask(), COUNT(rows) // 4, COUNT).rendition.level is Level.LOSSLESS
    job = "2026-01-01 10:{:02}:{:02} INFO worker {} took job {}"
    lines = [job.format(i // 60 % 60, i % 60, i % 7, i * 37 % 1000) for i in range(4000)]
    for at in (5, 1338, 2671):
        lines[at] = f"2026-01-01 10:00:00 ERROR the rates service {at} returned 503"
    log = "\n".join(lines)
    whole = show(log, Ask(), COUNT)
    assert whole.tokens < 0.01 * whole.original_tokens
    assert fit(log, Ask(), whole.tokens + 1, COUNT).rendition == whole.rendition


def test_text_with_our_marks_gets_marks_that_it_cannot_know() -> None:
    shown = show(f"{LOG}\n[… 12 lines]\n", Ask(), COUNT)
    assert "[… 12 lines]" in shown.rendition.text or shown.rendition.level is Level.FULL
    ours = [line for line in shown.rendition.text.splitlines() if "retrieve" in line]
    assert all(not line.startswith("[… ") for line in ours)


def test_signs_take_no_more_than_their_room() -> None:
    mark = reference(LOG, Ask(), 30, COUNT).rendition.text
    assert COUNT(mark) <= 30
    assert reference(LOG, Ask(), COUNT(mark), COUNT).rendition.text == mark
    assert reference(LOG, Ask(), 4, COUNT).rendition.text == "[…]"
    assert left_out(LOG, Ask(), COUNT).tokens == 0


@pytest.mark.parametrize(
    ("kind", "text", "richest"),
    [
        (Kind.CODE, "def f(x):\n    y = x + 1\n    return y\n\n\n" * 60, Level.SKELETON),
        (
            Kind.PROSE,
            "".join(
                f"The seal of valve {a}{b} leaks, said the crew.  \n\n" for a in AZ for b in AZ
            ),
            Level.CONDENSED,
        ),
        (
            Kind.CONFIG,
            f"<html><body>{'<p>A valve is open.</p>' * 90}</body></html>",
            Level.CONDENSED,
        ),
    ],
)
def test_condensers_that_are_passed_over_make_nothing_exact(
    kind: Kind, text: str, richest: Level
) -> None:
    found = CONDENSERS[kind].condense(text, Ask(), COUNT)
    assert found is not None
    assert found.level is richest
    richer = list(Level)[list(Level).index(richest) - 1]
    assert show(text, Ask(), COUNT, richer).rendition.level is Level.FULL


SENTENCE = "The parcel for {} was left with the neighbour in house {}."


@pytest.mark.parametrize(
    "lines",
    [
        [SENTENCE.format("Ada", 7)] * 200,
        [SENTENCE.format("Ada", n) for n in range(200)],
        ["A storm was seen from the harbour wall.", *[SENTENCE.format("Bo", 3)] * 150, "It went."],
    ],
    ids=["same", "numbers", "between"],
)
def test_sentences_that_repeat_line_by_line_become_a_count(lines: list[str]) -> None:
    shown = show("\n".join(lines), Ask(), COUNT)
    assert shown.tokens < 0.1 * shown.original_tokens
    assert lines[0] in shown.rendition.text
    assert lines[-1] in shown.rendition.text
    assert "lines like it" in shown.rendition.text


def test_sentences_of_which_each_says_something_else_stay() -> None:
    names = [f"{a}{b}" for a in "abcdefghijklmn" for b in "opqrstuvwxyz"]
    text = "\n".join(SENTENCE.format(name, 7) for name in names)
    assert show(text, Ask(), COUNT).rendition.text == text
