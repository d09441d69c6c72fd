import json

import pytest

from aicontext.domain.messages import Message, Role
from aicontext.engine.ledger.rewriting import (
    AGE,
    CARRIED,
    EDITING,
    LEAST,
    outdated,
    repays,
    stale_size,
)
from aicontext.engine.ledger.treatments import Purse, Treated, Treatments


def _call(at: int, tool: str, **arguments: str) -> list[Message]:
    """An answer that calls a tool, and what the tool printed."""
    return [
        Message(Role.ASSISTANT, "next"),
        Message(Role.TOOL_CALL, json.dumps(arguments), tool, f"c{at}"),
        Message(Role.TOOL_RESULT, f"printed {at}", tool, f"c{at}"),
    ]


def _session(*calls: tuple[str, dict[str, str]]) -> list[Message]:
    found = [Message(Role.USER, "do it")]
    for at, (tool, arguments) in enumerate(calls):
        found += _call(at, tool, **arguments)
    return found


LOOKING = ("Grep", {"pattern": "x"})
READING, EDIT = ("Read", {"file_path": "src/a.py"}), ("Edit", {"file_path": "src/a.py"})


def _outdated(messages: list[Message], size: int = 100) -> list[str]:
    """Calls whose results are outdated, each result of so many tokens."""
    return [messages[i].call_id for i in outdated(messages, [size] * len(messages))]


def test_a_result_is_outdated_once_so_many_answers_followed() -> None:
    assert _outdated(_session(*[LOOKING] * (AGE + 2))) == ["c0", "c1"]
    assert _outdated(_session(*[LOOKING] * AGE)) == []
    assert _outdated([]) == []
    lost = Message(Role.TOOL_RESULT, "printed", "", "lost")
    assert _outdated([lost, *_session(*[LOOKING] * AGE)]) == ["lost"], "its call was left out"


def test_calls_at_once_are_one_answer() -> None:
    together = [Message(Role.USER, "do it")]
    for first in range(0, 3 * (AGE - 1), 3):
        answer = [one for at in range(first, first + 3) for one in _call(at, "Grep", pattern="x")]
        together += sorted(answer, key=lambda one: one.role is Role.TOOL_RESULT)
    assert _outdated(together) == []


def test_the_last_read_of_a_file_being_edited_is_not() -> None:
    messages = _session(READING, READING, *[LOOKING] * (EDITING - 1), EDIT)
    assert [c for c in _outdated(messages) if c in ("c0", "c1")] == ["c0"]
    messages = _session(READING, READING, EDIT, *[LOOKING] * EDITING)
    assert _outdated(messages)[:3] == ["c0", "c1", "c2"]


def test_a_read_of_a_file_that_a_user_named_is_not_before_it_was_edited() -> None:
    asked = Message(Role.USER, "Please make a.py faster.")
    early = [asked, *_session(READING, *[LOOKING] * AGE)]
    late = [asked, *_session(READING, *[LOOKING] * EDITING)]
    edited = [asked, *_session(READING, EDIT, *[LOOKING] * EDITING)]
    assert "c0" not in _outdated(early, CARRIED)
    assert "c0" in _outdated(late, CARRIED)
    assert "c0" not in _outdated(late, CARRIED - 1)
    assert "c0" in _outdated(edited, CARRIED - 1)
    assert "c0" in _outdated(early[1:], CARRIED)


def test_a_patch_names_the_files_it_edits() -> None:
    patch = "*** Begin Patch\n*** Update File: src/a.py\n@@\n-x\n+y\n*** End Patch"
    read = ("exec_command", {"cmd": "sed -n '1,200p' src/a.py"})
    looking = ("exec_command", {"cmd": "rg x"})
    messages = _session(read, *[looking] * AGE, ("apply_patch", {"input": patch}))
    assert "c0" not in _outdated(messages)


def test_a_stale_result_keeps_its_share() -> None:
    assert stale_size(10, read=True) == LEAST
    assert stale_size(10_000, read=True) == 1200
    assert stale_size(10_000, read=False) == 500


def test_it_is_told_which_of_them_show_files() -> None:
    messages = _session(READING, LOOKING, *[LOOKING] * AGE)
    assert list(outdated(messages, [100] * len(messages)).values()) == [True, False]
    lost = [Message(Role.TOOL_RESULT, "printed", "", "lost"), *_session(*[LOOKING] * AGE)]
    assert list(outdated(lost, [100] * len(lost)).values()) == [False]


@pytest.mark.parametrize(
    ("loss", "regret", "saved", "pays"),
    [(100, 100, 100, True), (100, 99, 100, False), (100, 500, 99, False), (0, 0, 0, True)],
)
def test_only_what_was_saved_is_risked(loss: int, regret: int, saved: int, pays: bool) -> None:
    assert repays(loss, regret=regret, saved=saved) is pays


def test_treatments_are_found_by_the_longest_known_beginning() -> None:
    known = Treatments()
    early, late = Treated(frozenset({0})), Treated(frozenset({0}), frozenset({1}))
    known.note(b"a", early, 1.0)
    known.note(b"b", late, 2.0)
    assert known.find([b"a", b"b", b"c"]) == (1, late, 2.0)
    assert known.find([b"a", b"x"]) == (0, early, 1.0)
    assert known.find([b"x"]) is None


def test_the_treatment_noted_longest_ago_is_forgotten_first() -> None:
    known = Treatments(limit=2)
    for key in (b"a", b"b", b"a", b"c"):
        known.note(key, Treated(), 0.0)
    assert [known.find([key]) is None for key in (b"a", b"b", b"c")] == [False, True, False]


def test_what_another_conversation_made_of_a_shared_beginning_is_found() -> None:
    known, purse = Treatments(), Purse(9.0)
    own = Treated(frozenset({0}), frozenset({3}), 2.0, purse)
    known.note(b"a", own, 0.0)
    known.note(b"d", own, 0.0)
    known.rewrote([b"a", b"b"], Treated(stale=frozenset({0, 1}), referring=0))
    assert known.rewritten([b"b"], own) is None  # No request ended there.
    found = known.rewritten([b"a", b"c", b"d"], own)
    assert found == Treated(stale=frozenset({0, 3}), regret=2.0, purse=purse, referring=0)
    assert found.purse is purse
    assert known.rewritten([b"a", b"c", b"d"], found) is None


def test_an_own_rewriting_hides_none_of_a_shorter_beginning() -> None:
    known, own = Treatments(), Treated(stale=frozenset({0, 2}))
    for key in (b"a", b"c"):
        known.note(key, own, 0.0)
    known.rewrote([b"a", b"b", b"c"], own)
    known.rewrote([b"a", b"x"], Treated())
    assert known.rewritten([b"a", b"b", b"c"], own) == Treated(stale=frozenset({2}))


def test_treatments_are_bounded() -> None:
    known = Treatments(limit=2)
    for key in (b"a", b"b", b"c"):
        known.note(key, Treated(), 0.0)
    assert known.find([b"a"]) is None
    assert known.find([b"c"]) is not None


def test_what_is_packed_comes_out_again() -> None:
    treated = Treated(frozenset({3, 1}), frozenset({2}), 1.5, Purse(7.0, 900.0))
    assert Treated.unpacked(treated.packed()) == treated
    assert Treated.unpacked(b"[[1], [], 0, 7, 5]").purse == Purse(7.0)
    for broken in (b"", b"{}", b"[1]", b'[1, 2, "x", 3]'):
        with pytest.raises((ValueError, TypeError)):
            Treated.unpacked(broken)
