from __future__ import annotations

from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.compact.selection import Selection, Worth
from aicontext.engine.compress.compact.session import Session


def selection(lines: int, worth: dict[int, tuple[int, ...]], values: list[float]) -> Selection:
    text = "\n".join(f"line {n}" for n in range(lines))
    session = Session.of([Message(Role.TOOL_RESULT, text)])
    found = [worth.get(line, ()) for line in range(lines)]
    return Selection(session, Worth(found, values, [0.0] * lines), lambda text: len(text.split()))


def test_a_line_comes_with_its_neighbours() -> None:
    chosen = selection(50, {20: (0,)}, [0.5])
    chosen.fill(1000)
    assert sorted(chosen.order) == [19, 20, 21]


def test_what_is_shown_once_is_worth_nothing_more() -> None:
    chosen = selection(50, {10: (0,), 40: (0,)}, [0.5])
    chosen.fill(1000)
    assert len(chosen.order) == 3


def test_the_better_line_wins_a_small_budget() -> None:
    chosen = selection(50, {10: (0,), 40: (1,)}, [0.1, 0.9])
    chosen.fill(30)
    assert sorted(chosen.order) == [39, 40, 41]


def test_a_short_hole_is_closed() -> None:
    chosen = selection(50, {10: (0,), 14: (1,)}, [0.5, 0.5])
    chosen.fill(1000)
    assert sorted(chosen.order) == [9, 10, 11, 12, 13, 14, 15]


def test_a_barred_line_is_never_chosen() -> None:
    session = Session.of([Message(Role.TOOL_RESULT, "one\ntwo\nthree")])
    worth = Worth([(0,), (1,), (2,)], [0.9, 0.9, 0.9], [0.1] * 3)
    chosen = Selection(session, worth, lambda text: len(text.split()), frozenset([1]))
    chosen.fill(1000)
    assert sorted(chosen.order) == [0, 2]
