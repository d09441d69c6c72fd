"""The composition root: settings -> adapters -> services -> apps.

Functions import what they build when they are called, so that `--help` and `import aicontext` stay
light and an engine that no setting asks for is never loaded.
"""
