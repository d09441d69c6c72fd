"""A bus that speaks Kafka's protocol.

Beside each topic that a group reads stands a journal, a compacted topic of one partition: what is
known of retries and dead letters, the latest by its key. Servers that keep no metadata with the
positions of a group, and those whose transactions are none, are good enough for this.
"""

from __future__ import annotations

import asyncio
import json
import logging
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit
from zlib import crc32

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka import Message as Record
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from aicontext.adapters.bus.partitions import COMMIT, LONGEST_DELAY, PARTITIONS, size
from aicontext.domain.errors import InvalidInput, Unavailable
from aicontext.domain.storage.messages import Batch, DeadLetter, Message, check
from aicontext.kit.clock import CLOCK, Clock
from aicontext.kit.gathering import Gathering
from aicontext.kit.threads.workers import Workers

_PATIENCE = 10.0
"""Seconds that an answer may take."""

_SESSION = 6.0
"""Seconds without a sign of life after which a consumer's partitions go to others."""

_REST = 0.1
"""Seconds that what comes with the first message of a batch may take; a fetch waits no longer."""

_RETRY, _DEAD = "retry ", "dead "
"""What the keys of a journal begin with: a partition, or a message's id, follows."""

Answer = TypeVar("Answer")


class KafkaBus:
    """url: kafka://HOST:PORT,HOST:PORT, or kafkas:// over TLS, with USER:PASSWORD@ before and
    ?mechanism=SCRAM-SHA-512 behind where the servers ask for it. Raises InvalidInput for an address
    that is none."""

    def __init__(self, url: str, *, clock: Clock = CLOCK) -> None:
        self.clock = clock
        self.options = _options(url)
        self._counts: dict[str, int] = {}
        self._producer: Producer | None = None
        self._gathering = Gathering(self._commit, COMMIT, size)
        # Executors are closed before a program's end, when its last events are published.
        self._sender = Workers[None](1, "aicontext-kafka-send")

    async def publish(self, messages: Sequence[Message]) -> None:
        check(messages)
        if messages:
            await self._gathering.add(messages)

    @asynccontextmanager
    async def consumer(self, topic: str, group: str) -> AsyncIterator[KafkaConsumer]:
        with ThreadPoolExecutor(1, "aicontext-kafka") as thread:
            own = KafkaConsumer(self, topic, group, thread)
            await own.do(own.open)
            try:
                yield own
            finally:
                await own.do(own.close)

    async def waiting(self, topic: str, group: str) -> int:
        return await asyncio.to_thread(self._waiting, topic, group)

    async def dead(
        self, topic: str, group: str, *, after: str = "", limit: int = 100
    ) -> Sequence[DeadLetter]:
        letters = await asyncio.to_thread(Journal(self, topic, group).letters)
        return [letters[id_] for id_ in sorted(letters) if id_ > after][:limit]

    async def replay(self, topic: str, group: str, ids: Sequence[str]) -> int:
        return await asyncio.to_thread(self._dig_up, topic, group, ids, again=True)

    async def drop(self, topic: str, group: str, ids: Sequence[str]) -> int:
        return await asyncio.to_thread(self._dig_up, topic, group, ids, again=False)

    async def close(self) -> None:
        self._producer = None
        self._sender.close()

    def prepare(self, topic: str, partitions: int = PARTITIONS, **settings: str) -> int:
        """Makes the topic where it is missing, with as many replicas as the servers are set to; how
        many partitions it has."""
        if topic in self._counts:
            return self._counts[topic]
        with told():
            admin = AdminClient(self.options)
            new = NewTopic(topic, partitions, config=settings)
            if topic not in admin.list_topics(timeout=_PATIENCE).topics:
                try:
                    admin.create_topics([new], operation_timeout=_PATIENCE)[topic].result(_PATIENCE)
                except KafkaException as error:
                    if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                        raise
            found = admin.list_topics(topic, timeout=_PATIENCE).topics[topic]
            if count := len(found.partitions):
                self._counts[topic] = count
        return count or partitions

    def send(self, topic: str, records: Sequence[Mapping[str, Any]]) -> None:
        """Returns once all are durable. records: what `Producer.produce` takes."""
        failed: list[KafkaError] = []

        def done(error: KafkaError | None, record: Record) -> None:
            if error is not None:
                failed.append(error)

        with told():
            producer = self._made()
            for record in records:
                while True:
                    try:
                        producer.produce(topic, on_delivery=done, **record)
                    except BufferError:
                        producer.poll(0.1)
                    else:
                        break
            left = producer.flush(2 * _PATIENCE)
            if failed or left:
                self._producer = None  # What is left in it must not come later, out of order.
                raise KafkaException(failed[0] if failed else KafkaError(KafkaError._TIMED_OUT))

    @contextmanager
    def reader(self, group: str) -> Iterator[Consumer]:
        """What reads partitions to their ends, and is no member of the group."""
        options = {"group.id": group, "enable.auto.commit": False, "enable.partition.eof": True}
        consumer = Consumer({**self.options, **options})
        try:
            with told():
                yield consumer
        finally:
            consumer.close()

    async def _commit(self, messages: Sequence[Message]) -> None:
        topics: dict[str, list[Message]] = {}
        for message in messages:
            topics.setdefault(message.topic, []).append(message)
        for topic, own in topics.items():
            await self._sender.start(partial(self._publish, topic, own))

    def _publish(self, topic: str, messages: Sequence[Message], group: str = "") -> None:
        count = self.prepare(topic)
        self.send(topic, [_record(message, count, group) for message in messages])

    def _made(self) -> Producer:
        if self._producer is None:
            self._producer = Producer(
                {
                    **self.options,
                    "acks": "all",
                    "enable.idempotence": True,
                    "linger.ms": 2,
                    "delivery.timeout.ms": int(_PATIENCE * 1000),
                }
            )
        return self._producer

    def _waiting(self, topic: str, group: str) -> int:
        places = [TopicPartition(topic, number) for number in range(self.prepare(topic))]
        with self.reader(_id(topic, group)) as consumer:
            places = consumer.committed(places, timeout=_PATIENCE)
            for place in places:
                place.offset = max(place.offset, OFFSET_BEGINNING)
            consumer.assign(places)
            count = 0
            # Where a partition ends is only known for certain once something was fetched of it.
            left = {place.partition: place for place in places}
            while left:
                record = _awaited(consumer.poll(_PATIENCE))
                number, offset = _place(record)
                if number in left and not _is_end(record):
                    _, high = consumer.get_watermark_offsets(left[number], cached=True)
                    count += high - offset
                left.pop(number, None)
        return count

    def _dig_up(self, topic: str, group: str, ids: Sequence[str], *, again: bool) -> int:
        journal = Journal(self, topic, group)
        letters = journal.letters()
        found = [letters[id_] for id_ in dict.fromkeys(ids) if id_ in letters]
        if found and again:
            self._publish(topic, [letter.message for letter in found], group)
        journal.write({f"{_DEAD}{letter.message.id}": None for letter in found})
        return len(found)


