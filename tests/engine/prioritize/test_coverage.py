from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.engine.prioritize.coverage import WINDOW, Covered, runs


def covered(*held: str, base: float = 0.0) -> Covered:
    names = [set(text.split()) for text in held]
    weights = dict.fromkeys((name for found in names for name in found), 1.0)
    return Covered(names, weights, [base] * len(held), [10.0] * len(held))


def test_a_window_around_the_most_names_comes_first() -> None:
    order = runs(covered("", "", "", "one two", "three", "four", "", "", "one"), 30)
    assert order[0] == (3, 4, 5)


def test_names_shown_already_draw_no_further_pieces() -> None:
    order = runs(covered("one two three", "", "", "", "", "one two three", "", ""), 10_000)
    assert all(i < 4 for group in order for i in group)


def test_a_run_grows_where_its_edge_holds_a_name() -> None:
    order = runs(covered("", "", "one", "two", "three four", "", ""), 10_000)
    assert {i for group in order for i in group} >= {2, 3, 4, 5}


def test_base_worth_alone_orders_pieces() -> None:
    pieces = Covered([set()] * 6, {}, [0.0, 0.0, 0.0, 0.1, 0.1, 0.1], [4.0] * 6)
    assert runs(pieces, 1)[0] == (3, 4, 5)


def test_nothing_to_cover() -> None:
    assert runs(Covered([], {}, [], []), 100) == []
    assert runs(covered("", "", ""), 100) == []


@settings(max_examples=60)
@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=4), max_size=30), st.floats(0, 400))
def test_each_piece_is_in_one_group_at_most(held: list[list[str]], limit: float) -> None:
    pieces = covered(*(" ".join(names) for names in held), base=0.01)
    order = runs(pieces, limit)
    taken = [i for group in order for i in group]
    assert order == runs(pieces, limit)
    assert len(taken) == len(set(taken))
    assert all(group[-1] - group[0] < WINDOW for group in order)
