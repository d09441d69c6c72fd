from __future__ import annotations

import json

from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.compact.plan import planned


def call(tool: str, **arguments: object) -> Message:
    return Message(Role.TOOL_CALL, json.dumps(arguments), tool)


def test_the_last_whole_plan_counts_open_steps_first() -> None:
    plan = planned(
        [
            call("update_plan", plan=[{"step": "Old", "status": "pending"}]),
            call(
                "update_plan",
                plan=[
                    {"step": "Read", "status": "completed"},
                    {"step": "Write", "status": "in_progress"},
                ],
            ),
        ]
    )
    assert plan.listed() == ["- Write: in_progress", "- Read: completed"]
    assert plan.stated == 1


def test_a_plan_may_grow_and_change_step_by_step() -> None:
    plan = planned(
        [
            call("TaskCreate", subject="Read", description="all"),
            call("TaskCreate", subject="Write"),
            call("TaskUpdate", taskId="1", status="completed"),
            call("TaskUpdate", taskId="99", status="completed"),
            call("Bash", command="ls"),
        ]
    )
    assert plan.listed() == ["- Write: pending", "- Read: completed"]
    assert plan.stated == 2


def test_lists_of_other_things_are_no_plan() -> None:
    assert planned([call("order", items=[{"title": "book"}], tasks=[1, None])]).steps == []
