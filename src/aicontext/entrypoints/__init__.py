"""How the world comes in: thin peers that never import each other."""
