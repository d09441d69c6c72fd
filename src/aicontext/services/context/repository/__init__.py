"""A repository's code for a task."""
