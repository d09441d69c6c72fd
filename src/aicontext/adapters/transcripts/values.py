"""Fields of JSON that someone else wrote: each may be missing, or something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any


def text(held: object, key: str) -> str:
    found = held.get(key) if isinstance(held, dict) else None
    return found if isinstance(found, str) else ""


def table(held: object, key: str) -> Mapping[str, Any]:
    found = held.get(key) if isinstance(held, dict) else None
    return found if isinstance(found, dict) else {}


def tables(held: object, key: str) -> list[Mapping[str, Any]]:
    """The objects of the list under `key`."""
    found = held.get(key) if isinstance(held, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def count(held: object, key: str) -> int:
    """A number of tokens, at least 0."""
    found = held.get(key) if isinstance(held, dict) else None
    return int(found) if isinstance(found, int | float) and 0 < found < 2**53 else 0


def epoch(held: object, key: str, *, local: bool = False) -> float:
    """Seconds since the epoch, of an ISO date or of a number of seconds or milliseconds; 0 where
    there is no such time. local: a date without a zone is this machine's, else it is UTC."""
    found = held.get(key) if isinstance(held, dict) else None
    if isinstance(found, str):
        try:
            at = datetime.fromisoformat(found)
            return (at if at.tzinfo or local else at.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError, OSError):
            return 0.0
    if not isinstance(found, int | float) or not 0 < found < 1e14:
        return 0.0
    return found / 1000 if found > 1e11 else float(found)


def amount(held: object, key: str) -> float | None:
    """US dollars; None where there are none to be read."""
    found = held.get(key) if isinstance(held, dict) else None
    return float(found) if isinstance(found, int | float) and 0 <= found < 1e9 else None


def grown(state: str, now: Sequence[int]) -> tuple[tuple[int, ...], str]:
    """(what sums grew by since the state, the state now); sums that fell begin anew."""
    before = tuple(map(int, state.split(":"))) if state else ()
    if len(before) != len(now) or any(one < old for one, old in zip(now, before, strict=True)):
        before = (0,) * len(now)
    more = tuple(one - old for one, old in zip(now, before, strict=True))
    return more, ":".join(map(str, now))
