"""How the files and commits of a repository are read."""
