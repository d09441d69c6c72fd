"""Prompt caches that bill as the providers say they do.

A prompt is a sequence of parts in the order the model reads them. What is cached is a prefix of
it, known by the digest of all its parts. Nothing here reads a clock: `now` is passed in, seconds.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Protocol

from aicontext.domain.usage import Billed

MINUTES_5, MINUTES_30, HOUR_1, DAY = 300, 1800, 3600, 86_400
LOOK_BACK = 20
"""Positions that are looked at for a breakpoint, its own included."""

BREAKPOINTS = 4
_MINIMUM = (
    (re.compile(r"opus-4-[5-9]|haiku-4-[5-9]|mythos"), 4096),
    (re.compile(r"haiku-3|3-5-haiku|3-haiku|sonnet-4-6"), 2048),
)


class Rejected(Exception):
    """The provider answers with an error. kind: its own name of the error."""

    param: str | None = None
    code: str | None = None
    retry_after: int | None = None

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status, self.kind, self.message = status, kind, message


@dataclass(frozen=True, slots=True)
class Part:
    """One block of a prompt. digest: of its content alone. hold: seconds that the cache is asked
    to keep the prompt up to and with it; 0 where it carries no breakpoint."""

    digest: bytes
    tokens: int
    hold: int = 0


@dataclass(frozen=True, slots=True)
class Prompt:
    """model: part of what a cached prefix is known by. first: index of the first message's part;
    tools and system text stand before it. texts: what the model reads, aligned with parts. keys:
    for each part the digest of the model and of all parts up to and with it."""

    model: str
    parts: tuple[Part, ...]
    first: int = 0
    texts: tuple[str, ...] = ()
    keys: tuple[bytes, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", tuple(_prefixes(self)))

    @property
    def tokens(self) -> int:
        return sum(part.tokens for part in self.parts)


@dataclass(frozen=True, slots=True)
class Charge:
    """What a call is billed. read: how many of the prompt's parts came from the cache."""

    billed: Billed
    read: int


def minimum(model: str) -> int:
    """Tokens that a prefix must have for Anthropic to cache it."""
    return next((least for pattern, least in _MINIMUM if pattern.search(model)), 1024)


def _prefixes(prompt: Prompt) -> Iterator[bytes]:
    running = hashlib.sha256(prompt.model.encode())
    for part in prompt.parts:
        running.update(part.digest)
        yield running.digest()


class Cache(Protocol):
    """What a provider keeps of earlier prompts."""

    def bill(self, prompt: Prompt, now: float, output: int = 0) -> Charge:
        """Bills the call and takes note of it. Raises Rejected for what is not allowed."""

    def looked_at(self, prompt: Prompt) -> Iterable[int]:
        """Indices of the parts at whose ends a cached prefix would be found."""

    def lives(self, key: bytes, now: float) -> bool:
        """Whether the prefix of this digest could be read at `now`."""


@dataclass(slots=True)
class _Entry:
    hold: int
    until: float


class AnthropicCache:
    """Entries are written at breakpoints only, and found from at most LOOK_BACK positions on.

    https://docs.claude.com/en/docs/build-with-claude/prompt-caching: what is read refreshes for as
    long as it was written for; breakpoints that hold an hour come before those of five minutes;
    input between the entry that was read and the last breakpoint is a write, the rest plain input.
    """

    def __init__(self) -> None:
        self._entries: dict[bytes, _Entry] = {}

    def bill(self, prompt: Prompt, now: float, output: int = 0) -> Charge:
        """Bills the call and takes note of it. Raises Rejected for breakpoints not allowed."""
        keys, sizes = prompt.keys, list(accumulate(part.tokens for part in prompt.parts))
        least = minimum(prompt.model)
        marked = [at for at in _breakpoints(prompt) if sizes[at] >= least]
        hits = (at + 1 for at in self.looked_at(prompt) if self.lives(keys[at], now))
        read = max(hits, default=0)
        known = sizes[read - 1] if read else 0
        hour = last = known
        for at in marked:
            self._keep(keys[at], prompt.parts[at].hold, now)
            last = max(last, sizes[at])
            if prompt.parts[at].hold >= HOUR_1:
                hour = max(hour, sizes[at])
        if read:
            self._keep(keys[read - 1], 0, now)
        whole = sizes[-1] if sizes else 0
        return Charge(Billed(whole - last, known, last - hour, hour - known, output), read)

    def looked_at(self, prompt: Prompt) -> Iterable[int]:
        """The breakpoints and what stands close before each."""
        return {
            at
            for point in _breakpoints(prompt)
            for at in range(point, max(point - LOOK_BACK, -1), -1)
        }

    def lives(self, key: bytes, now: float) -> bool:
        entry = self._entries.get(key)
        return entry is not None and entry.until >= now

    def _keep(self, key: bytes, hold: int, now: float) -> None:
        """Writes an entry, or refreshes one for as long as it was paid for."""
        entry = self._entries.get(key)
        if entry is None or entry.until < now:
            entry = self._entries[key] = _Entry(hold, now)
        entry.until = now + entry.hold


