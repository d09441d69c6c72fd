"""People: how they come in, and how they show that it is they."""