class Journal:
    """What is known of a group's retries and dead letters in a topic."""

    def __init__(self, bus: KafkaBus, topic: str, group: str) -> None:
        self._bus, self._topic = bus, topic
        self._name = f"{_id(topic, group)}.journal"

    def write(self, entries: Mapping[str, Any]) -> None:
        """Keeps the latest by their keys, durably; None forgets one."""
        if not entries:
            return
        self._bus.prepare(self._name, 1, **{"cleanup.policy": "compact"})
        rows = [
            {"key": key, "value": None if value is None else json.dumps(value), "partition": 0}
            for key, value in entries.items()
        ]
        self._bus.send(self._name, rows)

    def read(self) -> dict[str, Any]:
        """All entries by their keys."""
        self._bus.prepare(self._name, 1, **{"cleanup.policy": "compact"})
        found: dict[str, Any] = {}
        with self._bus.reader(self._name) as consumer:
            consumer.assign([TopicPartition(self._name, 0, OFFSET_BEGINNING)])
            while not _is_end(record := _awaited(consumer.poll(_PATIENCE))):
                found[_text(record.key())] = record.value()
        return {key: json.loads(value) for key, value in found.items() if value}

    def letters(self) -> dict[str, DeadLetter]:
        """By the ids of their messages."""
        found = {}
        for key, value in self.read().items():
            if key.startswith(_DEAD):
                id_ = key[len(_DEAD) :]
                own, payload, *rest = value
                message = Message(id_, self._topic, own, b64decode(payload))
                found[id_] = DeadLetter(message, *rest)
        return found


