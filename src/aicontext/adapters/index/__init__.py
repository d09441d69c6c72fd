"""Where the index of a repository is kept."""
