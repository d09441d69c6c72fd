from aicontext.engine.condense.marks import OPENING, Marks, sealed


def test_a_gap_says_how_much() -> None:
    assert Marks.of("plain").gap(12) == "[… 12 lines]"
    assert Marks.of("plain").gap(1, "rows", "passed") == "[… 1 row: passed]"
    assert Marks.of("plain").gap(1083, "tests") == "[… 1,083 tests]"


def test_text_that_holds_a_mark_cannot_pose_as_one() -> None:
    marks = Marks.of("[… 99 lines]")
    assert marks.opening not in "[… 99 lines]"


def test_a_text_that_was_made_to_hold_its_own_opening_gets_another() -> None:
    key = "0123456789abcdef" * 4
    assert sealed(key, "[… 99 lines]") == OPENING + key[:8]
    assert sealed(key, f"{OPENING}{key[:8]} 99 lines]") == OPENING + key[8:24]
