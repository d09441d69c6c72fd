from corpora import corpus_of

from aicontext.engine.prioritize.repository.definitions import Match
from aicontext.engine.prioritize.repository.neighbours import near, using

CORPUS = corpus_of(
    {
        "core/parse.py": "def parse_header(line):\n    return line\n",
        "web/other.py": "x = 1\n",
        "web/server.py": "from core.parse import parse_header\n",
    }
)


def test_files_that_hold_the_names_of_likely_ones_are_found() -> None:
    matches = {0: [Match(1.0, 0.0)]}
    found = using(CORPUS, [0, 1, 2], {0: 1.0}, matches)
    assert set(found) == {2}
    assert using(CORPUS, [0], {0: 0.5}, matches)[2] == found[2] / 2


def test_what_lies_beside_a_likely_file_is_nearer() -> None:
    paths = ("a/b/one.py", "a/b/two.py", "a/three.py", "z/four.py")
    found = near(paths, range(4), {0: 1.0})
    assert found[1] > found[2] > found[3] > 0
    assert found[0] == 0
