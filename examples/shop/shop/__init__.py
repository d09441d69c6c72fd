"""A small web shop: carts, prices, taxes, stock and orders."""
