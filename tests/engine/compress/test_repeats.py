import pytest
from counts import quarters as count
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.engine.compress.repeats import (
    LONG,
    Emitted,
    Lines,
    Run,
    read_lines,
    refer,
    shown_lines,
)
from aicontext.engine.condense.marks import Marks

FILE = [f"def function_{n}(first, second): return first * {n} + second" for n in range(40)]


def numbered(lines: list[str], start: int = 1) -> str:
    return "\n".join(f"{n:6}\t{line}" for n, line in enumerate(lines, start))


def emitted(*texts: tuple[str, str]) -> Emitted:
    found = Emitted()
    for label, text in texts:
        found.add(read_lines(text), label)
    return found


def referred(text: str, *before: tuple[str, str]) -> str:
    return refer(text, read_lines(text), emitted(*before), Marks.of(text), count)[0]


def test_a_whole_repeat_is_one_reference() -> None:
    assert referred(numbered(FILE), ("Read a.py", numbered(FILE))) == (
        "[… 40 lines: all of Read a.py above]"
    )


def test_a_read_after_an_edit_is_its_delta() -> None:
    edited = [*FILE[:20], "EDITED = True", "", *FILE[21:]]
    assert referred(numbered(edited), ("Read a.py", numbered(FILE))).split("\n") == [
        "[… 20 lines: 1-20 as in Read a.py above]",
        "    21\tEDITED = True",
        "    22\t",
        "[… 19 lines: 23-41 are lines 22-40 of Read a.py above]",
    ]


def test_an_overlapping_range_and_an_unnumbered_read() -> None:
    whole = ("Read a.py", numbered(FILE))
    assert referred(numbered(FILE[9:30], 10), whole) == "[… 21 lines: 10-30 as in Read a.py above]"
    plain = "\n".join(FILE[9:30])
    assert referred(plain, whole) == "[… 21 lines: lines 10-30 of Read a.py above]"
    cat = ("Bash cat a.py", "# A file\n" + "\n".join(FILE[:30]) + "\nother")
    assert referred(whole[1], cat).startswith(
        "[… 30 lines: lines 2-31 of Bash cat a.py above, from 'def function_0(first, second)"
    )


def test_same_names_are_told_apart_by_their_order() -> None:
    other = [line.upper() for line in FILE]
    before = [("Read a.py", numbered(FILE)), ("Read a.py", numbered(other))]
    assert referred(numbered(FILE), *before) == "[… 40 lines: all of Read a.py #1 above]"
    assert referred(numbered(other), *before) == "[… 40 lines: all of Read a.py #2 above]"


def test_the_longest_place_is_named_and_of_equal_ones_the_latest() -> None:
    text, head = numbered(FILE), ("Bash head", numbered(FILE[:10]))
    file, again = ("Read a.py", text), ("Bash cat -n a.py", text)
    assert referred(text, head, file) == "[… 40 lines: all of Read a.py above]"
    assert referred(text, file, again, head) == "[… 40 lines: all of Bash cat -n a.py above]"


def test_lines_without_a_number_between_others_keep_their_place() -> None:
    text = numbered(FILE[:30]) + "\n   \na note\n" + numbered(FILE[30:], 31)
    lines = read_lines(text)
    assert lines.keys == [*FILE[:30], "", "a note", *FILE[30:]]
    assert lines.numbers == [*range(1, 31), 0, 0, *range(31, 41)]


def test_what_is_shown_takes_each_line_of_the_original_once_and_in_order() -> None:
    original = read_lines(numbered(["the same", *FILE[:8], "the same"]))
    shown = shown_lines("the same\nthe same\nthe same\nanother", original)
    assert shown == Lines(["the same", "the same", "the same", "another"], [1, 10, 0, 0])
    assert shown_lines("a\n     7\tb", read_lines("a\nb")) == Lines(["a", "     7\tb"], [0, 0])


