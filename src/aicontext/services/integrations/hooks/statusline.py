"""A tool's status line: its model, its window, what it cost and what was saved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def line(said: Mapping[str, Any], saved: int) -> str:
    """One line of text from what the tool tells; what it does not tell is left out.

    saved: tokens of the session's outputs that it need not carry.
    """
    return " · ".join(_parts(said, saved))


def _parts(said: Mapping[str, Any], saved: int) -> Iterator[str]:
    model, window, cost = (_table(said.get(key)) for key in ("model", "context_window", "cost"))
    if isinstance(name := model.get("display_name") or model.get("id"), str) and name.isprintable():
        yield name[:40]
    size, share = _number(window.get("context_window_size")), _number(window.get("used_percentage"))
    used = _input(_table(window.get("current_usage")))
    if used:
        yield f"{_short(used)} tokens"
    if share is not None:
        yield f"{share:.0f} % of {_short(size)}" if size else f"{share:.0f} % of the window"
    if (dollars := _number(cost.get("total_cost_usd"))) is not None:
        yield f"${dollars:.2f}"
    yield f"{_short(saved)} tokens saved"


def _input(usage: Mapping[str, Any]) -> float:
    """Tokens in the window, by the same count as the tool's own share of it."""
    names = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    return sum(_number(usage.get(name)) or 0 for name in names)


def _short(tokens: float) -> str:
    if tokens < 1000:
        return f"{tokens:.0f}"
    return f"{tokens / 1e3:.1f}k" if tokens < 99_950 else f"{tokens / 1e3:,.0f}k"


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> float | None:
    """A number of people's size; JSON as Python reads it knows infinity."""
    sound = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12
    return value if sound else None
