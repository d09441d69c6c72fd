import os
import subprocess
import sys

import pytest

from aicontext.kit.ids import time_ordered

FORKS = """
import os, sys
from aicontext.kit.ids import time_ordered
for _ in range(3):
    if not os.fork():
        print(time_ordered(1.0))
        sys.exit()
    os.wait()
"""


def test_ids_are_unique_and_sort_by_time() -> None:
    ids = [time_ordered(1_700_000_000 + n) for n in range(1000)]
    assert ids == sorted(set(ids))
    assert len({time_ordered(1.0) for _ in range(1000)}) == 1000
    close = [time_ordered(1_700_000_000 + n / 2**20) for n in range(1000)]
    assert close == sorted(close)


def test_an_id_has_the_form_of_version_7() -> None:
    found = time_ordered(1_700_000_000.5)
    assert len(found) == 32
    assert int(found[:12], 16) == 1_700_000_000_500
    assert found[12] == "7"
    assert found[16] in "89ab"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs forks")
def test_forks_make_ids_of_their_own() -> None:
    made = subprocess.run([sys.executable, "-c", FORKS], capture_output=True, text=True, check=True)
    assert len(set(made.stdout.split())) == 3
