"""What the product does: peers that never import each other."""
