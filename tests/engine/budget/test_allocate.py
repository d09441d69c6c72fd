import pytest
from hypothesis import given
from hypothesis import strategies as st

from aicontext.engine.budget.allocate import allocate


@pytest.mark.parametrize(
    ("sizes", "weights", "budget", "given"),
    [
        ([10, 10], [1, 1], 100, [10, 10]),
        ([100, 100], [1, 1], 100, [50, 50]),
        ([10, 100], [1, 1], 100, [10, 90]),
        ([100, 100], [3, 1], 100, [75, 25]),
        ([100], [1], 0, [0]),
        ([], [], 10, []),
    ],
)
def test_small_blocks_leave_their_share_to_others(
    sizes: list[int], weights: list[float], budget: int, given: list[int]
) -> None:
    assert allocate(sizes, weights, budget) == given


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.floats(0.001, 1000)), max_size=50),
    st.integers(0, 10**7),
)
def test_the_sum_never_passes_the_budget(blocks: list[tuple[int, float]], budget: int) -> None:
    sizes, weights = [b[0] for b in blocks], [b[1] for b in blocks]
    shares = allocate(sizes, weights, budget)
    assert sum(shares) <= budget
    assert all(0 <= share <= size for share, size in zip(shares, sizes, strict=True))
