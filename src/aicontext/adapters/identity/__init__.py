"""How people and programs prove who they are, by the libraries that know the standards."""
