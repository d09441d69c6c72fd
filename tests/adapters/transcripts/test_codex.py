"""Codex's files: counts that add up, repeat, come late and begin anew."""

from pathlib import Path
from typing import Any

from transcript_homes import billed, calls_alone, listed, only, records, said, write_lines

from aicontext.domain.usage import Billed

ID = "019a0000-1111-7222-8333-444455556666"
FILE = f".codex/sessions/2026/03/01/rollout-2026-03-01T10-00-00-{ID}.jsonl"
AT = "2026-03-01T10:00:00Z"


def line(kind: str, **payload: Any) -> dict[str, Any]:
    return {"timestamp": AT, "type": kind, "payload": payload}


def counted(given: int, cached: int, made: int, last: tuple[int, int, int] | None = None) -> Any:
    def usage(values: tuple[int, int, int]) -> dict[str, int]:
        return dict(
            zip(("input_tokens", "cached_input_tokens", "output_tokens"), values, strict=True)
        )

    info = {"total_token_usage": usage((given, cached, made))}
    if last:
        info["last_token_usage"] = usage(last)
    return line("event_msg", type="token_count", info=info)


def said_by(role: str, text: str) -> dict[str, Any]:
    content = [{"type": "output_text" if role == "assistant" else "input_text", "text": text}]
    return line("response_item", type="message", role=role, content=content)


HEAD = [line("session_meta", id=ID, cwd="/made/up"), line("turn_context", model="gpt-x")]
CALL = line("response_item", type="function_call", name="shell", arguments="{}", call_id="c1")
OUTPUT = line("response_item", type="function_call_output", call_id="c1", output="3 passed")


def test_a_call_is_what_the_count_grew_by(tmp_path: Path) -> None:
    log = [
        *HEAD,
        said_by("user", "Mend it."),
        CALL,
        counted(1000, 0, 50),
        counted(1000, 0, 50),
        OUTPUT,
        said_by("assistant", "Done."),
        counted(2300, 1000, 80),
        counted(2290, 1000, 79),
    ]
    write_lines(tmp_path / FILE, log)
    session = only(tmp_path, "codex-cli")
    assert billed(session) == [Billed(1000, 0, output=50), Billed(300, 1000, output=30)]
    assert said(session) == [
        ("user", "Mend it.", ""),
        ("tool_call", "{}", "shell"),
        ("tool_result", "3 passed", "shell"),
        ("assistant", "Done.", ""),
    ]
    assert (session.id, session.project, session.model) == (ID, "/made/up", "gpt-x")
    assert calls_alone(tmp_path, "codex-cli")


def test_a_count_that_begins_anew_is_told_by_its_last_call(tmp_path: Path) -> None:
    write_lines(tmp_path / FILE, [*HEAD, counted(9000, 0, 90), counted(500, 0, 5, (400, 0, 4))])
    assert billed(only(tmp_path, "codex-cli")) == [
        Billed(9000, output=90),
        Billed(400, output=4),
    ]


def test_reading_goes_on_from_the_last_count(tmp_path: Path) -> None:
    first = [*HEAD, said_by("user", "Mend it."), CALL, counted(1000, 0, 50), OUTPUT]
    path = write_lines(tmp_path / FILE, first)
    position = only(tmp_path, "codex-cli").position
    write_lines(path, [*first, said_by("assistant", "Done."), counted(2300, 1000, 80)])
    later = only(tmp_path, "codex-cli", position)
    assert billed(later) == [Billed(300, 1000, output=30)]
    assert (later.id, later.project, later.model) == (ID, "/made/up", "gpt-x")


def test_what_a_fork_repeats_has_the_names_of_its_parent(tmp_path: Path) -> None:
    parent = [*HEAD, said_by("assistant", "One."), counted(1000, 0, 50)]
    write_lines(tmp_path / FILE, [*parent, said_by("assistant", "Two."), counted(2000, 900, 60)])
    other = ID.replace("019a", "019b")
    forked = [
        line("session_meta", id=other, forked_from_id=ID),
        *parent,
        said_by("assistant", "Other."),
        counted(2100, 900, 70),
    ]
    write_lines(tmp_path / FILE.replace(ID, other), forked)
    sessions = [records(tmp_path).read(one) for one in listed(tmp_path, "codex-cli")]
    ids = [[turn.call.id for turn in one.turns if turn.call] for one in sessions]
    assert sessions[1].id == other
    assert ids[0][0] == ids[1][0]
    assert len({*ids[0], *ids[1]}) == 3


def test_older_lines_without_a_payload_are_read(tmp_path: Path) -> None:
    bare = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]}
    write_lines(tmp_path / FILE, [{"id": ID, "timestamp": AT}, bare])
    assert said(only(tmp_path, "codex-cli")) == [("user", "Hi", "")]


def test_a_compacted_session_begins_anew(tmp_path: Path) -> None:
    kept = [said_by("user", "In short.")["payload"]]
    log = [*HEAD, said_by("user", "Old."), line("compacted", message="", replacement_history=kept)]
    write_lines(tmp_path / FILE, log)
    assert said(only(tmp_path, "codex-cli")) == [("user", "In short.", "")]


def test_archived_sessions_are_found_too(tmp_path: Path) -> None:
    write_lines(tmp_path / ".codex/archived_sessions" / Path(FILE).name, HEAD)
    assert [one.session for one in listed(tmp_path, "codex-cli")] == [ID]
