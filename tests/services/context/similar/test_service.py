"""Over the real model, a file of vectors and an archive."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from aicontext.adapters.archive.memory import MemoryArchive
from aicontext.adapters.models.wordllama import WordLlama
from aicontext.adapters.vectors.exact import ExactVectors
from aicontext.domain.context import Source, handle
from aicontext.domain.errors import InvalidInput
from aicontext.domain.tenancy.owner import Owner
from aicontext.kit.clock import Clock
from aicontext.services.context.similar.service import SimilarService

ADA, BOB = (Owner(organisation="one", user=user) for user in ("ada", "bob"))
STRANGER = Owner(organisation="two", user="ada")

DATABASE = "def connect(url):\n    return sqlite3.connect(url, timeout=10)\n\nclass Pool: ...\n"
COOKING = "Peel the potatoes, boil them in salted water and mash them with butter and milk.\n"
TRACE = "Traceback (most recent call last):\n  File 'db.py'\nsqlite3.OperationalError: locked\n"


def text(content: str, path: str = "") -> tuple[Source, ...]:
    return (Source(content.encode("utf-8", "surrogateescape"), path, plain=True),)


Test = Callable[[SimilarService], Awaitable[None]]


@pytest.fixture(scope="module")
def model() -> WordLlama:
    return WordLlama()


@pytest.fixture
def archive() -> MemoryArchive:
    return MemoryArchive()


@pytest.fixture
def run(tmp_path: Path, model: WordLlama, archive: MemoryArchive) -> Callable[[Test], None]:
    async def go(test: Test) -> None:
        vectors = ExactVectors(tmp_path / "vectors.db", model.space)
        clock = Clock(lambda: 1_700_000_000.0)
        service = SimilarService(model, vectors, archive, model="gpt-4o", clock=clock)
        try:
            await test(service)
        finally:
            await service.close()

    return lambda test: asyncio.run(go(test))


def test_what_is_alike_is_found_with_what_it_is(
    run: Callable[[Test], None], archive: MemoryArchive
) -> None:
    async def test(service: SimilarService) -> None:
        await service.keep(text(COOKING), ADA)
        kept = await service.keep(text(DATABASE, "src/db.py"), ADA)
        first, second = await service.similar(text(TRACE), ADA)
        assert first.context == kept
        assert (kept.handle, kept.source, kept.kind) == (handle(DATABASE), "src/db.py", "code")
        assert kept.at == 1_700_000_000.0
        assert 10 < kept.tokens < 40
        assert 1 > first.score > second.score + 0.1
        assert archive.get(kept.handle) == DATABASE

    run(test)


def test_a_context_is_not_found_by_itself_but_a_change_of_it_is(
    run: Callable[[Test], None],
) -> None:
    async def test(service: SimilarService) -> None:
        for _ in range(2):
            await service.keep(text(DATABASE), ADA)
        assert await service.similar(text(DATABASE), ADA) == []
        (found,) = await service.similar(text(DATABASE.replace("10", "30")), ADA)
        assert found.score > 0.95

    run(test)


def test_others_keep_and_forget_their_own(run: Callable[[Test], None]) -> None:
    async def test(service: SimilarService) -> None:
        for owner in (ADA, BOB, STRANGER):
            await service.keep(text(DATABASE), owner)
        await service.keep(text(COOKING), BOB)
        assert len(await service.similar(text(TRACE), ADA)) == 1
        assert await service.forget(text(DATABASE), BOB)
        assert not await service.forget(text(DATABASE), BOB)
        assert len(await service.similar(text(TRACE), ADA)) == 1
        assert await service.forget_all(ADA) == 1
        assert await service.similar(text(TRACE), ADA) == []
        assert len(await service.similar(text(TRACE), BOB)) == 1
        assert len(await service.similar(text(TRACE), STRANGER)) == 1

    run(test)


def test_of_a_conversation_what_is_said_counts(run: Callable[[Test], None]) -> None:
    talk = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": DATABASE}]

    async def test(service: SimilarService) -> None:
        kept = await service.keep((Source(json.dumps(talk).encode()),), ADA)
        assert kept.kind == "conversation"
        (found,) = await service.similar(text(DATABASE), ADA)
        assert found.score > 0.9

    run(test)


@pytest.mark.parametrize("odd", ["", " \n\t"])
def test_without_a_word_there_is_nothing_to_find(run: Callable[[Test], None], odd: str) -> None:
    async def test(service: SimilarService) -> None:
        with pytest.raises(InvalidInput, match="not one word"):
            await service.keep(text(odd), ADA)
        with pytest.raises(InvalidInput, match="not one word"):
            await service.similar(text(odd), ADA)
        assert await service.forget_all(ADA) == 0

    run(test)


@pytest.mark.parametrize(
    "odd", ["\0\0\x01", "\udc80\udcff", "🜁" * 30_000, "x" * 300_000, "1\n" * 9]
)
def test_any_text_can_be_kept(run: Callable[[Test], None], odd: str) -> None:
    async def test(service: SimilarService) -> None:
        await service.keep(text(odd, "odd\udc80/" + "long/" * 100), ADA)
        (found,) = await service.similar(text(odd + " and more"), ADA)
        assert found.context.handle == handle(odd)

    run(test)
