"""What the provider says next, and what goes wrong while it says it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_SECRET = b"known to the provider alone"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool. id: given by the provider where it is empty."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""

    @property
    def json(self) -> str:
        return json.dumps(self.arguments)


@dataclass(frozen=True, slots=True)
class Answer:
    """One turn of the model."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    thinking: str = ""

    @property
    def written(self) -> str:
        """All of it as text, for counting."""
        return "\n".join([self.thinking, self.text, *(f"{c.name} {c.json}" for c in self.calls)])


@dataclass(frozen=True, slots=True)
class Fault:
    """kind: "reset" (the connection is cut), "stall" (nothing more comes), "truncate" (the answer
    ends as if it were whole) after `at` bytes of the body; or "status" instead of an answer."""

    kind: str
    at: int = 0
    status: int = 0
    retry_after: int | None = None

    @classmethod
    def parse(cls, text: str) -> Fault:
        """reset@120, stall@0, truncate@50, status=429, status=529;retry-after=2."""
        head, _, rest = text.partition(";")
        if head.startswith("status="):
            wait = int(rest.removeprefix("retry-after=")) if rest else None
            return cls("status", 0, int(head.removeprefix("status=")), wait)
        kind, _, at = head.partition("@")
        return cls(kind, int(at or 0))


def seal(text: str) -> str:
    """A signature that only the provider can make."""
    return base64.b64encode(hmac.digest(_SECRET, text.encode(), hashlib.sha256)).decode()


def is_sealed(text: str, signature: object) -> bool:
    return isinstance(signature, str) and hmac.compare_digest(seal(text), signature)


def pieces(text: str, size: int = 24) -> list[str]:
    """The text as it is streamed."""
    return [text[at : at + size] for at in range(0, len(text), size)]


def named(answer: Answer, prefix: str, number: int) -> list[tuple[str, ToolCall]]:
    """The answer's calls with their ids."""
    return [
        (call.id or f"{prefix}{number:04}{index:02}", call)
        for index, call in enumerate(answer.calls)
    ]
