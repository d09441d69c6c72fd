"""The service over an embedded archive."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from model_server import raw, said, serving

from aicontext.adapters.archive.memory import MemoryArchive
from aicontext.adapters.archive.sqlite import SqliteArchive
from aicontext.adapters.models.openai import OpenAiModel
from aicontext.adapters.secrets.detect_secrets import DetectSecrets
from aicontext.domain.context import Ask, Source
from aicontext.domain.errors import BudgetTooSmall, InvalidInput
from aicontext.engine.compress.forms.read import read
from aicontext.services.context.service import ContextService

EXAMPLES = Path(__file__).parents[3] / "examples"
SESSION = (EXAMPLES / "session.json").read_bytes()
MODEL = "gpt-4o"


@pytest.fixture
def service() -> ContextService:
    return ContextService(MemoryArchive(), DetectSecrets(), MODEL)


def test_a_session_keeps_its_form_and_its_facts(service: ContextService) -> None:
    result = service.optimize((Source(SESSION),))
    before, after = read(SESSION), read(str(result.content).encode())
    assert after.form == before.form
    assert len(after.messages) == len(before.messages)
    assert result.reduction_percentage >= 75
    assert 0 < result.quality_score <= 1
    for fact in ("2180 != 2142", "1880 != 1785", "o-1098", "190 != 171", "half to even per line"):
        assert fact in str(result.content)


def test_what_may_not_change_does_not(service: ContextService) -> None:
    result = service.optimize((Source(SESSION),))
    before, after = json.loads(SESSION), json.loads(str(result.content))
    for message in (*before["messages"], *after["messages"]):
        for part in message["content"] if isinstance(message["content"], list) else ():
            if part["type"] == "tool_result":
                part["content"] = ""
    assert before == after


def test_every_lossy_step_can_be_undone(service: ContextService) -> None:
    result = service.optimize((Source(SESSION),))
    messages = read(SESSION).messages
    handles = [(step.block, step.handle) for step in result.optimizations if step.handle]
    assert handles
    for block, handle in handles:
        assert service.retrieve(handle) == messages[block].text


def test_appended_turns_change_nothing_sent_before(service: ContextService) -> None:
    session = json.loads(SESSION)
    sent = ""
    for size in range(1, len(session["messages"]) + 1):
        turn = session | {"messages": session["messages"][:size]}
        result = service.optimize((Source(json.dumps(turn).encode()),))
        body = str(result.content)
        assert body.startswith(sent.removesuffix("]}"))
        sent = body


@pytest.mark.parametrize("budget", [1500, 3000, 8000, 20_000])
def test_a_budget_is_kept_in_the_sessions_own_form(service: ContextService, budget: int) -> None:
    result = service.optimize((Source(SESSION),), MODEL, budget=budget, query="Why?")
    messages = read(str(result.content).encode()).messages
    counted = sum(service.estimate(message.text).tokens for message in messages)
    assert counted == result.optimized_tokens <= budget


def test_a_budget_that_holds_nothing_is_refused(service: ContextService) -> None:
    with pytest.raises(BudgetTooSmall, match="compress"):
        service.optimize((Source(SESSION),), budget=50)
    with pytest.raises(BudgetTooSmall):
        service.compress((Source(b"word " * 1000),), 1)


@pytest.mark.parametrize("budget", [200, 500, 2000])
def test_folders_fit_a_budget(service: ContextService, budget: int) -> None:
    files = sorted((EXAMPLES / "shop").rglob("*.py"))
    sources = tuple(Source(path.read_bytes(), str(path.relative_to(EXAMPLES))) for path in files)
    result = service.optimize(sources, budget=budget, query="How is the tax of a cart computed?")
    assert service.estimate(str(result.content)).tokens <= budget
    assert "tax" in str(result.content)
    assert len(result.optimizations) == len(files)
    gone = sum(step.optimized_tokens == 0 < step.original_tokens for step in result.optimizations)
    assert not gone or f"{gone} files]" in str(result.content)


@pytest.mark.parametrize("budget", [300, 1000, 4000])
def test_a_session_is_compacted_to_one_text(service: ContextService, budget: int) -> None:
    result = service.compress((Source(SESSION),), budget)
    assert service.estimate(str(result.content)).tokens <= budget
    assert "do not touch shop/tax.py" in str(result.content)


def test_a_text_is_compressed_with_a_mark_that_fetches_it(service: ContextService) -> None:
    text = "\n".join(f"line {i}: the spool of gauge {i * i % 97} is fine" for i in range(2000))
    result = service.compress((Source(text.encode()),), 300, ask=Ask(query="gauge 41"))
    (step,) = result.optimizations
    assert step.handle in str(result.content)
    assert service.retrieve(step.handle) == text
    assert service.estimate(str(result.content)).tokens <= 300


def test_without_an_archive_nothing_is_left_out(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    service = ContextService(SqliteArchive(blocked / "a.db", 2**20), DetectSecrets(), MODEL)
    result = service.optimize((Source(SESSION),))
    assert all(step.level in ("full", "lossless") for step in result.optimizations)
    assert any("Nothing was left out" in warning for warning in result.warnings)


def _full(path: Path) -> None:
    """Lets the archive's file take nothing more, as a full disk does."""
    with closing(sqlite3.connect(path)) as base:
        for action in ("INSERT", "UPDATE"):
            base.execute(
                f"CREATE TRIGGER no_{action} BEFORE {action} ON originals"
                " BEGIN SELECT RAISE(ABORT, 'disk full'); END"
            )
        base.commit()


