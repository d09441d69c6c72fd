"""Publishes usage events, group after group, until it is killed, and says what was acknowledged.

python publisher.py RUN: a line "FIRST LAST" for each group of numbers. The bus is the one that the
environment sets.
"""

from __future__ import annotations

import asyncio
import sys

from writer import event, say

from aicontext.domain.errors import Unavailable
from aicontext.services.analytics.ingest import message
from aicontext.wiring import stores

GROUP = 500
"""Events published at once, as a recorder does under load."""


async def main(run: int) -> None:
    bus = stores.bus()
    first = 0
    while True:
        group = range(first, first + GROUP)
        try:
            await bus.publish([message(event(run, number)) for number in group])
        except Unavailable:
            await asyncio.sleep(0.05)  # A server was killed too; what was not said is said again.
            continue
        say(group)
        first += GROUP


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
