"""States of sessions that did not wait for each other: nothing is lost, and conflicts show."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from aicontext.domain.sessions.state import About, Cited, Fact, SessionState
from aicontext.engine.state.merge import merged, taken_in

NAMES = ("a", "b", "c")


def fact(key: str, value: str, tool: str = "x", at: float = 5.0) -> Fact:
    return Fact(About.STEP, key, value, Cited(tool, "s", 1, at))


def state(*facts: Fact) -> SessionState:
    return SessionState.of(facts)


STATES = st.lists(
    st.builds(fact, st.sampled_from(NAMES), st.sampled_from("123"), st.sampled_from("xyz"))
).map(SessionState.of)


@given(STATES, STATES, STATES)
def test_the_order_of_the_sides_makes_no_difference(
    base: SessionState, mine: SessionState, theirs: SessionState
) -> None:
    assert merged(base, mine, theirs) == merged(base, theirs, mine)


@given(STATES, STATES)
def test_a_side_that_changed_nothing_has_no_say(base: SessionState, theirs: SessionState) -> None:
    assert merged(base, base, theirs) == theirs
    assert merged(base, theirs, theirs) == theirs


def test_of_two_changes_both_stay_until_one_side_says_the_others() -> None:
    base, mine, theirs = (state(fact("a", value)) for value in ("0", "1", "2"))
    both = merged(base, mine, theirs)
    assert [f.value for f in both.conflicts[About.STEP, "a"]] == ["1", "2"]
    assert merged(both, state(fact("a", "2")), both) == theirs


def test_who_began_later_could_know_and_so_takes_back() -> None:
    kept = state(fact("a", "open", "x", at=5))
    later = taken_in(
        [fact("a", "done", "y", at=9)], kept, SessionState(), writer=("y", "s"), started=6
    )
    assert later == state(fact("a", "done"))
    again = taken_in([fact("a", "open", "x", at=5)], later, kept, writer=("x", "s"), started=0)
    assert again == later


def test_who_ran_meanwhile_could_not() -> None:
    kept = state(fact("a", "open", "x", at=5))
    found = taken_in(
        [fact("a", "done", "y", at=9)], kept, SessionState(), writer=("y", "s"), started=1
    )
    assert {f.value for f in found.facts} == {"open", "done"}


class Writer:
    """A session that says more and more, and is taken in by compare-and-set."""

    def __init__(self, tool: str, said: Sequence[dict[str, int]]) -> None:
        self.tool = tool
        self.said = list(said)
        self.last = SessionState()
        self.read: SessionState | None = None

    def own(self) -> list[Fact]:
        values = self.said[0]
        return [fact(key, f"{self.tool}{value}", self.tool) for key, value in values.items()]

    def step(self, kept: list[SessionState]) -> None:
        """Reads, or puts what it made of what it read; where another was faster, reads anew."""
        if self.read is None:
            self.read = kept[-1]
            return
        if self.read is not kept[-1]:
            self.read = kept[-1]
            return
        made = taken_in(self.own(), self.read, self.last, writer=(self.tool, "s"), started=0)
        kept.append(made)
        self.last, self.read = made, None
        if len(self.said) > 1:
            self.said.pop(0)


SAID = st.lists(st.dictionaries(st.sampled_from(NAMES), st.integers(0, 3)), min_size=1, max_size=4)


@given(st.lists(SAID, min_size=1, max_size=3), st.data())
def test_nothing_is_lost_however_writers_interleave(
    scripts: list[list[dict[str, int]]], data: st.DataObject
) -> None:
    writers = [Writer("xyz"[number], said) for number, said in enumerate(scripts)]
    kept = [SessionState()]
    turns = data.draw(st.lists(st.integers(0, len(writers) - 1), max_size=40))
    for turn in turns:
        writers[turn].step(kept)
    for writer in writers:
        writer.said = writer.said[-1:]
        before = len(kept)
        while len(kept) == before:
            writer.step(kept)
    expected = {f for writer in writers for f in writer.own()}
    assert set(kept[-1].facts) == expected
    for key in NAMES:
        rivals = {f for f in expected if f.key == key}
        assert set(kept[-1].conflicts.get((About.STEP, key), ())) == (
            rivals if len(rivals) > 1 else set()
        )
