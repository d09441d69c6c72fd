"""Search output: rg, grep, ag, git grep and what agents' search tools print."""
