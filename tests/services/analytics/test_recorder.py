"""The recorder never stands in a request's way and never loses in silence."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from waiting import until

from aicontext.adapters.events.memory import MemoryEvents
from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.domain.context import Kind, Level
from aicontext.domain.errors import Unavailable
from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Caller, Change, Outcome
from aicontext.services.analytics import recorder as recording
from aicontext.services.analytics.recorder import CHANGES, Recorded, Recorder

PLAIN = UsageEvent("0", 0.0, Caller(), "anthropic", "anthropic", "m", 200, Outcome.UNCHANGED)


def events(count: int) -> list[UsageEvent]:
    return [replace(PLAIN, id=str(i), at=float(i)) for i in range(count)]


class Closing:
    """A store that can be taken away and given back."""

    def __init__(self) -> None:
        self.kept = MemoryEvents()
        self.open = threading.Event()

    def append(self, events: Sequence[UsageEvent]) -> None:
        if not self.open.is_set():
            raise Unavailable("The disk is away.", hint="Put it back.")
        self.kept.append(events)

    def since(self, at: float, until: float = float("inf")) -> Iterator[UsageEvent]:
        return self.kept.since(at, until)

    def lose(self, calls: int, at: float) -> None:
        if not self.open.is_set():
            raise Unavailable("The disk is away.", hint="Put it back.")
        self.kept.lose(calls, at)

    def lost(self, since: float) -> int:
        return self.kept.lost(since)


def _troubled(recorder: Recorder) -> None:
    """Returns once the store has failed."""
    until(lambda: recorder.state.trouble)


def test_what_is_recorded_is_kept_and_counted(tmp_path: Path) -> None:
    store = SqliteEvents(tmp_path / "usage.db")
    recorder = Recorder(store)
    for event in events(3000):
        recorder.record(event)
    assert recorder.close() == Recorded(committed=3000)
    assert list(store.since(0)) == events(3000)


def test_committed_is_already_kept(tmp_path: Path) -> None:
    store = SqliteEvents(tmp_path / "usage.db")
    recorder = Recorder(store)
    recorder.record(PLAIN)
    until(lambda: recorder.state.committed)
    assert list(store.since(0)) == [PLAIN]
    recorder.close()


def test_many_threads_record_at_once() -> None:
    store = MemoryEvents()
    recorder = Recorder(store)
    parts = [events(4000)[i::4] for i in range(4)]
    threads = [
        threading.Thread(target=lambda part=part: [recorder.record(e) for e in part])
        for part in parts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert recorder.close() == Recorded(committed=4000)
    assert len(list(store.since(0))) == 4000


def test_a_store_that_fails_is_tried_again_until_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "FIRST_DELAY", 0.01)
    store = Closing()
    recorder = Recorder(store)
    for event in events(5):
        recorder.record(event)
    _troubled(recorder)
    assert recorder.state == Recorded(pending=5, trouble="The disk is away. Put it back.")
    store.open.set()
    assert recorder.close() == Recorded(committed=5)
    assert list(store.since(0)) == events(5)


def test_beyond_the_bound_losses_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "FIRST_DELAY", 0.01)
    store = Closing()
    recorder = Recorder(store, bound=10)
    for event in events(25):
        recorder.record(event)
    assert (recorder.state.pending, recorder.state.lost) == (10, 15)
    store.open.set()
    assert recorder.close() == Recorded(committed=10, lost=15)
    assert list(store.since(0)) == events(10)


def test_close_gives_up_in_time_and_says_what_was_lost() -> None:
    recorder = Recorder(Closing())
    for event in events(7):
        recorder.record(event)
    _troubled(recorder)
    state = recorder.close(timeout=0.1)
    assert (state.pending, state.committed, state.lost) == (0, 0, 7)
    assert "disk is away" in state.trouble
    recorder.record(PLAIN)
    assert recorder.state.lost == 8


def test_one_bad_event_takes_no_other_with_it(tmp_path: Path) -> None:
    store = SqliteEvents(tmp_path / "usage.db")
    recorder = Recorder(store)
    good = events(20)
    bad = [
        replace(PLAIN, id="nan", at=float("nan")),
        replace(PLAIN, id="huge", direct_tokens=2**70),
        replace(PLAIN, id="odd", changes=(7,)),  # type: ignore[arg-type]
    ]
    for event in (*good[:10], *bad, *good[10:]):
        recorder.record(event)
    state = recorder.close()
    assert (state.committed, state.lost) == (20, 3)
    assert list(store.since(0)) == good


def test_what_is_shown_may_fail() -> None:
    shown = []

    def show(event: UsageEvent) -> None:
        shown.append(event.id)
        raise BrokenPipeError

    store = MemoryEvents()
    seen: list[str] = []
    recorder = Recorder(store, show, lambda event: seen.append(event.id))
    for event in events(3):
        recorder.record(event)
    assert recorder.close() == Recorded(committed=3)
    assert (shown, seen) == (["0"], ["0", "1", "2"])


def test_an_event_is_bounded_and_keeps_no_arguments() -> None:
    changes = tuple(
        Change(i, f"Bash curl -H key-{i}", Kind.LOG, Level.CONDENSED, 100 + i, 10, "w" * 999, "h")
        for i in range(CHANGES + 40)
    )
    store = MemoryEvents()
    recorder = Recorder(store)
    recorder.record(replace(PLAIN, changes=changes, why="x" * 9999, model="m" * 9999))
    recorder.close()
    (event,) = store.since(0)
    assert len(event.changes) == CHANGES + 1
    assert {change.source for change in event.changes} == {"Bash", ""}
    assert sum(c.original_tokens for c in event.changes) == sum(c.original_tokens for c in changes)
    assert sum(c.optimized_tokens for c in event.changes) == 10 * len(changes)
    assert max(len(event.why), len(event.model), *(len(c.why) for c in event.changes)) <= 200


def test_what_was_lost_is_known_after_the_end() -> None:
    store = Closing()
    recorder = Recorder(store, bound=5)
    for event in events(9):
        recorder.record(event)
    assert recorder.state.lost == 4
    store.open.set()
    until(lambda: recorder.state.committed)
    recorder.record(replace(PLAIN, id="late"))
    recorder.close()
    assert (store.lost(0), recorder.state.lost) == (4, 4)


def test_what_cannot_be_noted_does_no_harm() -> None:
    store = Closing()
    recorder = Recorder(store)
    recorder.record(PLAIN)
    _troubled(recorder)
    assert recorder.close(0.05).lost == 1
    assert store.lost(0) == 0
