"""What is particular to a bus over Kafka's protocol."""

import asyncio
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest
from confluent_kafka import Producer
from servers.kafka import Kafka, kept_in_s3
from servers.moto import Moto

from aicontext.adapters.bus import kafka
from aicontext.adapters.bus.kafka import KafkaBus
from aicontext.domain.errors import InvalidInput, Unavailable
from aicontext.domain.storage.messages import Message


def test_what_others_write_into_a_topic_is_taken_as_it_is(tmp_path: Path) -> None:
    server = Kafka("noida-db", tmp_path)
    server.start()

    async def go() -> None:
        bus = KafkaBus(server.url)
        ours = Message("1", "t", "k", b"ours")
        await bus.publish([ours])
        other = Producer({"bootstrap.servers": server.url.partition("://")[2]})
        other.produce("t", None, key=b"\xff", partition=0)
        assert other.flush(20) == 0
        async with bus.consumer("t", "g") as consumer:
            found: list[Message] = []
            while len(found) < 2:
                batches = await consumer.take(10, 60)
                assert batches
                found += [message for batch in batches for message in batch.messages]
                await consumer.done(batches)
        assert sorted(found, key=lambda one: one.id) == [Message("0-0", "t", "\ufffd", b""), ours]
        await bus.close()

    asyncio.run(go())
    server.kill()


def test_a_server_that_is_killed_loses_nothing_that_it_acknowledged(
    moto: Moto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tansu, which keeps messages in S3."""
    monkeypatch.setattr(kafka, "_PATIENCE", 2.0)
    server = kept_in_s3(moto.url, tmp_path.name.replace("_", "-"), tmp_path)
    server.start()
    acknowledged, killed = set[str](), set[int]()

    async def publish(bus: KafkaBus, run: int) -> None:
        """Until it is killed: it may be slow before."""
        for number in count():
            some = [Message(f"{run:016x}{number:08x}{n:08x}", "t", f"{n}", b"") for n in range(8)]
            try:
                await bus.publish(some)
            except Unavailable:
                if run in killed:
                    raise
            else:
                acknowledged.update(one.id for one in some)

    async def go() -> None:
        for run in (1, 2):
            bus = KafkaBus(server.url)
            publishing = asyncio.create_task(publish(bus, run))
            while len(acknowledged) < 40 * run:  # noqa: ASYNC110 - Nobody is told.
                await asyncio.sleep(0.01)
            killed.add(run)
            server.kill()
            with pytest.raises(Unavailable):
                await publishing
            await bus.close()
            server.start()
        bus, found = KafkaBus(server.url), set[str]()
        async with bus.consumer("t", "g") as consumer, asyncio.timeout(300):
            while not acknowledged <= found:
                batches = await consumer.take(1000, 1)
                found |= {one.id for batch in batches for one in batch.messages}
                await consumer.done(batches)
        await bus.close()

    asyncio.run(go())
    server.kill()


AT_ITS_END = """
import atexit, sys
from aicontext.adapters.bus.kafka import KafkaBus
from aicontext.domain.storage.messages import Message
from aicontext.kit.loops import LoopThread
bus, loop = KafkaBus(sys.argv[1]), LoopThread("bus")
atexit.register(lambda: loop.run(bus.publish([Message("1", "t", "k", b"last")])))
"""


def test_a_program_publishes_at_its_end_too(tmp_path: Path) -> None:
    server = Kafka("noida-db", tmp_path)
    server.start()
    done = subprocess.run([sys.executable, "-c", AT_ITS_END, server.url], capture_output=True)
    assert done.stderr == b""
    assert asyncio.run(KafkaBus(server.url).waiting("t", "g")) == 1
    server.kill()


@pytest.mark.parametrize("url", ["http://x", "kafka://", "kafka"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="address is none"):
        KafkaBus(url)
