"""Every changed line and every hunk's position is kept; context is counted."""

from __future__ import annotations

import difflib
import re

import pytest
from counts import all_that_stands as count
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.context import Ask
from aicontext.engine.condense.diff.condenser import CONDENSER

GIT = """\
commit 1f2e3d4c
Author: Ada <ada@example.org>

    Round prices

diff --git a/shop/price.py b/shop/price.py
index 1234567..89abcde 100644
--- a/shop/price.py
+++ b/shop/price.py
@@ -10,15 +10,16 @@ class Price:
     def __init__(self, amount):
         self.amount = amount
 
-    def total(self):
+    def total(self, rounded=True):
         count = len(self.items)
         first = self.items[0]
         found = [item for item in self.items if item.open]
-        return sum(found)
+        value = sum(found)
+        return round(value) if rounded else value
 
     def first(self):
         return self.items[0]
 
     def last(self):
         return self.items[-1]
@@ -40,5 +41,4 @@ class Price:
     def discount(self):
         return 0
 
-    # nothing here
     def tax(self):
diff --git a/logo.png b/logo.png
new file mode 100644
index 0000000..1234567
Binary files /dev/null and b/logo.png differ
diff --git a/old.py b/new.py
similarity index 100%
rename from old.py
rename to new.py
"""
COMBINED = """\
diff --cc shop/price.py
index 1234567,89abcde..1122334
--- a/shop/price.py
+++ b/shop/price.py
@@@ -1,5 -1,5 +1,5 @@@
  def total():
      # all of them
-     return sum(a)
 -    return sum(b)
++    return sum(a + b)
  
  def first():
"""
SVN = "Index: a.txt\n" + "=" * 67 + "\n--- a.txt\t(revision 4)\n+++ a.txt\t(working copy)\n"
SVN += "@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n\\ No newline at end of file\n"


@pytest.mark.parametrize("text", [GIT, COMBINED, SVN], ids=["git", "combined", "svn"])
def test_changes_and_positions_are_kept_verbatim(text: str) -> None:
    found = CONDENSER.condense(text, Ask(), count)
    assert found is not None
    rows = found.text.split("\n")
    for line in text.split("\n"):
        if re.match(r"[+-] ?[^+-]|\+\+ | -", line) and not line.startswith(("+++ ", "--- ")):
            assert line in rows
        if opened := re.match(r"@@+ .*? @@+", line):
            assert any(row.startswith(opened[0]) for row in rows)


def test_what_git_says_about_files_stays_and_object_ids_go() -> None:
    found = CONDENSER.condense(GIT, Ask(), count)
    assert found is not None
    assert (
        found.text
        == """\
[… 16 context lines: 3 open a hunk, or as marked]
commit 1f2e3d4c
Author: Ada <ada@example.org>

    Round prices

diff --git a/shop/price.py b/shop/price.py
@@ -10,15 +10,16 @@ class Price:
-    def total(self):
+    def total(self, rounded=True):
[… 3]
-        return sum(found)
+        value = sum(found)
+        return round(value) if rounded else value
@@ -40,5 +41,4 @@
-    # nothing here
diff --git a/logo.png b/logo.png
new file mode 100644
Binary files /dev/null and b/logo.png differ
diff --git a/old.py b/new.py
similarity index 100%
rename from old.py
rename to new.py
"""
    )


def test_a_removed_sql_comment_is_a_change_not_a_file() -> None:
    text = "--- a/q.sql\n+++ b/q.sql\n@@ -1,3 +1,2 @@\n select 1;\n--- note to self\n select 2;\n"
    found = CONDENSER.condense(text, Ask(), count)
    assert found is None or "--- note to self" in found.text


def test_excerpts_show_the_asked_change_under_its_file() -> None:
    lock = "diff --git a/poetry.lock b/poetry.lock\n--- a/poetry.lock\n+++ b/poetry.lock\n"
    lock += "@@ -1,60 +1,60 @@\n" + "".join(f"-total = {i}\n+total = {i + 1}\n" for i in range(60))
    found = CONDENSER.excerpt(lock + GIT, Ask(query="is the total rounded?"), 120, count)
    assert found is not None
    assert count(found.text) <= 120
    assert "diff --git a/shop/price.py b/shop/price.py" in found.text
    assert "+    def total(self, rounded=True):" in found.text
    assert "+total = 7" not in found.text
    assert re.search(r"\[… \+60 -60\]", found.text)


def test_a_generated_file_alone_still_has_an_excerpt() -> None:
    lock = "--- a/go.sum\n+++ b/go.sum\n@@ -1,60 +1,60 @@\n"
    lock += "".join(f"-example.org/m v{i}\n+example.org/m v{i + 1}\n" for i in range(60))
    found = CONDENSER.excerpt(lock, Ask(), 80, count)
    assert found is not None
    assert "+example.org/m v" in found.text


_LINES = st.lists(st.sampled_from(["a", "b", "", "- c", "+ d", "@@ -1 +1 @@", "e\r"]), max_size=30)


@settings(max_examples=80, deadline=None)
@given(_LINES, _LINES)
def test_real_diffs_keep_their_changes(old: list[str], new: list[str]) -> None:
    rows = list(difflib.unified_diff(old, new, "a/x", "b/x", lineterm=""))
    found = CONDENSER.condense("\n".join(rows), Ask(), count)
    if found is not None:
        changed = [row.rstrip("\r") for row in rows[2:] if row[:1] in "+-"]
        kept = [row for row in found.text.split("\n") if row[:1] in ("+", "-")]
        assert [row for row in kept if not row.startswith(("--- a/", "+++ b/"))] == changed


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(GIT.split("\n")), st.text(max_size=20)), max_size=40))
def test_any_text_comes_to_no_harm(rows: list[str]) -> None:
    text = "\n".join(rows)
    found = CONDENSER.condense(text, Ask(), count)
    assert found is None or count(found.text) < count(text)
    part = CONDENSER.excerpt(text, Ask(query="total"), 50, count)
    assert part is None or count(part.text) <= 50
