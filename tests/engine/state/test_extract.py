"""Facts of a session, each in the words of the turn that it cites."""

import json

from aicontext.domain.messages import Message, Role
from aicontext.domain.sessions.state import About, Fact
from aicontext.domain.transcripts import Call, Session, Turn
from aicontext.engine.state.extract import facts, told
from aicontext.engine.state.record import record

PLAN = {
    "todos": [
        {"content": "Mend it", "status": "completed"},
        {"content": "Test it", "status": "pending"},
    ]
}


def made() -> Session:
    call = Message(Role.TOOL_CALL, json.dumps({"command": "pytest"}), "Bash", "1")
    failed = Message(Role.TOOL_RESULT, "E   ValueError: too dear\n1 failed", "Bash", "1", True)
    plan = Message(Role.TOOL_CALL, json.dumps(PLAN), "TodoWrite", "2")
    write = Message(
        Role.TOOL_CALL, json.dumps({"file_path": "/p/a.py", "content": "x = 1\n"}), "Write", "3"
    )
    return Session(
        "claude-code",
        "s1",
        "/p",
        (
            Turn(1.0, (Message(Role.USER, "Mend the price."),)),
            Turn(
                2.0,
                (Message(Role.ASSISTANT, "The cause is the rounding.\n- I look."), call),
                Call("c", "", "m-1"),
            ),
            Turn(3.0, (failed,)),
            Turn(4.0, (plan, write), Call("d", "", "m-1")),
            Turn(5.0, (Message(Role.TOOL_RESULT, "done", "Write", "3"),)),
            Turn(6.0, (Message(Role.USER, "sub-agent's"),), thread="agent"),
        ),
    )


def of(about: About) -> list[Fact]:
    return [fact for fact in facts(made()) if fact.about is about]


def test_each_fact_is_in_the_words_of_the_turn_it_cites() -> None:
    session = made()
    messages = told(session)
    found = facts(session)
    assert {fact.about for fact in found} == set(About) - {About.READ}
    for fact in found:
        turn, message = messages[fact.cited.message - 1]
        assert fact.cited.at == turn.at
        if fact.about in (About.REQUEST, About.DECISION, About.ERROR):
            assert all(line in message.text for line in fact.value.split("\n"))
        elif fact.about in (About.STEP, About.CHANGE):
            assert fact.key in message.text


def test_what_they_say() -> None:
    assert [fact.value for fact in of(About.REQUEST)] == ["Mend the price."]
    assert [fact.value for fact in of(About.DECISION)] == ["The cause is the rounding."]
    assert {f.key: f.value for f in of(About.STEP)} == {
        "Mend it": "completed",
        "Test it": "pending",
    }
    assert [fact.key for fact in of(About.CHANGE)] == ["a.py"]
    assert "ValueError" in of(About.ERROR)[0].value
    assert [fact.value for fact in of(About.SETTING)] == ["m-1"]


def test_a_session_gives_the_same_facts_again_and_an_empty_one_none() -> None:
    assert facts(made()) == facts(made())
    assert facts(Session("x", "y")) == []


def test_the_record_has_each_message_at_its_place() -> None:
    messages = [message for _, message in told(made())]
    text, places = record(messages)
    lines = text.split("\n")
    for number, place in enumerate(places):
        assert lines[place - 1].startswith(f"--- message {number + 1}: ")


def test_a_step_cites_the_turn_that_words_it() -> None:
    calls = [
        {"subject": "Mend it"},
        {"subject": "Test it"},
        {"taskId": "1", "status": "completed"},
    ]
    messages = [Message(Role.TOOL_CALL, json.dumps(one), "Task") for one in calls]
    found = facts(Session("x", "y", turns=(Turn(1.0, tuple(messages)),)))
    assert [(f.key, f.value, f.cited.message) for f in found] == [
        ("Mend it", "completed", 1),
        ("Test it", "pending", 2),
    ]
