"""What a tool starts for each of its events, hence as little as can be is loaded."""
