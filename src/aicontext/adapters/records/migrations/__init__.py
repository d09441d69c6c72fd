"""The steps from an empty database to the newest schema.

Expand, migrate, contract: a step that removes or renames what the last release reads comes one
release after the step that added its successor.
"""
