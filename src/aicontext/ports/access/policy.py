"""Whether somebody may do something."""

from __future__ import annotations

from typing import Protocol

from aicontext.domain.tenancy.access import Decision, Question


class Policy(Protocol):
    """Answers from what it holds, without waiting. Whatever no rule allows is refused, and a policy
    that fails refuses."""

    def decide(self, question: Question) -> Decision: ...
