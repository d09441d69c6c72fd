from aicontext.engine.condense.marks import Marks


def test_a_gap_says_how_much() -> None:
    assert Marks.of("plain").gap(12) == "[… 12 lines]"
    assert Marks.of("plain").gap(1, "rows", "passed") == "[… 1 row: passed]"
    assert Marks.of("plain").gap(1083, "tests") == "[… 1,083 tests]"


def test_text_that_holds_a_mark_cannot_pose_as_one() -> None:
    marks = Marks.of("[… 99 lines]")
    assert marks.opening not in "[… 99 lines]"