class KafkaConsumer:
    """thread: the only one that uses it."""

    def __init__(self, bus: KafkaBus, topic: str, group: str, thread: ThreadPoolExecutor) -> None:
        self._bus, self._topic, self._group = bus, topic, group
        self._journal, self._thread = Journal(bus, topic, group), thread
        self._next: dict[int, int] = {}
        self._retries: dict[int, tuple[int, int, float]] = {}
        self._paused: dict[int, float] = {}

    async def do(self, work: Callable[..., Answer], *given: Any) -> Answer:
        """In the thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *given)

    async def take(self, limit: int, wait: float) -> Sequence[Batch]:
        return await self.do(self._take, limit, wait)

    async def done(self, batches: Sequence[Batch], dead: Mapping[str, str] = {}) -> None:
        await self.do(self._done, batches, dead)

    async def retry(self, batch: Batch, delay: float, why: str) -> None:
        await self.do(self._retry, batch, delay)

    def open(self) -> None:
        self._bus.prepare(self._topic)
        self._consumer = Consumer(
            {
                **self._bus.options,
                "group.id": _id(self._topic, self._group),
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "session.timeout.ms": int(_SESSION * 1000),
                "heartbeat.interval.ms": int(_SESSION * 1000 / 6),
                "partition.assignment.strategy": "range",
                "fetch.wait.max.ms": int(_REST * 1000),
                "fetch.error.backoff.ms": int(_REST * 1000),
            }
        )
        self._consumer.subscribe([self._topic], on_assign=self._assigned, on_revoke=self._revoked)

    def close(self) -> None:
        self._consumer.close()

    def _assigned(self, consumer: Consumer, places: Sequence[TopicPartition]) -> None:
        for key, (offset, attempts, due) in self._journal.read().items():
            if key.startswith(_RETRY):
                self._retries[int(key[len(_RETRY) :])] = offset, attempts, due
        consumer.assign(list(places))

    def _revoked(self, consumer: Consumer, places: Sequence[TopicPartition]) -> None:
        for kept in (self._next, self._retries, self._paused):
            kept.clear()

    def _take(self, limit: int, wait: float) -> list[Batch]:
        end = self._bus.clock.tick() + wait
        while True:
            self._resume()
            left = end - self._bus.clock.tick()
            soon = min([left, *(due - self._bus.clock.tick() for due in self._paused.values())])
            with told():
                first = self._consumer.poll(max(0.0, soon))
                rest = self._consumer.consume(limit - 1, _REST) if first and limit > 1 else []
                records = [_sound(record) for record in (first, *rest) if record is not None]
            if found := self._batches(records):
                return found
            if left <= 0:
                return []

    def _batches(self, records: Sequence[Record]) -> list[Batch]:
        found: dict[int, tuple[list[Message], list[str]]] = {}
        for record in records:
            number, offset = _place(record)
            if self._held_back(number, offset):
                continue
            self._next[number] = offset + 1
            headers = dict(record.headers() or ())
            if _text(headers.get("group")) not in ("", self._group):
                continue
            messages, places = found.setdefault(number, ([], []))
            id_ = _text(headers.get("id")) or f"{number}-{offset}"  # Others may write here too.
            payload = record.value() or b""
            messages.append(Message(id_, self._topic, _text(record.key()), payload))
            places.append(str(offset))
        return [
            Batch(number, tuple(messages), tuple(places), self._attempt(number, int(places[0])))
            for number, (messages, places) in found.items()
        ]

    def _held_back(self, number: int, offset: int) -> bool:
        """Whether the partition must wait, as another process said that had it before."""
        head, _, due = self._retries.get(number, (-1, 0, 0.0))
        wait = due - self._bus.clock.now()
        if number in self._paused:
            return True
        if offset != head or not 0 < wait <= LONGEST_DELAY:
            return False
        self._pause(number, offset, wait)
        return True

    def _attempt(self, number: int, offset: int) -> int:
        head, attempts, _ = self._retries.get(number, (-1, 0, 0.0))
        return attempts + 1 if head == offset else 1

    def _done(self, batches: Sequence[Batch], dead: Mapping[str, str]) -> None:
        ours = [batch for batch in batches if batch.partition in self._next]
        now = self._bus.clock.now()
        self._journal.write(
            {
                f"{_DEAD}{message.id}": _letter(message, batch.attempt, dead[message.id], now)
                for batch in ours
                for message in batch.messages
                if message.id in dead
            }
        )
        ends: dict[int, int] = {}
        for batch in ours:
            end = int(batch.places[-1]) + 1
            ends[batch.partition] = max(end, ends.get(batch.partition, 0))
        places = [TopicPartition(self._topic, number, end) for number, end in ends.items()]
        if not places:
            return
        with told():
            try:
                self._consumer.commit(offsets=places, asynchronous=False)
            except KafkaException as error:
                if error.args[0].code() not in _NO_LONGER_OURS:
                    raise
                logging.getLogger(__name__).info("What was done comes again: %s", error)
            for place in places:
                if place.offset < self._next[place.partition]:
                    self._seek(place.partition, place.offset)

    def _retry(self, batch: Batch, delay: float) -> None:
        if batch.partition not in self._next:
            return
        head, wait = int(batch.places[0]), min(delay, LONGEST_DELAY)
        found = head, batch.attempt, self._bus.clock.now() + wait
        self._journal.write({f"{_RETRY}{batch.partition}": found})
        self._retries[batch.partition] = found
        with told():
            if wait > 0:
                self._pause(batch.partition, head, wait)
            else:
                self._seek(batch.partition, head)

    def _pause(self, number: int, offset: int, wait: float) -> None:
        self._consumer.pause([TopicPartition(self._topic, number)])
        self._seek(number, offset)
        self._paused[number] = self._bus.clock.tick() + wait

    def _resume(self) -> None:
        for number, due in list(self._paused.items()):
            if due <= self._bus.clock.tick():
                del self._paused[number]
                self._consumer.resume([TopicPartition(self._topic, number)])

    def _seek(self, number: int, offset: int) -> None:
        self._consumer.seek(TopicPartition(self._topic, number, offset))
        self._next[number] = offset


_NO_LONGER_OURS = (
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.REBALANCE_IN_PROGRESS,
    KafkaError.UNKNOWN_MEMBER_ID,
    KafkaError._NO_OFFSET,
)


def _sound(record: Record) -> Record:
    """Raises KafkaException where it is an error instead."""
    if (error := record.error()) is not None:
        raise KafkaException(error)
    return record


def _id(topic: str, group: str) -> str:
    """Of the group among those of all topics."""
    return f"{topic}.{group}"


def _place(record: Record) -> tuple[int, int]:
    """(partition, offset)."""
    number, offset = record.partition(), record.offset()
    assert number is not None
    assert offset is not None
    return number, offset


def _is_end(record: Record) -> bool:
    """Whether it says that a partition has no more; raises KafkaException for other errors."""
    error = record.error()
    if error is not None and error.code() != KafkaError._PARTITION_EOF:
        raise KafkaException(error)
    return error is not None


def _awaited(record: Record | None) -> Record:
    """Raises KafkaException where none came in time."""
    if record is None:
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
    return record


@contextmanager
def told() -> Iterator[None]:
    """Kafka's errors as ours."""
    try:
        yield
    except KafkaException as error:
        raise Unavailable(
            f"Kafka gave no answer ({error.args[0].name()}).",
            hint="Look at the servers, then try again.",
        ) from None


