"""Listings: find, ls, ls -l, ls -R, tree, git status, file lists of agents' tools."""
