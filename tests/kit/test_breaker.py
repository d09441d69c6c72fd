from aicontext.kit.breaker import Breaker


def test_it_opens_after_failures_in_a_row_only() -> None:
    breaker = Breaker(threshold=3, cooldown=10)
    for _ in range(5):
        breaker.failed(0)
        breaker.failed(0)
        breaker.succeeded()
    assert breaker.allows(0)
    for _ in range(3):
        breaker.failed(0)
    assert not breaker.allows(9.9)


def test_half_open_lets_one_try_in_each_cooldown() -> None:
    breaker = Breaker(threshold=1, cooldown=10)
    breaker.failed(0)
    assert [breaker.allows(t) for t in (5, 10, 10, 19, 20)] == [False, True, False, False, True]
    breaker.failed(21)
    assert not breaker.allows(30.9)
    assert breaker.allows(31)
    breaker.succeeded()
    assert breaker.closed
    assert all(breaker.allows(31) for _ in range(9))
