"""Which files and definitions of a repository matter for a task."""
