import pytest

from shop.stock import OutOfStock, Stock


@pytest.mark.parametrize("pieces", range(1, 21))
def test_what_is_received_is_free(pieces):
    stock = Stock()
    stock.receive("mug", pieces)
    assert stock.free("mug") == pieces


@pytest.mark.parametrize("held", range(1, 11))
def test_held_pieces_are_not_free(held):
    stock = Stock()
    stock.receive("mug", 10)
    stock.hold("mug", held, "o-1")
    assert stock.free("mug") == 10 - held
    stock.release("o-1")
    assert stock.free("mug") == 10


def test_more_than_there_is_cannot_be_held():
    stock = Stock()
    stock.receive("mug", 2)
    with pytest.raises(OutOfStock, match="3 wanted, 2 free"):
        stock.hold("mug", 3, "o-1")
