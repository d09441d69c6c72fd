from hypothesis import given
from hypothesis import strategies as st

from aicontext.kit.recent import Recent

STEPS = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 40)), max_size=60)


def test_what_is_used_stays_and_the_rest_goes() -> None:
    recent: Recent[str, int] = Recent(40)
    recent.put("kept", 1, 10)
    for number in range(20):
        assert recent.get("kept", 0) == 1
        recent.put(f"other {number}", number, 10)
    assert recent.get("other 19", -1) == 19
    assert recent.get("other 0", -1) == -1


@given(STEPS)
def test_it_holds_what_was_put_last_or_nothing(
    steps: list[tuple[int, int]],
) -> None:
    recent: Recent[int, int] = Recent(50)
    latest: dict[int, int] = {}
    for key, weight in steps:
        recent.put(key, weight, weight)
        latest[key] = weight
    held = {key: recent.get(key, 0) for key in range(10)}
    assert all(not weight or weight == latest[key] for key, weight in held.items())


@given(STEPS)
def test_its_weight_is_bounded(steps: list[tuple[int, int]]) -> None:
    recent: Recent[int, int] = Recent(50)
    for place, (_, weight) in enumerate(steps):
        recent.put(place, weight, weight)
    assert sum(recent.get(place, 0) for place in reversed(range(len(steps)))) <= 50


def test_what_is_taken_is_gone_and_weighs_nothing() -> None:
    recent: Recent[int, int] = Recent(40)
    for number in range(50):
        recent.put(number, number, 20)
        assert recent.take(number) == number
        assert recent.take(number) is None
