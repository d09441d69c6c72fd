from aicontext.domain.repository.results import Place
from aicontext.domain.repository.trees import Skip, Text
from aicontext.services.context.repository.showing import LISTED, show


def test_of_a_name_that_thousands_have_the_first_are_listed_and_the_others_counted() -> None:
    places = [Place(f"{i:04}.py", 1, 1, "__init__") for i in range(3_000)]
    found = show("__init__", places, lambda _: Skip.BINARY, len)
    assert found.places == tuple(places[:LISTED])
    assert (found.shown, found.more) == ((), 3_000 - LISTED)


def test_of_the_parts_of_one_file_the_first_are_shown_and_the_others_counted() -> None:
    lines = [f"def value(): return {i}" for i in range(1_000)]
    places = [Place("a.py", i + 1, i + 1, "value") for i in range(1_000)]
    found = show("value", places, lambda _: Text("\n".join(lines), b""), len)
    assert [one.text for one in found.shown] == lines[:LISTED]
    assert found.more == 1_000 - LISTED