def _text(value: str | bytes | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""


def _record(message: Message, partitions: int, group: str) -> dict[str, Any]:
    key = message.key.encode()
    return {
        "key": key,
        "value": message.payload,
        "partition": crc32(key) % partitions,
        "headers": {"id": message.id.encode(), "group": group.encode()},
    }


def _letter(message: Message, attempts: int, why: str, at: float) -> list[Any]:
    return [message.key, b64encode(message.payload).decode(), attempts, why, at]


def _options(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in ("kafka", "kafkas") or not parts.netloc:
        raise InvalidInput("The bus' address is none.", hint="Give kafka://HOST:PORT.")
    login, _, hosts = parts.netloc.rpartition("@")
    servers = [host if ":" in host else f"{host}:9092" for host in hosts.split(",")]
    options: dict[str, Any] = {
        "bootstrap.servers": ",".join(servers),
        "logger": logging.getLogger(__name__),
        "security.protocol": "ssl" if parts.scheme == "kafkas" else "plaintext",
        "socket.timeout.ms": int(_PATIENCE * 1000),
    }
    if login:
        user, _, password = login.partition(":")
        options |= {
            "security.protocol": "sasl_ssl" if parts.scheme == "kafkas" else "sasl_plaintext",
            "sasl.mechanism": parse_qs(parts.query).get("mechanism", ["PLAIN"])[0],
            "sasl.username": unquote(user),
            "sasl.password": unquote(password),
        }
    return options
