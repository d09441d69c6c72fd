"""Tools connected in one command, undone in one, and looked at in one."""
