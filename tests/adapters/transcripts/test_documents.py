"""Amp's threads, Droid's settings and Kimi's wire."""

from pathlib import Path
from typing import Any

from transcript_homes import billed, only, said, write_document, write_lines

from aicontext.domain.usage import Billed

AT = "2026-03-01T10:00:00Z"


def test_amp_counts_what_its_ledger_alone_knows(tmp_path: Path) -> None:
    usage = {"model": "claude-x", "inputTokens": 5, "outputTokens": 20}
    usage |= {"cacheReadInputTokens": 400, "cacheCreationInputTokens": 30}
    call = {"type": "tool_use", "id": "t", "name": "Read", "input": {"path": "a.py"}}
    result = {"type": "tool_result", "toolUseID": "t", "run": {"status": "done", "result": "x"}}
    tokens = {"input": 5, "output": 20}
    thread = {
        "id": "T-1",
        "created": 1772359200000,
        "env": {"initial": {"trees": [{"uri": "file:///made/up"}]}},
        "messages": [
            {"role": "user", "messageId": 0, "content": [{"type": "text", "text": "Look."}]},
            {"role": "assistant", "messageId": 1, "content": [call], "usage": usage},
            {"role": "user", "messageId": 2, "content": [result]},
        ],
        "usageLedger": {
            "events": [
                {"timestamp": AT, "model": "claude-x", "tokens": tokens, "toMessageId": 1},
                {"timestamp": AT, "model": "claude-y", "tokens": {"input": 7, "output": 1}},
            ]
        },
    }
    write_document(tmp_path / ".local/share/amp/threads/T-1.json", thread)
    session = only(tmp_path, "amp")
    assert billed(session) == [Billed(5, 400, 30, output=20), Billed(7, output=1)]
    assert said(session) == [
        ("user", "Look.", ""),
        ("tool_call", '{"path":"a.py"}', "Read"),
        ("tool_result", "x", "Read"),
    ]
    assert (session.id, session.project, session.turns[1].at) == ("T-1", "/made/up", 1772359200.0)


def droid(home: Path, given: int, made: int) -> None:
    folder = home / ".factory/sessions/-made-up"
    sums = {"inputTokens": given, "outputTokens": made - 1, "cacheReadTokens": 400}
    sums |= {"thinkingTokens": 1}
    write_document(folder / "d1.settings.json", {"model": "claude-x", "tokenUsage": sums})
    answer = {"role": "assistant", "content": [{"type": "text", "text": "I look."}]}
    start = {"type": "session_start", "cwd": "/made/up"}
    message = {"type": "message", "timestamp": AT, "message": answer}
    write_lines(folder / "d1.jsonl", [start, message])


def test_droid_sums_up_so_that_what_was_added_counts(tmp_path: Path) -> None:
    droid(tmp_path, 50, 7)
    first = only(tmp_path, "factory-droid")
    assert billed(first) == [Billed(50, 400, output=7)]
    assert said(first) == [("assistant", "I look.", "")]
    assert (first.project, first.model) == ("/made/up", "claude-x")
    droid(tmp_path, 80, 9)
    assert billed(only(tmp_path, "factory-droid", first.position)) == [Billed(30, output=2)]
    droid(tmp_path, 10, 2)
    assert billed(only(tmp_path, "factory-droid", first.position)) == [Billed(10, 400, output=2)]


def status(name: str, made: int) -> dict[str, Any]:
    usage = {"input_other": 5, "output": made, "input_cache_read": 400, "input_cache_creation": 30}
    payload = {"token_usage": usage, "message_id": name}
    return {"timestamp": 1772359200.5, "message": {"type": "StatusUpdate", "payload": payload}}


def test_kimi_tells_a_step_again_until_it_is_whole(tmp_path: Path) -> None:
    folder = tmp_path / ".kimi/sessions/made-up/k1"
    write_lines(folder / "wire.jsonl", [status("m1", 1), status("m1", 20), status("m2", 3)])
    call = {"id": "t", "function": {"name": "Shell", "arguments": "{}"}}
    said_so = [{"type": "text", "text": "I look."}]
    context = [
        {"role": "user", "content": "Look."},
        {"role": "assistant", "content": said_so, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "t", "content": "a.py"},
        {"role": "assistant", "content": "One."},
        {"role": "_usage", "token_count": 9},
    ]
    write_lines(folder / "context.jsonl", context)
    session = only(tmp_path, "kimi-code")
    assert billed(session) == [Billed(5, 400, 30, output=20), Billed(5, 400, 30, output=3)]
    assert said(session) == [
        ("user", "Look.", ""),
        ("assistant", "I look.", ""),
        ("tool_call", "{}", "Shell"),
        ("tool_result", "a.py", "Shell"),
        ("assistant", "One.", ""),
    ]
    assert session.ended == 1772359200.5


def test_newer_kimi_tells_sums_beside_steps(tmp_path: Path) -> None:
    usage = {"inputOther": 5, "output": 20, "inputCacheRead": 400, "inputCacheCreation": 0}
    step = {"type": "usage.record", "usageScope": "turn", "usage": usage, "time": 1772359200000}
    lines = [step | {"model": "kimi-code/k3"}, step | {"usageScope": "session"}]
    write_lines(tmp_path / ".kimi-code/sessions/made-up/k2/agents/main/wire.jsonl", lines)
    session = only(tmp_path, "kimi-code")
    assert billed(session) == [Billed(5, 400, output=20)]
    assert (session.id, session.model) == ("k2", "k3")
