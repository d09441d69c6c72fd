from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aicontext.domain.context import Kind
from aicontext.engine.condense.tasks import by_task
from aicontext.engine.detect.detector import detect
from aicontext.engine.detect.tasks import labelled, task, unlabelled


@pytest.mark.parametrize(
    ("line", "name", "text"),
    [
        ("@shop/api test: it ran", "@shop/api test", "it ran"),
        ("packages/api test:", "packages/api test", ""),
        ("packages/api test$ vitest run", "packages/api test", "vitest run"),
        ("api:build:web: done", "api:build:web", "done"),
        ("api-1  | ready", "api-1", "ready"),
        ("[0] ready", "[0]", "ready"),
        ("all build: @shop/api build: done", "all build: @shop/api build", "done"),
        ("Alice Smith: hello", "", "Alice Smith: hello"),
        ("src/cart.ts:12: x", "", "src/cart.ts:12: x"),
        ("ERROR: x", "", "ERROR: x"),
        ("12 | x", "", "12 | x"),
    ],
)
def test_a_task_is_named_before_its_text(line: str, name: str, text: str) -> None:
    found, start = task(line)
    assert (found, line[start:]) == (name, text)


def test_names_must_come_again_to_be_those_of_tasks() -> None:
    assert labelled([f"api test: line {i}" for i in range(9)])
    assert not labelled([f"key{i} of: line {i}" for i in range(9)])
    assert not labelled(["api test: one"] * 3)
    assert not labelled([*["api test: one"] * 6, *["plain"] * 6])


def test_lines_without_names_stay() -> None:
    lines = ["one", "two"]
    assert unlabelled(lines) is lines
    assert by_task(lines) is lines


def test_each_task_stands_together_in_its_order() -> None:
    lines = ["$ run all", *(f"{name} test: {i}" for i in range(4) for name in ("b", "a")), "done"]
    assert by_task(lines) == [
        *("$ run all", "b test:", "0", "1", "2", "3"),
        *("a test:", "0", "1", "2", "3", "done"),
    ]


def test_what_tasks_print_is_at_least_a_log() -> None:
    text = "\n".join(f"web build: page number {i} is written now" for i in range(9))
    assert detect(text).kind is Kind.LOG
    assert detect(text).confidence >= 0.7


@given(st.lists(st.tuples(st.sampled_from(["a", "@s/b", "c/d"]), st.text("xyz :|[]", max_size=9))))
def test_no_line_is_lost(said: list[tuple[str, str]]) -> None:
    lines = [f"{name} test: {text}" for name, text in said]
    shown = by_task(lines)
    if shown is not lines:
        bare = [line[task(line)[1] :] for line in lines]
        headings = {f"{task(line)[0]}:" for line in lines}
        assert sorted(line for line in shown if line not in headings) == sorted(
            line for line in bare if line not in headings
        )
