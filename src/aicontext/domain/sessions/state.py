"""What is known of the work on a project, as its sessions in several tools bear it out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

_SPAN = re.compile(r"(\d{1,9})-(\d{1,9})(\$?)@([0-9a-f]{12})")


class About(StrEnum):
    """What a fact tells. Behind each: what its key names, and what its value says."""

    REQUEST = "request"
    """The words' digest; the words."""

    DECISION = "decision"
    """The words' digest; the words."""

    STEP = "step"
    """The step's wording; how far it is."""

    READ = "read"
    """The session and the file; the lines that its model saw last, as `spelled` spans."""

    CHANGE = "change"
    """The file; what the session left there, as `spelled` spans; "" where that is not known,
    DELETED where nothing."""

    ERROR = "error"
    """The session; the lines that tell of its last error, which no later run took back."""

    SETTING = "setting"
    """The setting's name; its value."""


DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Cited:
    """The turn that bears a fact out. tool: its id in the catalogue. session: the tool's own name
    of it. message: its number in the session, from 1. at: epoch seconds; 0 where unknown."""

    tool: str
    session: str
    message: int
    at: float = 0.0

    @property
    def writer(self) -> tuple[str, str]:
        return self.tool, self.session


@dataclass(frozen=True, slots=True)
class Fact:
    """Facts that say the same are the same, whoever bears them out."""

    about: About
    key: str
    value: str
    cited: Cited = field(compare=False)

    @property
    def name(self) -> tuple[About, str]:
        return self.about, self.key


@dataclass(frozen=True, slots=True)
class SessionState:
    """Facts in the order of their names and values. Two of one name are a conflict: sessions that
    did not know of each other said different things, and both are kept until one says the other's.
    """

    facts: tuple[Fact, ...] = ()

    @classmethod
    def of(cls, facts: Iterable[Fact]) -> SessionState:
        """Of equal facts the one that was borne out last."""
        known: dict[Fact, Fact] = {}
        for fact in facts:
            other = known.get(fact)
            if other is None or _order(fact.cited) > _order(other.cited):
                known.pop(fact, None)
                known[fact] = fact
        return cls(tuple(sorted(known, key=lambda fact: (*fact.name, fact.value))))

    def about(self, *kinds: About) -> Iterator[Fact]:
        """Those of the kinds, the ones borne out last first."""
        found = [fact for fact in self.facts if fact.about in kinds]
        return iter(sorted(found, key=lambda fact: _order(fact.cited), reverse=True))

    @property
    def conflicts(self) -> Mapping[tuple[About, str], tuple[Fact, ...]]:
        """Facts of one name that say different things."""
        named: dict[tuple[About, str], tuple[Fact, ...]] = {}
        for fact in self.facts:
            named[fact.name] = (*named.get(fact.name, ()), fact)
        return {name: found for name, found in named.items() if len(found) > 1}


@dataclass(frozen=True, slots=True)
class Version:
    """The state of a project after so many changes, from 1. writer: (tool, session) whose turns
    it took in."""

    number: int
    state: SessionState
    writer: tuple[str, str]
    at: float


@dataclass(frozen=True, slots=True)
class Span:
    """Lines of a file, from 1, both included, and the digest of what stood there. whole: the file
    ends behind them."""

    first: int
    last: int
    digest: str
    whole: bool = False


def spelled(spans: Iterable[Span]) -> str:
    """`1-80@3f2a91c0ffee`, several with blanks between; `$` before the `@` of a whole file."""
    return " ".join(f"{s.first}-{s.last}{'$' * s.whole}@{s.digest}" for s in spans)


def spans(text: str) -> tuple[Span, ...]:
    """What `spelled` wrote."""
    return tuple(
        Span(int(first), int(last), digest, bool(whole))
        for first, last, whole, digest in _SPAN.findall(text)
    )


def _order(cited: Cited) -> tuple[float, int, str, str]:
    return cited.at, cited.message, cited.tool, cited.session
