"""Handoffs that fit, refer to nothing out of reach, and tell what became of files."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from transcript_homes import records, write_lines

from aicontext.adapters.archive.memory import MemoryArchive
from aicontext.adapters.events.memory import MemoryEvents
from aicontext.adapters.files.local import LocalFiles
from aicontext.adapters.secrets.detect_secrets import DetectSecrets
from aicontext.adapters.session_states.sqlite import SqliteSessionStates
from aicontext.domain.context import Kind, Level, handle
from aicontext.domain.errors import BudgetTooSmall, NotFound, Unavailable
from aicontext.domain.events import HookEvent, Moment, UsageEvent
from aicontext.domain.messages import Message, Role
from aicontext.domain.requests import Caller, Change, Outcome
from aicontext.domain.sessions.state import About
from aicontext.domain.transcripts import Session, Turn
from aicontext.engine.estimate.counter import counter
from aicontext.kit.clock import Clock
from aicontext.services.integrations.catalog.index import load
from aicontext.services.integrations.handoff.disk import OnDisk
from aicontext.services.integrations.handoff.readers import Reader, Readers
from aicontext.services.integrations.handoff.service import Handoff, HandoffService
from aicontext.services.integrations.handoff.wording import SEEN

MODELS = load().shapes["models"]
CLAUDE, CODEX = (load().tool(name) for name in ("claude-code", "codex-cli"))
FETCH = "aicontext retrieve "


class Desk:
    """A made-up home with sessions of a project."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.project = home / "project"
        self.project.mkdir()
        self.archive = MemoryArchive()
        self.events = MemoryEvents()
        self.states = SqliteSessionStates(home / "sessions.db")
        self.fetch = FETCH

    @property
    def service(self) -> HandoffService:
        return HandoffService(
            records(self.home),
            self.states,
            self.archive,
            files=LocalFiles({}, self.home, self.project),
            secrets=DetectSecrets(),
            clock=Clock(lambda: 5.0),
        )

    def reader(self, into: Session | None = None) -> Reader:
        return Readers(MODELS, lambda tool: self.fetch, self.events).of(CODEX, session=into)

    def session(self, name: str, *steps: Any, minute: int = 0) -> Path:
        """Steps: a text of the user's, (a text of the model's,), or (tool, arguments, result)."""
        lines: list[dict[str, Any]] = []
        for number, step in enumerate(steps):
            at = f"2026-03-01T10:{minute + number:02}:00.000Z"
            base = {"uuid": f"{name}{number}", "sessionId": name, "timestamp": at}
            base["cwd"] = str(self.project)
            if isinstance(step, str):
                lines.append(base | {"type": "user", "message": {"role": "user", "content": step}})
                continue
            call = f"{name}-{number}"
            part = (
                {"type": "text", "text": step[0]}
                if len(step) == 1
                else {"type": "tool_use", "id": call, "name": step[0], "input": step[1]}
            )
            answer = {"id": call, "role": "assistant", "model": "claude-x", "content": [part]}
            lines.append(base | {"type": "assistant", "message": answer})
            if len(step) > 1:
                result = {"type": "tool_result", "tool_use_id": call, "content": step[2]}
                told = {"role": "user", "content": [result]}
                lines.append(base | {"type": "user", "uuid": f"{call}r", "message": told})
        return write_lines(self.home / f".claude/projects/made/{name}.jsonl", lines)

    def hand_off(self, name: str = "", budget: int = 2_000, into: Session | None = None) -> Handoff:
        found = self.service.find([CLAUDE], str(self.project), name)
        return self.service.hand_off(found, self.reader(into), str(self.project), budget)

    def write(self, name: str, text: str) -> tuple[str, dict[str, Any], str]:
        """A step that writes a file, which is done."""
        (self.project / name).write_text(text)
        return "Write", {"file_path": str(self.project / name), "content": text}, "done"

    def read(self, name: str) -> tuple[str, dict[str, Any], str]:
        lines = (self.project / name).read_text().splitlines()
        shown = "\n".join(f"{n:6}\t{line}" for n, line in enumerate(lines, 1))
        return "Read", {"file_path": str(self.project / name)}, shown


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def long_session(desk: Desk) -> Iterator[Any]:
    yield "Make the checkout cheaper, but never below zero."
    for number in range(30):
        (desk.project / f"part{number}.py").write_text(
            "".join(f"def step_{number}_{line}(price):  # rounds\n" for line in range(40))
        )
        yield desk.read(f"part{number}.py")
        yield (f"The cause is in step_{number}_7: it rounds too early, because of a float.",)
    plan = [{"content": "Round late", "status": "in_progress"}]
    yield "TodoWrite", {"todos": plan}, "ok"


@pytest.mark.parametrize("budget", [400, 1_000, 4_000])
def test_a_handoff_fits_its_budget_in_the_targets_tokens(desk: Desk, budget: int) -> None:
    desk.session("one", *long_session(desk))
    done = desk.hand_off(budget=budget)
    assert done.model == "gpt-5"
    assert done.tokens == counter("gpt-5")(done.text) <= budget
    assert "never below zero" in done.text
    assert "Round late" in done.text
    with pytest.raises(BudgetTooSmall):
        desk.hand_off(budget=60)


