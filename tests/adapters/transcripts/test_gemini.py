"""Gemini CLI's and Qwen Code's files."""

from pathlib import Path
from typing import Any

from transcript_homes import billed, only, said, write_document, write_lines

from aicontext.domain.usage import Billed

FOLDER = ".gemini/tmp/made-up"
AT = "2026-03-01T10:00:00Z"
TOKENS = {"input": 1000, "cached": 600, "output": 40, "thoughts": 10, "tool": 5, "total": 1055}


def asked(name: str, text: str) -> dict[str, Any]:
    return {"id": name, "timestamp": AT, "type": "user", "content": [{"text": text}]}


def answered(name: str, tokens: dict[str, int], *calls: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": name,
        "timestamp": AT,
        "type": "gemini",
        "content": "I look.",
        "model": "gemini-x",
        "tokens": tokens,
        "toolCalls": list(calls),
    }


READ = {
    "id": "c1",
    "name": "read_file",
    "args": {"path": "a.py"},
    "status": "success",
    "result": [
        {"functionResponse": {"id": "c1", "name": "read_file", "response": {"output": "x = 1"}}}
    ],
}


def test_a_document_tells_messages_tools_and_tokens(tmp_path: Path) -> None:
    messages = [asked("1", "Mend it."), {"id": "2", "type": "info"}, answered("3", TOKENS, READ)]
    path = tmp_path / FOLDER / "chats/session-a.json"
    write_document(path, {"sessionId": "s1", "projectHash": "h", "messages": messages})
    session = only(tmp_path, "gemini-cli")
    assert billed(session) == [Billed(405, 600, output=50)]
    assert said(session) == [
        ("user", "Mend it.", ""),
        ("assistant", "I look.", ""),
        ("tool_call", '{"path":"a.py"}', "read_file"),
        ("tool_result", "x = 1", "read_file"),
    ]
    assert (session.id, session.project, session.model) == ("s1", "h", "gemini-x")


def test_a_record_that_comes_again_stands_in_place_of_the_former(tmp_path: Path) -> None:
    lines = [
        {"sessionId": "s1", "projectHash": "h"},
        asked("1", "Mend it."),
        answered("2", {"input": 10, "output": 1}),
        answered("2", TOKENS, READ),
        {"$set": {"summary": "Mended."}},
    ]
    write_lines(tmp_path / FOLDER / "chats/session-a.jsonl", lines)
    (tmp_path / FOLDER / ".project_root").write_text("/made/up\n")
    session = only(tmp_path, "gemini-cli")
    assert billed(session) == [Billed(405, 600, output=50)]
    assert session.project == "/made/up"


def test_what_the_user_went_back_behind_was_billed_and_is_not_shown(tmp_path: Path) -> None:
    lines = [
        {"sessionId": "s1", "projectHash": "h"},
        asked("1", "Mend it."),
        answered("2", TOKENS),
        {"$rewindTo": "1"},
        asked("3", "Leave it."),
    ]
    write_lines(tmp_path / FOLDER / "chats/session-a.jsonl", lines)
    session = only(tmp_path, "gemini-cli")
    assert len(billed(session)) == 1
    assert said(session) == [("user", "Leave it.", "")]


def test_a_broken_document_is_counted(tmp_path: Path) -> None:
    path = write_document(tmp_path / FOLDER / "chats/session-a.json", {"messages": []})
    path.write_bytes(path.read_bytes()[:-3])
    session = only(tmp_path, "gemini-cli")
    assert (session.turns, session.skipped) == ((), {"broken": 1})


def qwen(uuid: str, kind: str, *parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    role = "model" if kind == "assistant" else "user"
    message = {"role": role, "parts": list(parts)}
    head = {"uuid": uuid, "sessionId": "q1", "cwd": "/made/up", "timestamp": AT, "type": kind}
    return {**head, "message": message, **more}


def test_qwen_counts_thoughts_within_the_output_where_the_total_says_so(tmp_path: Path) -> None:
    usage = {"promptTokenCount": 100, "candidatesTokenCount": 30, "thoughtsTokenCount": 20}
    call = {"functionCall": {"id": "c", "name": "ls", "args": {}}}
    result = {"functionResponse": {"id": "c", "name": "ls", "response": {"output": "a.py"}}}
    lines = [
        qwen("1", "user", {"text": "Look."}),
        qwen(
            "2", "assistant", call, model="qwen-x", usageMetadata=usage | {"totalTokenCount": 130}
        ),
        qwen(
            "2", "assistant", call, model="qwen-x", usageMetadata=usage | {"totalTokenCount": 130}
        ),
        qwen("3", "tool_result", result),
        qwen("4", "assistant", {"text": "One."}, usageMetadata=usage | {"totalTokenCount": 150}),
    ]
    write_lines(tmp_path / ".qwen/projects/made-up/chats/q1.jsonl", lines)
    session = only(tmp_path, "qwen-code")
    assert billed(session) == [Billed(100, output=30), Billed(100, output=50)]
    assert said(session)[2] == ("tool_result", "a.py", "ls")
    assert (session.id, session.project) == ("q1", "/made/up")


def test_qwen_begins_anew_after_compression(tmp_path: Path) -> None:
    kept = [{"role": "user", "parts": [{"text": "In short."}]}]
    payload = {"compressedHistory": kept}
    lines = [
        qwen("1", "user", {"text": "Old."}),
        qwen("2", "system", subtype="chat_compression", systemPayload=payload),
    ]
    write_lines(tmp_path / ".qwen/projects/made-up/chats/q1.jsonl", lines)
    assert said(only(tmp_path, "qwen-code")) == [("user", "In short.", "")]
