"""Moments and spans of time as people type them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import click

from aicontext.domain.errors import InvalidInput

_UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_NAMES = {"m": "minute", "h": "hour", "d": "day", "w": "week"}
_DATED = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)Z?)?)?)?")
_DAY = timedelta(days=1)


class Span(NamedTuple):
    """Seconds since the epoch; infinite where it is open."""

    since: float
    until: float


def how_far_back(default: str) -> Callable[..., Any]:
    """The option --since of commands that look back from now."""
    return click.option(
        "--since",
        default=default,
        show_default=True,
        help="How far back: 90m, 24h, 7d, 4w, or all.",
    )


def ago(word: str) -> float | None:
    """Seconds of a length of time such as 90m, 24h, 7d or 4w; None where it is none."""
    match = re.fullmatch(r"(\d{1,5})([mhdw])", word)
    return float(int(match[1]) * _UNITS[match[2]]) if match else None


def in_words(word: str) -> str:
    """A length of time, as `ago` reads it."""
    count, unit = int(word[:-1]), _NAMES[word[-1]]
    return f"{count} {unit}s" if count != 1 else unit


def span(since: str, until: str, now: float) -> Span:
    """From the beginning of what `since` names to the end of what `until` names, in UTC: so both
    may be the same month. until: empty for no end. Raises InvalidInput."""
    begin = _named(since, now).since
    end = _named(until, now).until if until else float("inf")
    if begin >= end:
        raise InvalidInput(
            f"--until {until[:40]!r} ends before --since {since[:40]!r} begins.",
            hint="Give the earlier one with --since.",
        )
    return Span(begin, end)


def _named(word: str, now: float) -> Span:
    if word == "all":
        return Span(float("-inf"), float("inf"))
    if (seconds := ago(word)) is not None:
        return Span(now - seconds, now - seconds)
    today = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if word in ("today", "yesterday"):
        day = today - _DAY * (word == "yesterday")
        return Span(day.timestamp(), (day + _DAY).timestamp())
    try:
        return _dated(word)
    except (ValueError, OverflowError):
        raise InvalidInput(
            f"{word[:40]!r} is no time.",
            hint="Give 90m, 24h, 7d, 4w, today, yesterday, 2026, 2026-11, 2026-11-28, "
            "2026-11-28T14:00 (UTC), or all.",
        ) from None


def _dated(word: str) -> Span:
    match = _DATED.fullmatch(word)
    if match is None:
        raise ValueError(word)
    year, month, day, hour, minute = (int(part) if part else 0 for part in match.groups())
    begin = datetime(year, month or 1, day or 1, hour, minute, tzinfo=UTC)
    if not month:
        end = begin.replace(year=year + 1)
    elif not day:
        end = begin.replace(year=year + month // 12, month=month % 12 + 1)
    else:
        end = begin + (_DAY if match[4] is None else timedelta(0))
    return Span(begin.timestamp(), end.timestamp())
