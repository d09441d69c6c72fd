"""The state of an installation: where it lies, and how it is looked after."""
