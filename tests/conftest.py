"""Hypothesis without deadlines: a busy machine is no failure. Hooks without a helper that stays."""

import os

from hypothesis import settings

settings.register_profile("project", deadline=None)
settings.load_profile("project")
os.environ["AICONTEXT_HOOK_IDLE"] = "0"
