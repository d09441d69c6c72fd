"""AI tools that a program or another distribution adds, and what passes between them and us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aicontext.domain.optimization import Content, Optimization


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a tool was about to send.

    context: a text, messages, or a whole request of a known API. budget: tokens that the result may
    have at most; None: only what is safe is done.
    """

    context: Content
    model: str = ""
    query: str = ""
    budget: int | None = None


@dataclass(frozen=True, slots=True)
class Injected:
    """A tool's request as it should go out.

    optimization: what was done; None where the request is as it came, which a warning explains.
    """

    request: Mapping[str, Any]
    optimization: Optimization | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Callback:
    """What a tool tells us of its own accord. id: the same where it is told again. at: seconds
    since the epoch, by the sender's clock."""

    id: str
    type: str
    at: float
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plugin:
    """A tool that was added. origin: the distribution that it came with, empty where a program
    registered it. verbs: what it offers, once it is loaded. why: what it failed with last; empty
    where it works or was not asked yet."""

    name: str
    origin: str
    verbs: tuple[str, ...] = ()
    why: str = ""
