from aicontext.domain.repository.results import Place
from aicontext.domain.repository.trees import Skip
from aicontext.services.context.repository.showing import LISTED, show


def test_of_a_name_that_thousands_have_the_first_are_listed_and_the_others_counted() -> None:
    places = [Place(f"{i:04}.py", 1, 1, "__init__") for i in range(3_000)]
    found = show("__init__", places, lambda _: Skip.BINARY, len)
    assert found.places == tuple(places[:LISTED])
    assert (found.shown, found.more) == ((), 3_000 - LISTED)