def test_whatever_it_refers_to_can_be_fetched(desk: Desk) -> None:
    desk.session("one", *long_session(desk))
    done = desk.hand_off()
    handles = set(re.findall(r"retrieve ([0-9a-f]{12})", done.text))
    assert handles == {done.handle}
    lines = desk.archive.get(done.handle).split("\n")
    opened = [int(n) for n in re.findall(r"^\[…(\d+)\]", done.text, re.MULTILINE)]
    assert len(opened) > 5
    assert all(lines[n - 1].startswith("--- message ") for n in opened)
    for name in re.findall(r"^(\S+\.py): read", done.text, re.MULTILINE):
        assert (desk.project / name).is_file()


def test_references_that_lead_nowhere_are_not_passed_on(desk: Desk) -> None:
    (alive,) = desk.archive.put("the whole log\n" * 9)
    gone = "0123456789ab"
    result = f"[… 90 lines: aicontext retrieve {gone}]\n[… 9 lines: aicontext retrieve {alive}]"
    desk.session("one", "Look at the log.", ("Bash", {"command": "make"}, result))
    text = desk.hand_off().text
    assert f"retrieve {alive}" in text
    assert gone not in text
    assert "original no longer kept" in text


def test_a_target_that_cannot_fetch_is_given_no_handle(desk: Desk) -> None:
    desk.fetch = ""
    (alive,) = desk.archive.put("the whole log\n" * 9)
    result = f"[… 9 lines: aicontext retrieve {alive}]"
    desk.session("one", "Look at the log.", ("Bash", {"command": "make"}, result))
    done = desk.hand_off()
    assert "retrieve" not in done.text
    assert done.handle == ""
    assert "no way to fetch" in done.warnings[0]


def test_what_became_of_files_on_disk_is_told(desk: Desk) -> None:
    for name in ("same.py", "changed.py", "gone.py"):
        (desk.project / name).write_text("x = 1\ny = 2\n")
    reads = [desk.read(name) for name in ("same.py", "changed.py", "gone.py")]
    written = desk.write("mine.py", "z = 3\n")
    edited = {
        "file_path": str(desk.project / "same.py"),
        "old_string": "x = 1",
        "new_string": "x = 9",
    }
    path = desk.session("one", "Look.", *reads, ("Edit", edited, "done"), written)
    (desk.project / "same.py").write_text("x = 9\ny = 2\n")
    (desk.project / "changed.py").write_text("x = 1\ny = 3\n")
    (desk.project / "gone.py").unlink()
    before = path.read_bytes()
    done = desk.hand_off()
    assert done.files == {
        "same.py": OnDisk.SAME,
        "changed.py": OnDisk.CHANGED,
        "gone.py": OnDisk.GONE,
        "mine.py": OnDisk.SAME,
    }
    lines = [line for line in done.text.split("\n") if ".py: " in line]
    told = {Path(line.split(":")[0]).name: line for line in lines}
    assert told["changed.py"].endswith("changed on disk since")
    assert told["gone.py"].endswith("not on disk")
    assert told["same.py"].endswith("edited 1x, read")
    assert path.read_bytes() == before


def test_what_is_no_plain_file_is_not_read(desk: Desk) -> None:
    os.mkfifo(desk.project / "pipe.py")
    read = ("Read", {"file_path": str(desk.project / "pipe.py")}, "     1\tx = 1\n     2\ty = 2")
    desk.session("one", "Look.", read)
    assert desk.hand_off().files == {"pipe.py": OnDisk.UNKNOWN}


def test_a_handoff_is_no_request_of_the_session_that_got_it(desk: Desk) -> None:
    desk.session("one", "Mend the price.")
    handed = desk.hand_off().text
    desk.session("two", handed, ("I go on.",))
    state = desk.hand_off("two").version.state
    assert [fact.value for fact in state.about(About.REQUEST)] == ["Mend the price."]


def test_the_newest_session_of_the_project_is_meant(desk: Desk) -> None:
    for age, name in enumerate(("new", "old")):
        os.utime(desk.session(name, f"The {name} one."), (1e9 - age, 1e9 - age))
    assert desk.service.find([CLAUDE], str(desk.project)).id == "new"
    assert desk.service.find([CLAUDE], str(desk.project), "ol").id == "old"
    for place, name in ((str(desk.project), "none"), ("/elsewhere", "")):
        with pytest.raises(NotFound):
            desk.service.find([CLAUDE], place, name)


def test_sessions_that_ran_at_once_and_disagree_are_both_told(desk: Desk) -> None:
    desk.session(
        "one",
        "Write it.",
        desk.write("a.py", "one = 1\n"),
        ("I decided on the_first_one in src/one.py.",),
    )
    desk.session("two", "Write it.", desk.write("a.py", "two = 2\n"), ("We chose two, not one.",))
    assert desk.hand_off("one").version.number == 1
    done = desk.hand_off("two")
    assert done.version.number == 2
    assert list(done.version.state.conflicts) == [(About.CHANGE, "a.py")]
    assert "conflict: a.py was changed by" in done.text
    assert done.warnings == ("Sessions disagree on 1: see conflicts in --json.",)
    assert "claude-code (one): I decided on the_first_one in src/one.py." in done.text
    assert desk.hand_off("two").version == done.version


