"""The settings files of other programs."""
