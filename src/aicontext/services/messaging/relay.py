"""From the records' outbox to the bus."""

from __future__ import annotations

from aicontext.ports.stores.bus import Bus
from aicontext.ports.stores.records import Records

_AT_ONCE = 500


class Relay:
    """Several may work at once: a message may then come twice, first in its order."""

    def __init__(self, records: Records, bus: Bus) -> None:
        self._records, self._bus = records, bus

    async def round(self) -> int:
        """Publishes what waits; how many messages there were. Raises Unavailable."""
        found = await self._records.waiting(_AT_ONCE)
        if found:
            await self._bus.publish(found)
            await self._records.sent([message.id for message in found])
        return len(found)
