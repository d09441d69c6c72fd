"""What an audit says of made-up sessions."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from transcript_homes import claude_code_session, records, write_base, write_lines

from aicontext.adapters.archive.memory import MemoryArchive
from aicontext.adapters.ledger.memory import MemoryLedger
from aicontext.domain.transcripts import Session
from aicontext.domain.usage import Billed
from aicontext.engine.compress.forms.read import read
from aicontext.services.analytics.audit.advice import advice
from aicontext.services.analytics.audit.auditing import Auditing
from aicontext.services.analytics.audit.findings import Audit, Replay, Usage
from aicontext.services.analytics.audit.replay import play
from aicontext.services.analytics.audit.requests import FIRST, requests
from aicontext.services.context.requests import RequestService
from aicontext.services.integrations.catalog.index import load

DAY = 1772359200.0
FOLDER = ".claude/projects/-made-up-shop"


def planner() -> RequestService:
    return RequestService(MemoryArchive(), MemoryLedger())


def audited(home: Path, *tools: str, seconds: float = 60, since: float = 0) -> Audit:
    known = [load().tool(name) for name in tools or ("claude-code",)]
    auditing = Auditing(records(home), planner)
    return auditing.finish(auditing.survey(known, since), seconds)


def only(home: Path) -> Session:
    source = records(home)
    (found,) = source.listed(load().tool("claude-code"))
    return source.read(found)


def answer(name: str, minute: int, billed: tuple[int, int, int]) -> dict[str, Any]:
    given, read_, wrote = billed
    usage = {
        "input_tokens": given,
        "cache_read_input_tokens": read_,
        "cache_creation_input_tokens": wrote,
        "output_tokens": 10,
    }
    content = [{"type": "text", "text": "I look."}]
    message = {"id": name, "role": "assistant", "model": "claude-sonnet-4-5", "content": content}
    return {
        "type": "assistant",
        "uuid": f"u-{name}",
        "sessionId": "s1",
        "cwd": "/made/up/shop",
        "timestamp": f"2026-03-01T10:{minute:02}:00Z",
        "requestId": f"r-{name}",
        "message": message | {"usage": usage},
    }


def test_usage_is_told_by_tool_and_project_and_copies_count_once(tmp_path: Path) -> None:
    path = claude_code_session(tmp_path)
    path.with_name("s2.jsonl").write_bytes(path.read_bytes())
    found = audited(tmp_path, seconds=0)
    assert list(found.usage) == [("claude-code", "shop")]
    usage = found.usage["claude-code", "shop"]
    assert (usage.sessions, usage.calls, usage.reported, usage.priced) == (1, 2, 2, 2)
    assert usage.billed == Billed(8, 33_000, 6000, output=120)
    assert 0 < usage.input_cost < usage.cost
    assert found.replay.sessions == 0


def test_older_calls_are_left_out(tmp_path: Path) -> None:
    write_lines(
        tmp_path / FOLDER / "s1.jsonl",
        [answer("a", 0, (9, 0, 0)), answer("b", 30, (7, 0, 0))],
    )
    assert audited(tmp_path, since=DAY + 600).total().billed.input == 7


def test_a_pause_that_lets_the_cache_lapse_is_told(tmp_path: Path) -> None:
    calls = [
        answer("a", 0, (4, 0, 50_000)),
        answer("b", 1, (4, 50_000, 1000)),
        answer("c", 20, (4, 0, 52_000)),
        answer("d", 21, (4, 52_000, 1000)),
    ]
    write_lines(tmp_path / FOLDER / "s1.jsonl", calls)
    lapses = audited(tmp_path).lapses
    assert (lapses.calls, lapses.tokens) == (1, 51_004)
    assert lapses.cost == pytest.approx(51_004 * (3.75 - 0.3) / 1e6)
    fresh = {"type": "user", "uuid": "f", "isCompactSummary": True, "sessionId": "s1"}
    fresh |= {"message": {"content": "In short."}, "timestamp": "2026-03-01T10:19:00Z"}
    write_lines(tmp_path / FOLDER / "s1.jsonl", [*calls[:2], fresh, *calls[2:]])
    assert audited(tmp_path).lapses.calls == 0


def test_long_inputs_are_told_by_what_is_beyond(tmp_path: Path) -> None:
    write_lines(tmp_path / FOLDER / "s1.jsonl", [answer("a", 0, (150_000, 0, 0))])
    long = audited(tmp_path).long
    assert long.calls == 1
    assert long.cost == pytest.approx(50_000 * 3 / 1e6)


def test_what_is_not_written_down_is_estimated_and_kept_apart(tmp_path: Path) -> None:
    rows = [
        (
            "composerData:k1",
            {"fullConversationHeadersOnly": [{"bubbleId": str(n)} for n in (1, 2)]},
        ),
        ("bubbleId:k1:1", {"type": 1, "text": "x" * 3600}),
        ("bubbleId:k1:2", {"type": 2, "text": "Done."}),
    ]
    write_base(
        tmp_path / ".config/Cursor/User/globalStorage/state.vscdb",
        "CREATE TABLE cursorDiskKV (key TEXT, value TEXT);",
        *(("cursorDiskKV", row) for row in rows),
    )
    total = audited(tmp_path, "cursor").total()
    assert (total.calls, total.reported, total.estimated) == (1, 0, 1000)
    assert (total.cost, total.billed) == (0, Billed())


def test_what_was_said_and_what_was_billed_may_stand_apart(tmp_path: Path) -> None:
    columns = "id INTEGER, session_id TEXT, model TEXT, input_tokens INTEGER, created_at TEXT"
    write_base(
        tmp_path / ".copilot/session-store.db",
        f"CREATE TABLE assistant_usage_events ({columns});",
        ("assistant_usage_events", (1, "p1", "gpt-5", 900, "2026-03-01 10:00:00")),
    )
    said = [
        {"type": "user.message", "data": {"content": "x" * 3600}},
        {"type": "assistant.message", "data": {"content": "Done."}},
    ]
    write_lines(tmp_path / ".copilot/session-state/p1/events.jsonl", said)
    total = audited(tmp_path, "copilot-cli").total()
    assert (total.sessions, total.calls, total.reported, total.estimated) == (1, 1, 1, 0)


def test_replaying_says_where_the_cost_goes_and_what_would_be_saved(tmp_path: Path) -> None:
    claude_code_session(tmp_path, calls=12)
    found = audited(tmp_path)
    replay = found.replay
    assert (replay.sessions, replay.of, replay.calls, replay.covered) == (1, 1, 12, 1)
    assert replay.saved
    assert replay.saved.low == replay.saved.high == replay.share
    assert 0.2 < replay.share < 0.9
    assert sum(share.cost for share in replay.kinds.values()) == pytest.approx(1)
    assert replay.kinds["test runs"].saved > 0.9 * replay.kinds["test runs"].cost
    assert {"shown before", "files read", "instructions and tools"} < replay.kinds.keys()
    assert found.advice[0].how.startswith("aicontext connect claude-code")
    assert found.advice[0].worth == pytest.approx(replay.share * found.total().input_cost)


def test_what_a_tool_never_writes_down_is_not_called_instructions(tmp_path: Path) -> None:
    asked = "#### Mend it.\n\nI look.\n\n"
    asked += "> Tokens: 20k sent, 5 received. Cost: $0.06 message, $0.06 session.\n\n"
    told = "# aider chat started at 2026-03-01 10:00:00\n\n> Model: claude-sonnet-4-5\n\n"
    (tmp_path / "project").mkdir()
    (tmp_path / "project/.aider.chat.history.md").write_text(told + 4 * asked)
    found = audited(tmp_path, "aider")
    assert "not in the record" in found.replay.kinds
    assert "instructions and tools" not in found.replay.kinds
    assert not [one for one in found.advice if "instructions" in one.what]


def test_a_tool_without_a_file_for_its_address_is_run_through_us() -> None:
    for tool, how in (
        ("openhands", "aicontext run openhands"),
        ("aider", "aicontext connect aider && aicontext proxy"),
    ):
        usage = {(tool, "shop"): Usage(calls=1, cost=10.0, input_cost=10.0)}
        audit = Audit(usage=usage, replay=Replay(share=0.5))
        (found,) = advice(audit, {tool: load().tool(tool)}, "")
        assert found.how == how


def test_nothing_said_is_in_what_is_told(tmp_path: Path) -> None:
    claude_code_session(tmp_path, calls=12)
    told = json.dumps(audited(tmp_path).as_dict())
    assert not [word for word in ("price_", "rounding", "pytest", "/made/up") if word in told]


def test_nothing_is_changed(tmp_path: Path) -> None:
    path = claude_code_session(tmp_path, calls=4)
    path.chmod(0o400)
    path.parent.chmod(0o500)
    seen = [(one, one.stat().st_mtime_ns) for one in sorted((tmp_path / ".claude").rglob("*"))]
    audited(tmp_path)
    path.parent.chmod(0o700)
    assert seen[-1][0] == path
    assert seen == [(one, one.stat().st_mtime_ns) for one, _ in seen]
    assert len(seen) == len(list((tmp_path / ".claude").rglob("*")))


@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "gpt-5"])
def test_requests_hold_what_was_said_in_its_order(tmp_path: Path, model: str) -> None:
    claude_code_session(tmp_path, calls=3)
    session = only(tmp_path)
    turns = [
        replace(turn, call=turn.call and replace(turn.call, model=model)) for turn in session.turns
    ]
    session = replace(session, turns=tuple(turns))
    made = list(requests(session, ""))
    assert [len(one.messages) for one in made] == [1, 3, 5]
    for one in made:
        held = read(one.body)
        assert held.messages[FIRST:] == tuple(one.messages)
        assert held.model == model
    assert made[0].prelude == pytest.approx(18_004, rel=0.01)


def test_a_session_that_takes_too_long_is_given_up_halfway(tmp_path: Path) -> None:
    claude_code_session(tmp_path, calls=6)
    asked = iter([True, True, False])
    played = play(only(tmp_path), planner, lambda: next(asked))
    assert (played.calls, played.whole) == (2, False)


def test_records_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    claude_code_session(tmp_path)
    hidden = claude_code_session(tmp_path, "s2")
    hidden.write_bytes(hidden.read_bytes() + b'{"usage":\n')
    assert audited(tmp_path, seconds=0).skipped == {"broken": 1}
    if os.geteuid():
        hidden.chmod(0)
        assert len(audited(tmp_path, seconds=0).unreadable) == 1


def test_numbers_that_cannot_be_are_left_out(tmp_path: Path) -> None:
    write_lines(
        tmp_path / FOLDER / "s1.jsonl",
        [answer("a", 1, (5, 0, 0)), answer("b", 2, (2**70, 0, 0))],
    )
    found = audited(tmp_path, seconds=0)
    assert found.total().billed.input == 5
    assert found.skipped["with impossible numbers"] == 1
