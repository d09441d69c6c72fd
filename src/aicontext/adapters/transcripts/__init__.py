"""Sessions as their tools write them down, a file a form."""
