"""What is known of a repository's files, so that a task need not read them."""
