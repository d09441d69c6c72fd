"""Which definitions of a repository to show for a task, and how much of each, under a budget."""
