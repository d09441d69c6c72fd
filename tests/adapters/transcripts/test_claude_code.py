"""Claude Code's files: answers that grow line by line, sub-agents, copies and what is broken."""

import json
from pathlib import Path
from typing import Any

import pytest
from transcript_homes import calls_alone, listed, only, records, write_lines

from aicontext.adapters.transcripts import lines as lines_of
from aicontext.domain.messages import Role
from aicontext.domain.usage import Billed
from aicontext.services.integrations.catalog.index import load

SESSION = "0b0e7a2c-1111-4222-8333-444455556666"
FILE = f".claude/projects/-made-up/{SESSION}.jsonl"


def line(kind: str, uuid: str, message: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "uuid": uuid,
        "sessionId": SESSION,
        "cwd": "/made/up",
        "timestamp": "2026-03-01T10:00:00.000Z",
        "message": message,
        **more,
    }


def told(uuid: str, content: Any, **more: Any) -> dict[str, Any]:
    return line("user", uuid, {"role": "user", "content": content}, **more)


def answer(uuid: str, name: str, part: dict[str, Any], output: int, **more: Any) -> dict[str, Any]:
    usage = {
        "input_tokens": 4,
        "cache_read_input_tokens": 1000,
        "cache_creation_input_tokens": 200,
        "cache_creation": {"ephemeral_5m_input_tokens": 50, "ephemeral_1h_input_tokens": 150},
        "output_tokens": output,
    }
    message = {"id": name, "role": "assistant", "model": "claude-x", "content": [part]}
    return line("assistant", uuid, {**message, "usage": usage}, requestId="req_1", **more)


def result(uuid: str, call: str, content: Any, **more: Any) -> dict[str, Any]:
    return told(uuid, [{"type": "tool_result", "tool_use_id": call, "content": content}], **more)


TEXT = {"type": "text", "text": "I look."}
CALL = {"type": "tool_use", "id": "t1", "name": "Read", "input": {"path": "a.py"}}


def test_the_last_line_of_an_answer_counts(tmp_path: Path) -> None:
    grown = [
        told("u1", "Mend it."),
        answer("a1", "msg_1", TEXT, 1),
        answer("a2", "msg_1", CALL, 90),
        result("u2", "t1", "x = 1"),
        answer("a3", "msg_2", TEXT, 7),
    ]
    write_lines(tmp_path / FILE, grown)
    session = only(tmp_path, "claude-code")
    assert [turn.call and turn.call.billed for turn in session.turns] == [
        None,
        Billed(4, 1000, 50, 150, 90),
        None,
        Billed(4, 1000, 50, 150, 7),
    ]
    said = [(m.role, m.text, m.tool) for m in session.messages()]
    assert said[1:4] == [
        (Role.ASSISTANT, "I look.", ""),
        (Role.TOOL_CALL, '{"path":"a.py"}', "Read"),
        (Role.TOOL_RESULT, "x = 1", "Read"),
    ]
    assert (session.id, session.project, session.model) == (SESSION, "/made/up", "claude-x")
    assert calls_alone(tmp_path, "claude-code")
    assert session.started == session.ended == 1772359200.0


def test_parts_of_an_answer_join_across_results_of_its_calls(tmp_path: Path) -> None:
    write_lines(
        tmp_path / FILE,
        [answer("a1", "msg_1", CALL, 1), result("u1", "t1", "x"), answer("a2", "msg_1", TEXT, 9)],
    )
    session = only(tmp_path, "claude-code")
    assert [
        turn.call.billed.output for turn in session.turns if turn.call and turn.call.billed
    ] == [9]


def test_repeated_lines_count_once(tmp_path: Path) -> None:
    write_lines(tmp_path / FILE, [told("u1", "Hello"), *[answer("a1", "msg_1", TEXT, 3)] * 3])
    session = only(tmp_path, "claude-code")
    assert [m.text for m in session.messages()] == ["Hello", "I look."]