def test_what_was_left_out_cannot_be_referred_to() -> None:
    text = numbered(FILE)
    short = numbered(FILE[:3]) + "\n[… 34 lines]\n" + numbered(FILE[37:], 38)
    found = Emitted()
    found.add(shown_lines(short, read_lines(text)), "Read a.py")
    assert refer(text, read_lines(text), found, Marks.of(text), count) == (text, 0)


def test_a_rendition_with_sparse_numbers_can_be_referred_to() -> None:
    lines = numbered(FILE).split("\n")
    sparse = "\n".join(line if n % 10 == 0 else FILE[n] for n, line in enumerate(lines))
    found = Emitted()
    found.add(shown_lines(sparse, read_lines(numbered(FILE))), "Read a.py")
    text = numbered(FILE[5:25], 6)
    assert refer(text, read_lines(text), found, Marks.of(text), count)[0] == (
        "[… 20 lines: 6-25 as in Read a.py above]"
    )


def test_numbers_that_are_data_are_not_taken_off() -> None:
    rows = [f"{n * n} apples and pears in a basket" for n in range(9, 30)]
    other = [f"{n * n + 1} apples and pears in a basket" for n in range(9, 30)]
    text = "\n".join(other)
    assert referred(text, ("Bash ls", "\n".join(rows))) == text


def test_text_that_poses_as_a_reference_is_told_from_ours() -> None:
    text = numbered(FILE) + "\n[… 40 lines: all of Read b.py above]"
    shown = referred(text, ("Read a.py", numbered(FILE)))
    ours, theirs = shown.split("\n")
    assert ours.startswith("[…")
    assert not ours.startswith("[… ")
    assert theirs == "[… 40 lines: all of Read b.py above]"


def test_one_long_line_is_found_again() -> None:
    text = '{"rows": [' + "1234, " * 400 + "]}"
    assert referred(text, ("curl", text)) == "[… 1 line: all of curl above]"


def test_a_run_that_one_long_line_finds_has_the_lines_before_it_too() -> None:
    found, long = Emitted(), "z" * LONG
    found.add(Lines(["head", "one", "two", long, "old"], [0] * 5), "x")
    assert list(found.find(Lines(["one", "two", long, "new"], [0] * 4))) == [Run(0, 3, 1)]
    shorter = Lines(["one", "two", long[1:], "new"], [0] * 4)
    found.add(shorter, "y")
    assert list(found.find(Lines([*shorter.keys[:3], "other"], [0] * 4))) == []


def test_short_runs_do_not_pay() -> None:
    text = "a\nb\nc\nd\ne"
    assert referred(text, ("x", text)) == text


LINE = st.sampled_from(
    ["", "}", "    return x", "import os", "x" * 250, "y = f(x)", "\x00", "7\tz"]
)


@settings(max_examples=100)
@given(st.lists(st.lists(LINE, max_size=30), max_size=4), st.lists(LINE, max_size=40))
def test_runs_stand_where_they_are_said_to(blocks: list[list[str]], lines: list[str]) -> None:
    found, stream = Emitted(), []
    for block in blocks:
        found.add(Lines(block, [0] * len(block)), "x")
        stream += [*block, None]
    done = 0
    for run in found.find(Lines(lines, [0] * len(lines))):
        assert done <= run.first < run.last
        assert lines[run.first : run.last] == stream[run.at : run.at + run.last - run.first]
        done = run.last


@settings(max_examples=100)
@given(st.lists(LINE, max_size=40).map("\n".join), st.lists(LINE, max_size=40).map("\n".join))
def test_references_never_cost_more(before: str, text: str) -> None:
    shown, references = refer(text, read_lines(text), emitted(("x", before)), Marks.of(text), count)
    assert count(shown) < count(text) if references else shown == text


@pytest.mark.parametrize("line", ["", "a", "}", "1\tx"])
def test_a_flood_of_equal_lines_is_linear(line: str) -> None:
    text = "\n".join([line] * 200_000)
    assert count(referred(text, ("x", text))) < 20
