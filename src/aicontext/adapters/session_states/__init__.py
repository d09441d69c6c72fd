"""Where the states of projects are kept."""
