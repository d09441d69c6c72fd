from corpora import corpus_of

from aicontext.engine.prioritize.repository.compounds import compounds

CORPUS = corpus_of(
    {
        "a.py": "defaultConfigPath = 1\n",
        "b.py": "default_config = 2\n",
        "c.py": "config = default\n",
        "d.py": "getDefaultConfig()\n",
        "e.py": "other = 3\n",
    }
)


def test_files_are_found_whose_identifiers_begin_with_two_words_of_the_task() -> None:
    assert set(compounds([("default", "config")], CORPUS)) == {0, 1}
    assert not compounds([("config", "default"), ("other", "config")], CORPUS)


def test_rarer_pairs_tell_more_and_what_most_files_hold_tells_nothing() -> None:
    found = compounds([("default", "config"), ("default", "configpath")], CORPUS)
    assert found[0] > 2 * found[1] > 0
    common = corpus_of({f"{i}.py": "logLevel = 1\n" for i in range(3)})
    assert not compounds([("log", "level")], common)
