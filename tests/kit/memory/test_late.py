from aicontext.kit.memory.late import late


def test_it_is_made_once_and_when_it_is_used() -> None:
    made = []

    def make() -> list[int]:
        made.append(1)
        return [3, 1, 2]

    stand_in = late(make)
    assert made == []
    stand_in.sort()
    assert stand_in.index(3) == 2
    assert made == [1]
