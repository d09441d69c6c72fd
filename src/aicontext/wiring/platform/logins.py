"""Signing in to servers from this machine."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from aicontext import settings as environment

if TYPE_CHECKING:
    from aicontext.client.login import LoggingIn


def logging_in() -> LoggingIn:
    from aicontext.adapters.identity.logins import LoginsFile
    from aicontext.client.login import LoggingIn
    from aicontext.kit.clock import CLOCK

    return LoggingIn(LoginsFile(environment.load().home / "logins.json"), CLOCK, time.sleep)
