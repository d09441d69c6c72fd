from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.memo import Memo, rolling


def test_values_and_states_are_bounded() -> None:
    memo: Memo[int, str] = Memo(values=2, states=1)
    for n in range(3):
        memo.put(bytes([n]), n)
        memo.give(bytes([n]), str(n))
    assert [memo.get(bytes([n]), -1) for n in range(3)] == [-1, 1, 2]
    assert [memo.take(bytes([n])) for n in range(3)] == [None, None, "2"]


def test_a_state_belongs_to_whoever_took_it() -> None:
    memo: Memo[int, str] = Memo()
    memo.give(b"k", "state")
    assert memo.take(b"k") == "state"
    assert memo.take(b"k") is None


def test_digests_tell_apart_all_that_matters() -> None:
    base = Message(Role.TOOL_RESULT, "text", "Read", "1")
    variants = [
        (base, True),
        (base, False),
        (Message(Role.TOOL_RESULT, "text", "Read", "2"), True),
        (Message(Role.TOOL_RESULT, "text", "Grep", "1"), True),
        (Message(Role.USER, "text", "Read", "1"), True),
        (Message(Role.TOOL_RESULT, "text\ud800", "Read", "1"), True),
    ]
    assert len({rolling([variant])[0] for variant in variants}) == len(variants)
    assert rolling([(base, True), (base, True)])[1] != rolling([(base, True)])[0]
    assert rolling([]) == []
