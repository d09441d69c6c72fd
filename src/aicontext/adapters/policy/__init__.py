"""The port `policy`: whether somebody may do something."""
