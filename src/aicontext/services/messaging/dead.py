"""Messages that a group gave up: looking at them, and deciding what becomes of them."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence

from aicontext.domain.errors import InvalidInput, NotFound
from aicontext.domain.storage.messages import DeadLetter, Message
from aicontext.ports.stores.bus import Bus

_PAGE = 500


class DeadLetters:
    """Of one group in one topic. Every method raises Unavailable where the bus does not answer."""

    def __init__(self, bus: Bus, topic: str, group: str) -> None:
        self._bus, self._topic, self._group = bus, topic, group

    async def some(self, after: str = "", limit: int = 100) -> Sequence[DeadLetter]:
        """By their ids; those with a larger one than `after`."""
        return await self._bus.dead(self._topic, self._group, after=after, limit=limit)

    async def one(self, id_: str) -> DeadLetter:
        """Raises NotFound."""
        found = [letter for letter in await self._all() if letter.message.id == id_]
        if not found:
            raise NotFound("There is no such dead letter.", hint="See: aicontext events dead list.")
        return found[0]

    async def replay(self, ids: Sequence[str]) -> int:
        """Have them handled again, all where no ids are given; how many there were."""
        chosen = ids or [letter.message.id for letter in await self._all()]
        return await self._bus.replay(self._topic, self._group, chosen)

    async def drop(self, ids: Sequence[str], keep: Callable[[bytes], None]) -> int:
        """Forget them, all where no ids are given, once `keep` has them as text; how many."""
        chosen = [letter for letter in await self._all() if not ids or letter.message.id in ids]
        if not chosen:
            return 0
        keep(b"".join(written(letter) + b"\n" for letter in chosen))
        names = [letter.message.id for letter in chosen]
        return await self._bus.drop(self._topic, self._group, names)

    async def restore(self, text: bytes) -> int:
        """Have dropped ones handled again, by what was kept of them; how many there were. Raises
        InvalidInput where it is something else."""
        messages = [read(line, self._topic).message for line in text.splitlines() if line.strip()]
        await self._bus.publish(messages)
        return len(messages)

    async def _all(self) -> list[DeadLetter]:
        found: list[DeadLetter] = []
        while page := await self.some(found[-1].message.id if found else "", _PAGE):
            found += page
        return found


def written(letter: DeadLetter) -> bytes:
    """As a line of JSON."""
    message = letter.message
    return json.dumps(
        {
            "id": message.id,
            "key": message.key,
            "attempts": letter.attempts,
            "why": letter.why,
            "at": letter.at,
            "payload": b64encode(message.payload).decode(),
        }
    ).encode()


def read(line: bytes, topic: str) -> DeadLetter:
    """What `written` wrote. Raises InvalidInput."""
    try:
        found = json.loads(line)
        message = Message(found["id"], topic, found["key"], b64decode(found["payload"]))
        return DeadLetter(message, found["attempts"], found["why"], found["at"])
    except (ValueError, TypeError, KeyError):
        raise InvalidInput(
            "That is no file of dropped events.", hint="Give one that drop wrote."
        ) from None