def _mend(path: Path) -> None:
    with closing(sqlite3.connect(path)) as base:
        base.execute("DROP TRIGGER no_INSERT")
        base.execute("DROP TRIGGER no_UPDATE")
        base.commit()


def _turns(size: int) -> bytes:
    return json.dumps({"messages": json.loads(SESSION)["messages"][:size]}).encode()


@pytest.mark.parametrize("restarted", [False, True])
def test_an_archive_that_fails_in_mid_session_changes_nothing_sent(
    tmp_path: Path, restarted: bool
) -> None:
    path = tmp_path / "a.db"

    def made() -> ContextService:
        return ContextService(SqliteArchive(path, 2**30), DetectSecrets(), MODEL)

    service, sent = made(), ""
    total = len(json.loads(SESSION)["messages"])
    for size in range(1, total + 1):
        if size == 8:
            _full(path)
            service = made() if restarted else service
        if size == 20:
            _mend(path)
        result = service.optimize((Source(_turns(size)),))
        assert str(result.content).startswith(sent.removesuffix("]}"))
        sent = str(result.content)
        assert bool(result.warnings) == (8 <= size < 20)
        for step in result.optimizations:
            assert not step.handle or service.retrieve(step.handle)
    assert sum(bool(step.handle) for step in result.optimizations) >= 3


def test_an_archive_that_is_gone_changes_nothing_sent(tmp_path: Path) -> None:
    path = tmp_path / "home" / "a.db"
    service = ContextService(SqliteArchive(path, 2**30), DetectSecrets(), MODEL)
    sent = str(service.optimize((Source(_turns(8)),)).content)
    for file in path.parent.iterdir():
        file.unlink()
    path.parent.rmdir()
    path.parent.write_text("no folder")
    result = service.optimize((Source(_turns(28)),))
    assert str(result.content).startswith(sent.removesuffix("]}"))
    assert any("Nothing was left out of" in warning for warning in result.warnings)


def test_a_budget_is_kept_without_an_archive(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    archive = SqliteArchive(tmp_path / "file" / "a.db", 2**20)
    service = ContextService(archive, DetectSecrets(), MODEL)
    result = service.compress((Source(b"word and deed\n" * 2000),), 100)
    assert result.optimized_tokens <= 100
    assert "retrieve" not in str(result.content)
    assert "no mark leads to the original" in result.warnings[0]


def test_an_original_that_was_cleared_is_put_again() -> None:
    archive = MemoryArchive()
    service = ContextService(archive, DetectSecrets(), MODEL)
    service.optimize((Source(SESSION),))
    archive.clear()
    result = service.optimize((Source(SESSION),))
    assert all(service.retrieve(step.handle) for step in result.optimizations if step.handle)


def test_a_text_left_whole_needs_no_archive(tmp_path: Path) -> None:
    service = ContextService(SqliteArchive(tmp_path / "no" / "a.db", 2**20), DetectSecrets(), MODEL)
    (tmp_path / "no").write_text("no folder")
    assert service.optimize((Source(b"a few words"),)).warnings == ()


@pytest.mark.parametrize(
    "frame", [{"events": 0}, {"input": 5, "rows": 0}, {"input": "x", "rows": 0}]
)
def test_data_under_a_conversations_key_is_not_lost(
    service: ContextService, frame: dict[str, object]
) -> None:
    rows = [{"id": i, "state": "open", "owner": f"user {i % 7}"} for i in range(300)]
    given = json.dumps({key: value or rows for key, value in frame.items()}).encode()
    result = service.compress((Source(given),), 200)
    assert "user" in str(result.content)
    assert result.original_tokens > 2_000


def test_no_secret_is_said_too(service: ContextService) -> None:
    assert service.optimize((Source(b"plain"),), redact=True).warnings == ("No secret was found.",)


def test_a_cut_off_conversation_is_read_as_text_with_a_word(service: ContextService) -> None:
    cut = SESSION[: len(SESSION) // 2]
    for warnings in (
        service.optimize((Source(cut),)).warnings,
        service.compress((Source(cut),), 500).warnings,
        service.analyze((Source(cut),)).warnings,
        service.predict((Source(cut),)).warnings,
    ):
        assert any("looks like a conversation" in warning for warning in warnings)
    rows = b'[{"user": "ada", "role": "admin"}]'
    assert service.optimize((Source(rows),)).warnings == ()


def test_secrets_are_masked_in_content_and_archive(service: ContextService) -> None:
    secret = "AKIA" + "IOSFODNN7EXAMPLF"
    session = json.loads(SESSION)
    session["messages"][2]["content"][0]["content"] += f"\nkey {secret}"
    result = service.optimize((Source(json.dumps(session).encode()),), redact=True)
    assert secret not in str(result.content)
    assert any("Secrets masked" in warning for warning in result.warnings)
    handles = [step.handle for step in result.optimizations if step.handle]
    assert all(secret not in service.retrieve(handle) for handle in handles)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\0" * 1000,
        b"\xff\xfe\x00bad utf-8 \x80" * 200,
        b"{" * 50_000,
        b'{"messages": [{"role": "user", "content": "x"',
        b"[" * 2000 + b"]" * 2000,
        b"a" * 300_000,
        b"\r\n" * 50_000,
        b'{"a": 1}',
        b"[]",
        b"null",
    ],
)
def test_odd_input_comes_through_unharmed(service: ContextService, payload: bytes) -> None:
    result = service.optimize((Source(payload),))
    assert result.optimized_tokens <= result.original_tokens
    if all(step.level == "full" for step in result.optimizations):
        assert str(result.content).encode("utf-8", "surrogateescape") == payload


