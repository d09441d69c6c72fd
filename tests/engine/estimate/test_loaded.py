"""Which vocabularies are in memory."""

import subprocess
import sys

WORK = """
import toktok
from threading import Thread
from aicontext.engine.estimate.vocabulary import tokenizer

counts = [tokenizer(one) for one in ("o200k", "cl100k", "qwen3.5")]
text = "Hello world, this is counted. " * 20
first = [[count(f"{text}{n}") for count in counts] for n in range(2)]
print(sorted(name for name, _ in toktok._CACHE))
found = []
threads = [
    Thread(target=lambda n=n: found.append([count(f"{text}{n % 2}") for count in counts]))
    for n in range(8)
]
[one.start() for one in threads]
[one.join() for one in threads]
print(all(one in first for one in found), len(found), len(toktok._CACHE) <= 3)
"""


def test_the_two_used_last_stay_and_counts_are_the_same() -> None:
    done = subprocess.run([sys.executable, "-c", WORK], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["['cl100k_base', 'qwen3.5']", "True 8 True"]