class PrefixCache:
    """OpenAI's before GPT-5.6, and Gemini's: whole parts from the start, nothing to ask for.

    least: tokens below which nothing is cached. step: cached tokens are a multiple of it. idle:
    seconds without use after which a prefix is gone. https://developers.openai.com/api/docs/guides/
    prompt-caching: 1,024 tokens, steps of 128; up to a day, or, for who has agreed that nothing is
    kept, five to ten minutes. A part whose text differs somewhere counts as not cached from its
    start; the real caches may save up to that place.
    """

    def __init__(self, least: int = 1024, step: int = 128, idle: float = DAY) -> None:
        self._least, self._step, self._idle = least, step, idle
        self._used: dict[bytes, float] = {}

    def bill(self, prompt: Prompt, now: float, output: int = 0) -> Charge:
        """Bills the call and takes note of it."""
        read = cached = whole = 0
        matching = True
        for part, key in zip(prompt.parts, prompt.keys, strict=True):
            matching = matching and self.lives(key, now)
            whole += part.tokens
            if matching:
                read, cached = read + 1, whole
            self._used[key] = now
        cached = cached // self._step * self._step if cached >= self._least else 0
        return Charge(Billed(whole - cached, cached, 0, 0, output), read if cached else 0)

    def looked_at(self, prompt: Prompt) -> Iterable[int]:
        """Every place."""
        return range(len(prompt.parts))

    def lives(self, key: bytes, now: float) -> bool:
        return self._used.get(key, float("-inf")) + self._idle >= now


class WrittenCache:
    """OpenAI's since GPT-5.6, with its own breakpoint alone, at the end of each request: what is
    written up to there costs more, and is found whole or not at all, among the last LATEST places.

    https://developers.openai.com/api/docs/guides/prompt-caching: 1,024 tokens; 30 minutes at
    least. idle: seconds without use after which a prefix is gone.
    """

    LATEST = 80

    def __init__(self, least: int = 1024, idle: float = MINUTES_30) -> None:
        self._least, self._idle = least, idle
        self._used: dict[bytes, float] = {}

    def bill(self, prompt: Prompt, now: float, output: int = 0) -> Charge:
        """Bills the call and takes note of it."""
        sizes = list(accumulate(part.tokens for part in prompt.parts))
        if not sizes or sizes[-1] < self._least:
            return Charge(Billed(sum(sizes), output=output), 0)
        read = next(
            (at + 1 for at in self.looked_at(prompt) if self.lives(prompt.keys[at], now)), 0
        )
        known = sizes[read - 1] if read else 0
        self._used |= dict.fromkeys((prompt.keys[read - 1], prompt.keys[-1])[not read :], now)
        return Charge(Billed(0, known, sizes[-1] - known, 0, output), read)

    def looked_at(self, prompt: Prompt) -> Iterable[int]:
        """The last places."""
        last = len(prompt.parts) - 1
        return range(last, max(last - self.LATEST, -1), -1)

    def lives(self, key: bytes, now: float) -> bool:
        return self._used.get(key, float("-inf")) + self._idle >= now


def _breakpoints(prompt: Prompt) -> list[int]:
    """Indices of the parts with a breakpoint. Raises Rejected in the provider's words."""
    found = [index for index, part in enumerate(prompt.parts) if part.hold]
    if len(found) > BREAKPOINTS:
        raise Rejected(
            400,
            "invalid_request_error",
            f"A maximum of {BREAKPOINTS} blocks with cache_control may be provided. "
            f"Found {len(found)}.",
        )
    holds = [prompt.parts[index].hold for index in found]
    if holds != sorted(holds, reverse=True):
        raise Rejected(
            400,
            "invalid_request_error",
            "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. "
            "Note that blocks are processed in the following order: `tools`, `system`, `messages`.",
        )
    return found
