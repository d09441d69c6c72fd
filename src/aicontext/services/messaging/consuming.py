"""Handling what a topic brings, until each message is done or given up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from aicontext.domain.errors import Unavailable
from aicontext.domain.storage.messages import Batch, Message
from aicontext.ports.stores.bus import Consumer

Handle = Callable[[Sequence[Message]], Awaitable[Mapping[str, str]]]
"""Handles messages, which makes no difference to those that it handled before; gives why some
cannot ever be handled, by their ids. Raises Unavailable where what it needs is not there now, and
anything else where a message may be to blame."""


@dataclass(frozen=True, slots=True)
class Rule:
    """limit: messages handled at a time at most. attempts: at a message that may be to blame before
    it is given up; where something is not there, as many as it takes. first_delay, longest_delay:
    seconds between them; doubled each time."""

    limit: int = 2000
    attempts: int = 5
    first_delay: float = 0.25
    longest_delay: float = 30.0

    def delay(self, attempt: int) -> float:
        return min(self.first_delay * 2.0 ** min(attempt - 1, 30), self.longest_delay)


async def round_(consumer: Consumer, handle: Handle, wait: float, rule: Rule = Rule()) -> int:
    """Handles what comes within `wait` seconds; how many messages there were. Raises Unavailable
    where the bus gives no answer.

    What comes for the first time is handled at once. Where that fails, the first message of each
    partition is handled alone, until the one to blame is found.
    """
    batches = await consumer.take(rule.limit, wait)
    single = [batch for batch in batches if batch.attempt > 1]
    fresh = [batch for batch in batches if batch.attempt == 1]
    if fresh:
        try:
            dead = await handle([message for batch in fresh for message in batch.messages])
        except Unavailable as error:
            for batch in fresh:
                await consumer.retry(batch, rule.delay(1), str(error))
        except Exception:  # noqa: BLE001 - one bad message must not stop those beside it
            single += fresh
        else:
            await consumer.done(fresh, dead)
    for batch in single:
        await _first(consumer, handle, batch, rule)
    return sum(len(batch.messages) for batch in batches)


async def _first(consumer: Consumer, handle: Handle, batch: Batch, rule: Rule) -> None:
    head = batch.first(1)
    try:
        dead = await handle(head.messages)
    except Unavailable as error:
        await consumer.retry(batch, rule.delay(batch.attempt), str(error))
    except Exception as error:  # noqa: BLE001 - one bad message must not stop those after it
        why = str(error) or repr(error)
        if batch.attempt < rule.attempts:
            await consumer.retry(batch, rule.delay(batch.attempt), why)
        else:
            await consumer.done([head], {head.messages[0].id: why})
    else:
        await consumer.done([head], dead)
