"""Pi's lines and aider's Markdown."""

from pathlib import Path

from transcript_homes import billed, listed, only, records, said, write_lines

from aicontext.domain.usage import Billed

AT = "2026-03-01T10:00:00Z"


def test_pi_tells_usage_and_cost_of_each_answer(tmp_path: Path) -> None:
    usage = {"input": 5, "output": 20, "cacheRead": 400, "cacheWrite": 30, "cost": {"total": 0.01}}
    call = {"type": "toolCall", "id": "t", "name": "read", "arguments": {"path": "a.py"}}
    answer = {"role": "assistant", "content": [call], "model": "claude-x", "usage": usage}
    result = {"role": "toolResult", "toolCallId": "t", "content": [{"type": "text", "text": "x"}]}
    lines = [
        {"type": "session", "id": "p1", "cwd": "/made/up", "timestamp": AT},
        {"type": "message", "id": "1", "message": {"role": "user", "content": "Look."}},
        {"type": "message", "id": "2", "timestamp": AT, "message": answer},
        {"type": "message", "id": "2", "timestamp": AT, "message": answer},
        {"type": "message", "id": "3", "message": result},
    ]
    write_lines(tmp_path / ".pi/agent/sessions/made-up/2026_p1.jsonl", lines)
    session = only(tmp_path, "pi")
    assert billed(session) == [Billed(5, 400, 30, output=20)]
    assert said(session)[2] == ("tool_result", "x", "read")
    assert (session.id, session.project, session.model) == ("p1", "/made/up", "claude-x")


def test_aider_rounds_its_counts(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project/.aider.chat.history.md").write_text(
        "\n# aider chat started at 2026-03-01 10:00:00\n\n"
        "> Model: claude-x with diff edit format\n\n"
        "#### Mend it.\n\nI mend it.\n\n"
        "> Tokens: 4.6k sent, 1.0k cache write, 3k cache hit, 233 received. "
        "Cost: $0.03 message, $0.05 session.\n"
        "\n# aider chat started at 2026-03-02 10:00:00\n\n#### Again.\n"
    )
    first, second = (records(tmp_path).read(one) for one in listed(tmp_path, "aider"))
    assert billed(first) == [Billed(600, 3000, 1000, output=233)]
    assert [turn.call.cost for turn in first.turns if turn.call and turn.call.cost] == [0.03]
    assert [one for one in said(first) if one[0] != "opaque"] == [
        ("user", "Mend it.", ""),
        ("assistant", "I mend it.", ""),
    ]
    assert (first.model, first.project) == ("claude-x", str(tmp_path / "project"))
    assert said(second) == [("user", "Again.", "")]
