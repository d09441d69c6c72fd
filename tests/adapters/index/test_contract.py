"""The index of a repository."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

import pytest
from corpora import corpus_of

from aicontext.adapters.index.files import FileIndex
from aicontext.domain.repository.corpus import Field
from aicontext.domain.repository.trees import Commit, Commits, Skip, Stamp, Text
from aicontext.engine.prioritize.index.history import file_history
from aicontext.engine.prioritize.index.scan import own_names
from aicontext.engine.prioritize.terms import terms
from aicontext.ports.stores.index import Index

Make = Callable[[], Index]
FILES = {
    "shop/cart.py": "class Cart:\n    def add_item(self, item):\n        self.items += [item]\n",
    "shop/money.py": "def add(a, b):\n    return a + b\n",
    "README.md": "The cart adds items.\n",
    "web/cart.ts": "export function addItem(item: Item) {\n  cart.push(item)\n}\n",
}
GO = "func main() {\n}\n"
HISTORY = Commits(
    "abc123",
    (
        Commit("abc123", 900_000, "Fix the cart, fix it", ("shop/cart.py", "web/cart.ts")),
        Commit("abc122", 500_000, "word " * 300, ("README.md", "gone.py")),
    ),
)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    return lambda: FileIndex(tmp_path / "home", tmp_path / "repository")


def stamp(text: str) -> Stamp:
    return (len(text), hash(text), 0)


class Unreadable(dict[str, str]):
    """Its files are listed and cannot be read."""

    def __getitem__(self, path: str) -> str:
        raise KeyError(path)


def store(index: Index, files: Mapping[str, str], history: Commits | None = None) -> list[str]:
    """Bring the index up to `files`; the paths that had to be read."""
    with index.writing() as writer:
        stale = writer.stale({path: stamp(text) for path, text in files.items()})
        for path in stale:
            text = files[path]
            writer.put(path, Text(text, sha256(text.encode("utf-8", "surrogatepass")).digest()))
        if history:
            writer.remember(history)
    return stale


def assert_says(index: Index, files: Mapping[str, str], commits: Commits | None = None) -> None:
    """Whether its corpus answers as one that was made of `files` at once."""
    history = file_history(commits or Commits())
    found, expected = index.corpus(), corpus_of(files, history)
    assert found is not None
    assert list(found.paths) == list(expected.paths)
    assert list(found.churn()) == list(expected.churn())
    asked = {"absent", *terms(" ".join([*files, *files.values()]))}
    asked.update(*history.messages.values())
    asked = set(sorted(asked)[:: 1 + len(asked) // 500])
    for file in range(len(expected.paths)):
        assert list(found.definitions(file)) == list(expected.definitions(file))
        assert list(found.sizes(file)) == list(expected.sizes(file))
        assert list(found.within(file, asked)) == list(expected.within(file, asked))
        for name in set(own_names(expected.definitions(file))):
            assert sorted(found.named(name)) == sorted(expected.named(name))
    for field in Field:
        assert list(found.lengths(field)) == list(expected.lengths(field))
        for term in asked:
            assert dict(found.postings(field, term)) == dict(expected.postings(field, term))
            assert found.holding(field, term) == expected.holding(field, term)
    assert {term: found.holders(term) for term in asked} == {t: expected.holders(t) for t in asked}
    for term in asked:
        for start in (term, term[: len(term) // 2 + 1]):
            assert set(found.beginning(start)) == set(expected.beginning(start))
    assert not found.named("absent")


def test_nothing_is_known_at_first(make: Make) -> None:
    assert make().corpus() is None
    with make().writing() as writer:
        assert not writer.skipped()


def test_what_was_put_is_found(make: Make) -> None:
    assert set(store(make(), FILES, HISTORY)) == set(FILES)
    assert_says(make(), FILES, HISTORY)


def test_only_what_changed_is_read(make: Make) -> None:
    store(make(), FILES, HISTORY)
    assert store(make(), FILES) == []
    changed = {
        **FILES,
        "shop/money.py": "def subtract(a, b): ...\n",
        "new.go": "func main() {\n}\n",
    }
    del changed["README.md"]
    assert set(store(make(), changed)) == {"shop/money.py", "new.go"}
    assert_says(make(), changed, HISTORY)


def test_files_that_were_looked_at_are_stale_once_another_wrote(make: Make) -> None:
    index, files = make(), {path: stamp(text) for path, text in FILES.items()}
    store(index, FILES)
    for _ in range(3):
        with index.writing() as writer:
            assert writer.stale(files) == []
    store(make(), {**FILES, "README.md": "changed\n"})
    with index.writing() as writer:
        assert writer.stale(files) == ["README.md"]


def test_a_moved_file_keeps_what_was_found(make: Make) -> None:
    store(make(), FILES)
    moved = {f"lib/{path}": text for path, text in FILES.items()}
    store(make(), moved)
    assert_says(make(), moved)


def test_the_same_text_in_another_language_is_scanned_anew(make: Make) -> None:
    files = {
        "a.go": "func main() {\n}\n",
        "a.txt": "func main() {\n}\n",
        "b.go": "func main() {\n}\n",
    }
    store(make(), files)
    assert_says(make(), files)


def test_many_small_changes_add_up(make: Make) -> None:
    files = dict(FILES)
    for step in range(40):
        files[f"m{step % 7}.py"] = f"def step{step}(): return other{step % 3}\n"
        if step % 5 == 4:
            files.pop(f"m{step % 4}.py", None)
        store(make(), files)
    assert_says(make(), files)


def test_what_is_not_put_is_not_there(make: Make) -> None:
    with make().writing() as writer:
        writer.stale({path: stamp(text) for path, text in FILES.items()})
        writer.put("README.md", Text("words", b"1" * 32))
    corpus = make().corpus()
    assert corpus
    assert list(corpus.paths) == ["README.md"]
    with make().writing() as writer:
        stale = writer.stale({path: stamp(text) for path, text in FILES.items()})
    assert set(stale) == FILES.keys() - {"README.md"}


def test_a_skipped_file_is_known_by_its_path(make: Make) -> None:
    for _ in range(2):
        with make().writing() as writer:
            for path in writer.stale({"logo/image.png": (1, 2, 3), "a.py": (1, 2, 4)}):
                writer.put(path, Skip.BINARY if path != "a.py" else Text("word", b"2" * 32))
            assert writer.skipped() == {"logo/image.png": Skip.BINARY}
    corpus = make().corpus()
    assert corpus
    assert list(corpus.paths) == ["a.py", "logo/image.png"]
    assert corpus.postings(Field.PATH, "logo") == {1: 1}
    assert corpus.lengths(Field.BODY)[1] == 0


def test_an_error_publishes_nothing(make: Make) -> None:
    store(make(), FILES)
    with pytest.raises(KeyError):
        store(make(), Unreadable(FILES, **{"new.py": "text"}))
    assert_says(make(), FILES)


def test_what_was_opened_stays_as_it_was(make: Make) -> None:
    store(make(), FILES)
    before = make().corpus()
    store(make(), {"other.py": "def other(): ...\n"})
    assert before
    assert list(before.paths) == sorted(FILES)
    assert before.postings(Field.BODY, "cart")
    assert before.named("add_item") == [(1, 1)]


def test_names_of_any_bytes_and_hostile_texts_are_kept(make: Make) -> None:
    files = {
        "line\nbreak.py": "def f(): ...\n",
        "caf\udce9.py": "def caf\u00e9(): ...\n",
        "empty.py": "",
        "nul.py": "\0\0 word\0 \ud800",
        "big.py": "def f(): x\n" * 12_000,
        "wide.txt": " ".join(f"w{n}" for n in range(60_000)),
        "wide.py": "def f():\n" + "".join(f" w{n}\n" for n in range(60_000)),
        "wide.rb": "def f\n" + "".join(f" v{n}\n" for n in range(60_000)),
        "\u4e2d/\u6587.md": "\u4e2d\u6587\u5206\u8bcd",
    }
    store(make(), files)
    assert_says(make(), files)


def test_the_history_is_known_by_its_mark(make: Make) -> None:
    store(make(), FILES, HISTORY)
    with make().writing() as writer:
        assert writer.mark == HISTORY.head
        assert not writer.reason
