from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.compact.session import Session, pair, requests


@given(st.text(max_size=3000))
def test_lines_hold_the_whole_text_save_leading_and_white_lines(text: str) -> None:
    session = Session.of([Message(Role.USER, text)])
    said = "".join(
        piece if glued else "\n" + piece
        for piece, glued in zip(session.texts, session.glued, strict=True)
    )
    assert said.split() == text.split()


def test_a_long_line_comes_in_pieces_cut_between_items() -> None:
    line = ", ".join(f"item number {n}" for n in range(200))
    session = Session.of([Message(Role.TOOL_RESULT, line)])
    assert len(session.texts) > 5
    assert "".join(session.texts) == line
    assert all(text.endswith(", ") for text in session.texts[:-1])


def test_results_find_their_calls_by_id_or_in_the_order_of_their_tool() -> None:
    messages = [
        Message(Role.TOOL_CALL, "{}", "Read", "x"),
        Message(Role.TOOL_CALL, "1", "Bash"),
        Message(Role.TOOL_CALL, "2", "Bash"),
        Message(Role.TOOL_RESULT, "", "Bash"),
        Message(Role.TOOL_RESULT, "", "Read", "x"),
        Message(Role.TOOL_RESULT, "", "Bash"),
        Message(Role.TOOL_RESULT, "", "Bash"),
    ]
    assert pair(messages) == [-1, -1, -1, 1, 0, 2, -1]


def test_what_the_tool_says_in_the_users_name_is_no_request() -> None:
    messages = [
        Message(Role.USER, "<environment>\n  <cwd>/home/dev</cwd>\n</environment>\n"),
        Message(Role.USER, "Fix the <b>bold</b> text, please"),
    ]
    assert requests(messages) == [1]