def test_a_later_session_takes_back_what_it_could_know(desk: Desk) -> None:
    todo = {"todos": [{"content": "Test it", "status": "pending"}]}
    desk.session("one", "Go.", ("TodoWrite", todo, "ok"))
    desk.hand_off("one")
    done_ = json.loads(json.dumps(todo).replace("pending", "completed"))
    desk.session("two", "Go on.", ("TodoWrite", done_, "ok"), minute=30)
    state = desk.hand_off("two").version.state
    assert [fact.value for fact in state.about(About.STEP)] == ["completed"]
    assert not state.conflicts


def codex_session(desk: Desk, *results: str, cleared: bool = False) -> Session:
    """A session of Codex that was shown these results; `cleared` after the first."""
    turns = []
    for number, text in enumerate(results):
        call = Message(Role.TOOL_CALL, json.dumps({"command": "cat"}), "shell", str(number))
        told = Message(Role.TOOL_RESULT, text, "shell", str(number))
        turns.append(Turn(50.0 + number, (call, told), fresh=cleared and number == 1))
    return Session("codex-cli", "c1", str(desk.project), tuple(turns))


def cut(text: str) -> Change:
    return Change(1, "shell", Kind.CODE, Level.EXCERPT, 900, 90, "cut", handle(text))


def proxied(text: str, session: str = "c1") -> UsageEvent:
    """The proxy's record of a call that brought the text shortened."""
    caller = Caller("codex-cli", session)
    return UsageEvent(
        *("e", 60.0, caller, "openai-responses", "openai", "m", 200, Outcome.OPTIMIZED),
        direct_tokens=900,
        changes=(cut(text),),
    )


def born(text: str) -> HookEvent:
    """The record of a hook that shortened the text."""
    caller = Caller("codex-cli", "c1")
    return HookEvent("h", 60.0, caller, Moment.AFTER_TOOL, Outcome.OPTIMIZED, changes=(cut(text),))


def test_what_the_readers_session_has_is_named_and_not_repeated(desk: Desk) -> None:
    for name in ("known.py", "other.py"):
        (desk.project / name).write_text(f"{name[:5]} = [\n" + "    'a line of it',\n" * 30 + "]\n")
    whole = (desk.project / "known.py").read_text()
    desk.session("one", "Look.", desk.read("known.py"), desk.read("other.py"))
    alone = desk.hand_off(into=codex_session(desk)).text
    assert "known = [" in alone
    assert SEEN not in alone
    text = desk.hand_off(into=codex_session(desk, whole)).text
    assert "known = [" not in text
    first, _, rest = text.partition("\n")
    assert (first.count(SEEN), rest.count(SEEN)) == (1, 1)
    assert "other = [" in text


def test_what_the_reader_never_got_whole_or_has_no_more_is_repeated(desk: Desk) -> None:
    (desk.project / "known.py").write_text("known = [\n" + "    'a line of it',\n" * 30 + "]\n")
    whole = (desk.project / "known.py").read_text()
    desk.session("one", "Look.", desk.read("known.py"))
    into = codex_session(desk, whole, "nothing", cleared=True)
    assert "known = [" in desk.hand_off(into=into).text
    for session in ("c1", ""):
        desk.events = MemoryEvents()
        desk.events.append([proxied(whole, session)])
        assert "known = [" in desk.hand_off(into=codex_session(desk, whole)).text
    desk.events = MemoryEvents()
    desk.events.append([proxied(whole, "another")])
    assert SEEN in desk.hand_off(into=codex_session(desk, whole)).text
    desk.events.append_hooks([born(whole)])
    assert "known = [" in desk.hand_off(into=codex_session(desk, whole)).text


class NoStates:
    """A record that cannot be used."""

    def latest(self, project: str, writer: tuple[str, str] | None = None) -> None:
        raise Unavailable("It is full.")


def test_without_its_state_a_session_is_handed_on_all_the_same(desk: Desk) -> None:
    desk.session("one", "Mend the price.")
    desk.states = NoStates()  # type: ignore[assignment]
    done = desk.hand_off()
    assert "Mend the price." in done.text
    assert done.version.number == 0
    assert done.warnings == ("It is full. So nothing of other sessions is in it.",)


def test_secrets_are_masked_in_all_that_is_written_where_asked(desk: Desk) -> None:
    key = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    desk.session("one", f"Push with {key}, please.")
    found = desk.service.find([CLAUDE], str(desk.project))
    reader = desk.reader()
    plain = desk.service.hand_off(found, reader, str(desk.project))
    assert key in plain.text
    masked = desk.service.hand_off(found, reader, str(desk.project), redact=True)
    assert "please" in masked.text
    for written in (masked.text, desk.archive.get(masked.handle), str(masked.version.state)):
        assert key not in written