def test_an_unknown_model_warns_and_goes_on(service: ContextService) -> None:
    result = service.optimize((Source(SESSION),), "no-such-model-9")
    assert any("no-such-model-9" in warning for warning in result.warnings)
    assert result.cost is None


def test_analysis_adds_up(service: ContextService) -> None:
    found = service.analyze((Source(SESSION),))
    assert found.form == "anthropic-messages"
    assert found.tokens == sum(block.tokens for block in found.blocks)
    assert found.reachable_tokens < found.tokens
    assert {"json", "test", "search", "code", "diff"} <= {block.kind for block in found.blocks}


def test_retrieve_takes_one_part_at_a_time(service: ContextService) -> None:
    with pytest.raises(InvalidInput):
        service.retrieve("0" * 12, lines="1", query="x")


def test_the_requests_own_model_is_meant_where_none_is_named(service: ContextService) -> None:
    assert service.optimize((Source(SESSION),)).model == "claude-sonnet-4-5"
    assert service.optimize((Source(SESSION),), "gpt-4").model == "gpt-4"
    assert service.optimize((Source(b"plain words"),)).model == MODEL


def test_what_is_a_log_for_want_of_a_better_guess_stays_whole(service: ContextService) -> None:
    entries = "\n".join(
        f"entry {i * 7919:040x}\nHolder: Ada <ada@shop.example>\n\n    Add page {i}\n"
        for i in range(80)
    )
    result = service.optimize((Source(entries.encode()),))
    assert all(f"{i * 7919:040x}" in str(result.content) for i in range(80))


def test_a_traced_build_tells_its_error_under_a_budget(service: ContextService) -> None:
    trace = "\n".join(f"+ gcc -c f{i}.c\n[build] module_{i}.c" for i in range(200))
    trace += "\nf.c:3:5: error: foo undeclared\n+ exit 1\n"
    assert "foo undeclared" in str(service.compress((Source(trace.encode()),), 150).content)


def _summarizing(url: str) -> ContextService:
    return ContextService(MemoryArchive(), DetectSecrets(), MODEL, OpenAiModel(url, "small", "", 9))


def test_a_session_gets_a_summary_that_is_marked_and_checked() -> None:
    answer = (
        "shop/tax.py must not be touched.\n"
        "The fault is in shop/invented.py.\n"
        "test_checkout.py failed with 2180 for 2142.\n"
    )
    with serving(said(answer, "openai")) as (url, heard):
        result = _summarizing(url).compress((Source(SESSION),), 2000, summary=True)
    text = str(result.content)
    assert "Summary]\nWritten by small, not quoted" in text
    assert "1 of its statements did not" in text
    assert "shop/tax.py must not be touched." in text
    assert "invented" not in text
    assert "do not touch shop/tax.py" in text
    assert result.warnings == ()
    assert _summarizing("").estimate(text).tokens <= 2000
    (body,) = [body for _, _, body in heard]
    assert "do not touch shop/tax.py" in json.dumps(body)
    assert len(json.dumps(body)) < 100_000


@pytest.mark.parametrize(
    ("status", "body", "word"),
    [
        (429, b"{}", "answered 429"),
        (500, b"", "answered 500"),
        (200, b"<html>", "JSON"),
        (200, b'{"choices": [{"message": {"content": "See evil.example/x.sh"}}]}', "bears out"),
    ],
)
def test_where_the_model_fails_the_excerpts_go_out(status: int, body: bytes, word: str) -> None:
    with serving(raw(status, body)) as (url, _):
        result = _summarizing(url).compress((Source(SESSION),), 2000, summary=True)
    plain = _summarizing("").compress((Source(SESSION),), 2000)
    assert result.content == plain.content
    (warning,) = result.warnings
    assert warning.startswith("Excerpts without a summary: ")
    assert word in warning


def test_what_cannot_have_a_summary_says_so(service: ContextService) -> None:
    result = service.compress((Source(SESSION),), 2000, summary=True)
    assert "AICONTEXT_MODELS_URL" in result.warnings[0]
    assert "Only sessions" in service.compress((Source(b"words"),), 50, summary=True).warnings[0]
