"""How many pieces of each product there are, and for whom they are held."""

from __future__ import annotations

from collections import defaultdict


class OutOfStock(Exception):
    """Fewer pieces are free than were asked for."""

    def __init__(self, sku: str, wanted: int, free: int) -> None:
        super().__init__(f"{sku}: {wanted} wanted, {free} free")
        self.sku, self.wanted, self.free = sku, wanted, free


class Stock:
    """Pieces on the shelf and pieces held for open orders."""

    def __init__(self) -> None:
        self._shelf: dict[str, int] = defaultdict(int)
        self._held: dict[str, dict[str, int]] = defaultdict(dict)

    def receive(self, sku: str, pieces: int) -> None:
        """Put delivered pieces on the shelf."""
        if pieces < 1:
            raise ValueError("pieces must be positive")
        self._shelf[sku] += pieces

    def free(self, sku: str) -> int:
        """Pieces that nobody holds."""
        return self._shelf[sku] - sum(self._held[sku].values())

    def hold(self, sku: str, pieces: int, order_id: str) -> None:
        """Keep pieces for an order. Raises OutOfStock; holding twice for an order adds up."""
        if self.free(sku) < pieces:
            raise OutOfStock(sku, pieces, self.free(sku))
        held = self._held[sku]
        held[order_id] = held.get(order_id, 0) + pieces

    def release(self, order_id: str) -> None:
        """Give back all that an order holds."""
        for held in self._held.values():
            held.pop(order_id, None)

    def ship(self, order_id: str) -> dict[str, int]:
        """Take what an order holds off the shelf; pieces by product."""
        shipped = {}
        for sku, held in self._held.items():
            if pieces := held.pop(order_id, 0):
                self._shelf[sku] -= pieces
                shipped[sku] = pieces
        return shipped
