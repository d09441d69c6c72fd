"""The agent's own plan, as last stated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.compact.arguments import parsed

_LISTS = ("todos", "plan", "items", "tasks")
_WORDINGS = ("content", "step", "title", "description", "text")
DONE = ("completed", "done")
"""States of a step that is not open any more."""


@dataclass(slots=True)
class Plan:
    """steps: (wording, state). worded: for each the number of the call that words it. stated: the
    number of the latest call about it, or -1."""

    steps: list[tuple[str, str]] = field(default_factory=list)
    worded: list[int] = field(default_factory=list)
    stated: int = -1

    def listed(self) -> list[str]:
        """One line a step, those still open first."""
        order = sorted(self.steps, key=lambda step: step[1] in DONE)
        return [f"- {' '.join(wording.split())}: {state or 'open'}" for wording, state in order]


def planned(messages: Sequence[Message]) -> Plan:
    """Follow the calls that state a plan whole, or add steps and change their states one by one."""
    plan = Plan()
    for number, message in enumerate(messages):
        if message.role is Role.TOOL_CALL and _follow(plan, parsed(message.text)):
            plan.stated = number
            plan.worded += [number] * (len(plan.steps) - len(plan.worded))
    return plan


def _follow(plan: Plan, arguments: Mapping[str, object]) -> bool:
    """Take over what a call says about the plan; whether it says anything."""
    for key in _LISTS:
        listed = arguments.get(key)
        if isinstance(listed, list) and (steps := [s for s in map(_step, listed) if s]):
            plan.steps, plan.worded = steps, []
            return True
    subject, at = arguments.get("subject"), str(arguments.get("taskId", ""))
    if isinstance(subject, str) and "taskId" not in arguments:
        plan.steps.append((subject, "pending"))
        return True
    if "status" in arguments and at.isascii() and at[:6].isdigit():
        number = int(at[:6])
        if 0 < number <= len(plan.steps):
            plan.steps[number - 1] = (plan.steps[number - 1][0], str(arguments["status"])[:40])
            return True
    return False


def _step(step: object) -> tuple[str, str] | None:
    """A step of a list with its state; None for what is no step."""
    if not isinstance(step, dict) or not ("status" in step or "state" in step):
        return None
    for key in _WORDINGS:
        if isinstance(step.get(key), str):
            return step[key], str(step.get("status", step.get("state")))[:40]
    return None
