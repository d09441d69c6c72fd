"""Diffs: git diff and show, log -p, combined diffs, diff -u, svn."""