def test_reading_goes_on_before_the_answer_that_may_still_grow(tmp_path: Path) -> None:
    first = [told("u1", "Mend it."), answer("a1", "msg_1", TEXT, 1)]
    path = write_lines(tmp_path / FILE, first)
    position = only(tmp_path, "claude-code").position
    write_lines(path, [*first, answer("a2", "msg_1", CALL, 90), answer("a3", "msg_2", TEXT, 5)])
    later = only(tmp_path, "claude-code", position)
    assert [turn.call.billed.output for turn in later.turns if turn.call and turn.call.billed] == [
        90,
        5,
    ]
    write_lines(path, first[:1])
    assert len(only(tmp_path, "claude-code", later.position).turns) == 1


def test_a_compacted_session_begins_anew(tmp_path: Path) -> None:
    lines = [told("u1", "Old."), answer("a1", "msg_1", TEXT, 1), told("u2", "In short: old.")]
    lines[2]["isCompactSummary"] = True
    write_lines(tmp_path / FILE, lines)
    assert [m.text for m in only(tmp_path, "claude-code").messages()] == ["In short: old."]


def test_sub_agents_have_conversations_of_their_own(tmp_path: Path) -> None:
    side = {"isSidechain": True}
    write_lines(
        tmp_path / FILE,
        [
            told("u1", "Mend it."),
            told("s1", "Look for it.", **side, parentUuid=None),
            answer("s2", "msg_s", TEXT, 2, **side, parentUuid="s1"),
            told("s3", "Look elsewhere.", **side, parentUuid=None),
            answer("a1", "msg_1", TEXT, 3, parentUuid="u1"),
        ],
    )
    session = only(tmp_path, "claude-code")
    assert session.threads == ("", "s1", "s3")
    assert calls_alone(tmp_path, "claude-code")
    assert [m.text for m in session.messages("s1")] == ["Look for it.", "I look."]
    write_lines(tmp_path / ".claude/projects/-made-up" / SESSION / "subagents/agent-a1.jsonl", [])
    assert [one.agent for one in listed(tmp_path, "claude-code")] == [False, True]


def test_what_failed_without_a_model_is_no_call(tmp_path: Path) -> None:
    failed = answer("a1", "x", TEXT, 0)
    failed["message"]["model"] = "<synthetic>"
    write_lines(tmp_path / FILE, [told("u1", "Hello"), failed])
    assert not any(turn.call for turn in only(tmp_path, "claude-code").turns)


def test_lines_that_are_broken_cut_or_gigantic_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines_of, "LONGEST", 2000)
    path = write_lines(tmp_path / FILE, [told("u1", "One."), told("u2", "x" * 5000)])
    whole = path.read_bytes()
    cut = json.dumps(told("u4", "Three.")).encode()
    path.write_bytes(whole + b'{"type": "us\n[1]\n\xff\n' + b"\n" + cut[:40])
    session = only(tmp_path, "claude-code")
    assert [m.text for m in session.messages()] == ["One."]
    assert session.skipped == {"too long": 1, "broken": 3, "cut": 1}
    path.write_bytes(path.read_bytes() + cut[40:])
    later = only(tmp_path, "claude-code", session.position)
    assert [m.text for m in later.messages()] == ["Three."]


def test_transcripts_are_found_where_the_tool_was_told_to_keep_them(tmp_path: Path) -> None:
    write_lines(tmp_path / "elsewhere/projects/-p/s.jsonl", [told("u1", "Hello")])
    found = records(tmp_path, CLAUDE_CONFIG_DIR=str(tmp_path / "elsewhere"))
    assert [one.session for one in found.listed(load().tool("claude-code"))] == ["s"]
    assert not found.readable(load().tool("ollama"))


def test_gateways_may_give_one_name_to_several_answers(tmp_path: Path) -> None:
    lines = [
        answer("a1", "msg", TEXT, 1),
        answer("a2", "msg", CALL, 90),
        answer("a3", "other", TEXT, 5),
        answer("a4", "msg", TEXT, 7),
    ]
    for at, one in enumerate(lines):
        del one["requestId"]
        one["timestamp"] = f"2026-03-01T10:00:0{at}.000Z"
    write_lines(tmp_path / FILE, lines)
    session = only(tmp_path, "claude-code")
    calls = [turn.call for turn in session.turns if turn.call and turn.call.billed]
    assert [call.billed.output for call in calls if call.billed] == [90, 5, 7]
    assert len({call.id for call in calls}) == 3
