from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.memo import Memo, message_digest, rolling


def test_values_and_states_are_bounded() -> None:
    memo: Memo[int, str] = Memo(values=40, states=40)
    for n in range(6):
        memo.put(bytes([n]), n, weight=10)
        memo.give(bytes([n]), str(n), weight=10)
    assert [memo.get(bytes([n]), -1) for n in (0, 1, 4, 5)] == [-1, -1, 4, 5]
    assert [memo.take(bytes([n])) for n in (0, 1, 4, 5)] == [None, None, "4", "5"]


def test_a_state_belongs_to_whoever_took_it() -> None:
    memo: Memo[int, str] = Memo()
    memo.give(b"k", "state", weight=1)
    assert memo.take(b"k") == "state"
    assert memo.take(b"k") is None


def test_digests_tell_apart_all_that_matters() -> None:
    base = Message(Role.TOOL_RESULT, "text", "Read", "1")
    variants = [
        base,
        Message(Role.TOOL_RESULT, "text", "Read", "2"),
        Message(Role.TOOL_RESULT, "text", "Grep", "1"),
        Message(Role.USER, "text", "Read", "1"),
        Message(Role.TOOL_RESULT, "next", "Read", "1"),
        Message(Role.TOOL_RESULT, "text\ud800", "Read", "1"),
        Message(Role.TOOL_RESULT, "text", "Read", "1", failed=True),
        Message(Role.OPAQUE, "", media="image/png", size=10),
        Message(Role.OPAQUE, "", media="image/png", size=11),
    ]
    assert len({message_digest(variant) for variant in variants}) == len(variants)


def test_each_digest_stands_for_all_up_to_it() -> None:
    one, two = b"1" * 32, b"2" * 32
    assert rolling([one, two])[0] == rolling([one])[0]
    assert rolling([one, two])[1] != rolling([two, two])[1]
    assert rolling([]) == []
