"""One case at least for every kind; then texts that nobody wrote."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.context import Ask, Kind
from aicontext.engine.detect.detector import detect

PYTHON = """\
import os
from pathlib import Path


class Store:
    def __init__(self, root: Path) -> None:
        self.root = root

    def load(self, name: str) -> str:
        if not name:
            raise ValueError(name)
        return (self.root / name).read_text()
"""
TYPESCRIPT = """\
import { useState } from "react";
import type { Props } from "./types";

export interface Box {
  width: number;
  height: number;
}

export const area = (box: Box): number => {
  const { width, height } = box;
  return width * height;
};
"""
GO = """\
package store

import (
\t"fmt"
)

type Store struct {
\troot string
}

func (s *Store) Load(name string) (string, error) {
\tdata, err := read(s.root, name)
\tif err != nil {
\t\treturn "", fmt.Errorf("load %s: %w", name, err)
\t}
\treturn data, nil
}
"""
RUST = """\
use std::fs;

pub struct Store {
    root: String,
}

impl Store {
    pub fn load(&self, name: &str) -> Option<String> {
        let mut path = self.root.clone();
        path.push_str(name);
        fs::read_to_string(path).ok()
    }
}
"""
JAVA = """\
package org.example.store;

import java.util.List;

public class Store {
    private final List<String> names;

    public Store(List<String> names) {
        this.names = names;
    }

    @Override
    public String toString() {
        return String.join(",", names);
    }
}
"""
C = """\
#include <stdio.h>
#define MAX 10

static int sum(const int *values, int n) {
    int total = 0;
    for (int i = 0; i < n; i++) {
        total += values[i];
    }
    return total;
}
"""
SHELL = '#!/usr/bin/env bash\nset -e\nfor f in *.txt; do\n  echo "$f"\ndone\n'
DIFF = """\
diff --git a/app.py b/app.py
index 1234567..89abcde 100644
--- a/app.py
+++ b/app.py
@@ -1,4 +1,4 @@ def main():
 def main():
-    run()
+    run(now=True)
     return 0
"""
PYTEST = """\
============================= test session starts ==============================
collected 3 items

tests/test_app.py::test_one PASSED                                       [ 33%]
tests/test_app.py::test_two FAILED                                       [ 66%]
tests/test_app.py::test_three PASSED                                     [100%]

=================================== FAILURES ===================================
E       assert 1 == 2
=========================== short test summary info ============================
FAILED tests/test_app.py::test_two - assert 1 == 2
========================= 1 failed, 2 passed in 0.12s ==========================
"""
GO_TEST = """\
=== RUN   TestLoad
--- PASS: TestLoad (0.00s)
=== RUN   TestSave
    store_test.go:14: got 1, want 2
--- FAIL: TestSave (0.00s)
FAIL
FAIL\texample.org/store\t0.004s
"""
JEST = """\
PASS src/area.test.ts
FAIL src/box.test.ts
  ● box › has an area

    expect(received).toBe(expected)

Test Suites: 1 failed, 1 passed, 2 total
Tests:       1 failed, 4 passed, 5 total
"""
UNITTEST = """\
test_load (tests.test_store.StoreTest) ... ok
test_save (tests.test_store.StoreTest) ... FAIL

======================================================================
FAIL: test_save (tests.test_store.StoreTest)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "tests/test_store.py", line 12, in test_save
AssertionError: 1 != 2

----------------------------------------------------------------------
Ran 2 tests in 0.001s

FAILED (failures=1)
"""
LOG = """\
2026-03-01 10:00:00,123 INFO  app.server started on port 8080
2026-03-01 10:00:01,456 WARN  app.pool connection 7 is slow
2026-03-01 10:00:02,789 ERROR app.pool connection 7 lost
"""
CI_LOG = """\
build\tRun make\t2026-03-01T10:00:00.1234567Z ##[group]Run make
build\tRun make\t2026-03-01T10:00:01.1234567Z cc -c main.c
build\tRun make\t2026-03-01T10:00:02.1234567Z error: main.c:3:1: expected ';'
"""
COMPILER = """\
src/app.ts:12:5 - error TS2304: Cannot find name 'x'.
src/box.ts:3:1 - error TS2322: Type 'string' is not assignable to type 'number'.
src/box.ts:9:7 - error TS2304: Cannot find name 'y'.
"""
RG = """\
src/app.py:12:def main():
src/app.py:30:    main()
src/store.py:4:from app import main
tests/test_app.py:8:    assert main() == 0
"""
RG_CONTEXT = (
    "src/app.py-11-\nsrc/app.py:12:def main():\nsrc/app.py-13-    run()\n--\nb.py:3:main()\n"
)
RG_HEADING = "src/app.py\n12:def main():\n30:    main()\n\nsrc/store.py\n4:from app import main\n"
RG_PLAIN = "src/app.py:def main():\nsrc/app.py:    main()\nsrc/store.py:from app import main\n"
LS = """\
total 24
drwxr-xr-x  5 ada staff  160 Mar  1 10:00 docs
-rw-r--r--  1 ada staff 1204 Mar  1 10:01 README.md
-rw-r--r--  1 ada staff   87 Mar  1 10:02 setup.cfg
"""
FIND = "./docs/index.md\n./docs/2026-03-01-notes.md\n./src/app.py\n./src/store.py\n"
TREE = ".\n├── docs\n│   └── index.md\n├── src\n│   ├── app.py\n│   └── store.py\n└── README.md\n"
REVISION = "main:src/app.py:12:def main():\nmain:src/app.py:30:    main()\nmain:b.py:4:import app\n"
TABBED = "src/app.py-11-\tx = 1\nsrc/app.py:12:\tmain()\nsrc/app.py-13-\ty = 2\n"
DEEP_PATHS = "".join(f"build/{'abcdefgh/' * 12}part{i}\n" for i in range(9))
STATUS = " M src/app.py\n M src/store.py\n?? notes.txt\nA  docs/index.md\n"
YAML = "name: ci\non:\n  push:\n    branches: [main]\njobs:\n  test:\n    runs-on: ubuntu\n"
TOML = '[project]\nname = "app"\nversion = "1.0"\n\n[tool.lint]\nline-length = 100\n'
INI = "host = localhost\nport = 8080\ndebug = true\ntimeout = 30\n"
XML = '<?xml version="1.0"?>\n<project>\n  <name>app</name>\n</project>\n'
HTML = "<!DOCTYPE html>\n<html><body><h1>Hello</h1><p>Words.</p></body></html>\n"
MARKDOWN = """\
# Storage

The store keeps every document under its digest, and never changes one in place.
It is safe to read from many processes at once, because writes go to a new file.

## Limits

- A document may hold up to ten megabytes of text.
- Names are compared without regard to their case.
"""
CHINESE = "# 存储\n\n每个文档都按其摘要保存，并且从不就地更改。\n\n可以同时从多个进程读取。\n"
CSV = "id,name,price\n1,apple,0.4\n2,pear,0.5\n3,plum,0.2\n"
PIPES = "| id | name |\n|----|------|\n| 1 | apple |\n| 2 | pear |\n"
PODS = """\
NAMESPACE   NAME             READY   STATUS             RESTARTS   AGE
prod        gateway-7f9c-a   1/1     Running            0          4d
prod        ledger-51aa-b    0/1     CrashLoopBackOff   14         22h
search      proxy-09c1-c     1/1     Running            1          4d
"""
DISKS = """\
Filesystem      Size  Used Avail Use% Mounted on
/dev/vda1        40G   31G  9.1G  78% /
tmpfs           3.9G     0  3.9G   0% /dev/shm
/dev/vdb        100G   60G   40G  60% /srv/data
"""
CHAT = """\
Grace: Shall we move the release to Thursday then?
Alan: I would rather keep it, the tests are nearly done.
Grace: Fine, but who looks at the migration?
Alan: Barbara said that she has time for it tomorrow.
"""
JSON = '{\n  "id": 7,\n  "tags": ["a", "b"],\n  "owner": {"name": "Ada"}\n}\n'
JSON_LINES = '{"id": 1, "ok": true}\n{"id": 2, "ok": false}\n{"id": 3, "ok": true}\n'
BLOB = "iVBORw0KGgoAAAANSUhEUgAA" + "QUJD" * 100
BASE64 = "\n".join("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo" * 4 for _ in range(9))

KOTLIN = """\
package com.example.shop.cart

import com.example.shop.money.Money
import com.example.shop.money.Rates
import kotlinx.coroutines.flow.Flow
import org.junit.jupiter.api.Test

class CartTest : ShopTest {
    private lateinit var cart: Cart

    @Test
    fun `an empty cart costs nothing`() {
        cart = Cart.empty()
        val total = cart.total(Rates.of("DE"))
        assertEquals(Money.ZERO, total)
    }
}
"""
GO_LITERALS = """\
package serve

import (
\t"context"
\t"net/http"

\t"example.com/shop/pkg/cart"
)

type Options struct {
\tClient  func() (*http.Client, error)
\tStore   *cart.Store
\tVerbose bool
}

func New(f *Factory) *Command {
\treturn &Command{
\t\tUse: "serve",
\t\tRun: func(ctx context.Context, args []string) error {
\t\t\treturn run(ctx, args)
\t\t},
\t}
}
"""
SCRIPT_SETTINGS = """\
import path from 'node:path';
import { defineConfig } from 'bundler';

export default defineConfig({
  entry: path.resolve('src/index.js'),
  plugins: [
    react(),
    compress({ level: 9 }),
  ],
  build: {
    target: 'es2022',
    rollup: {
      external: ['react'],
    },
  },
});
"""
CPP = """\
/*
 Permission is given to use, copy and change this text for any purpose,
 provided that this notice stands in all copies that are made of it.
*/
#include "shop/cart.h"

namespace shop
{
    Cart::Cart(unsigned size, double rate) :
        m_size(size),
        m_rate(rate)
    {
    }

    double Cart::total() const
    {
        double sum = 0.0;
        for (unsigned i = 0; i < m_size; ++i)
        {
            sum += m_rows[i].price;
        }
        return sum * m_rate;
    }
}
"""
QUOTING = """\
## Reading the total

Ask the cart for what it costs, with the rates of the country that it is sent to:

```python
import shop
from shop import rates

cart = shop.load("cart.json")
total = cart.total(rates.of("DE"))
print(total)
```

The rates are read once and kept for as long as the process runs.
"""
CASES = [
    (PYTHON, Kind.CODE, "python"),
    (KOTLIN, Kind.CODE, "kotlin"),
    (GO_LITERALS, Kind.CODE, "go"),
    (SCRIPT_SETTINGS, Kind.CODE, "javascript"),
    (CPP, Kind.CODE, "cpp"),
    (QUOTING, Kind.PROSE, "markdown"),
    (TYPESCRIPT, Kind.CODE, "typescript"),
    (GO, Kind.CODE, "go"),
    (RUST, Kind.CODE, "rust"),
    (JAVA, Kind.CODE, "java"),
    (C, Kind.CODE, "c"),
    (SHELL, Kind.CODE, "bash"),
    (DIFF, Kind.DIFF, ""),
    (PYTEST, Kind.TEST, ""),
    (GO_TEST, Kind.TEST, ""),
    (JEST, Kind.TEST, ""),
    (UNITTEST, Kind.TEST, ""),
    (LOG, Kind.LOG, ""),
    (CI_LOG, Kind.LOG, ""),
    (COMPILER, Kind.LINT, ""),
    (RG, Kind.SEARCH, ""),
    (RG_CONTEXT, Kind.SEARCH, ""),
    (RG_HEADING, Kind.SEARCH, ""),
    (RG_PLAIN, Kind.SEARCH, ""),
    (REVISION, Kind.SEARCH, ""),
    (TABBED, Kind.SEARCH, ""),
    (LS, Kind.LISTING, "ls"),
    (FIND, Kind.LISTING, "paths"),
    (TREE, Kind.LISTING, "tree"),
    (STATUS, Kind.LISTING, "status"),
    (YAML, Kind.CONFIG, "yaml"),
    (TOML, Kind.CONFIG, "toml"),
    (INI, Kind.CONFIG, "ini"),
    (XML, Kind.CONFIG, "xml"),
    (HTML, Kind.CONFIG, "html"),
    (MARKDOWN, Kind.PROSE, "markdown"),
    (CHINESE, Kind.PROSE, "markdown"),
    (CSV, Kind.TABLE, "csv"),
    (PIPES, Kind.TABLE, "pipe"),
    (PODS, Kind.TABLE, "columns"),
    (DISKS, Kind.TABLE, "columns"),
    (CHAT, Kind.CHAT, ""),
    (JSON, Kind.JSON, "json"),
    (JSON_LINES, Kind.JSON, "jsonl"),
    (BLOB, Kind.IMAGE, ""),
    (BASE64, Kind.OPAQUE, "base64"),
    ("\x00\x01\x02\x03" * 50, Kind.OPAQUE, ""),
]


@pytest.mark.parametrize(("text", "kind", "language"), CASES)
def test_content_tells_the_kind(text: str, kind: Kind, language: str) -> None:
    found = detect(text)
    assert (found.kind, found.language, found.numbered) == (kind, language, False)


@pytest.mark.parametrize(
    "prefix", ["{:>6}\t", "{:>6}→", "{}: ", "{:4} | "], ids=["cat -n", "arrow", "colon", "bar"]
)
@pytest.mark.parametrize(("text", "language"), [(PYTHON, "python"), (GO, "go"), (RUST, "rust")])
def test_numbered_reads_are_the_file_they_show(prefix: str, text: str, language: str) -> None:
    shown = "".join(
        prefix.format(i) + line for i, line in enumerate(text.splitlines(keepends=True), 40)
    )
    found = detect(shown)
    assert (found.kind, found.language, found.numbered) == (Kind.CODE, language, True)


@pytest.mark.parametrize(
    ("text", "ask", "kind", "language"),
    [
        (PYTHON, Ask(path="src/store.pyi"), Kind.CODE, "python"),
        ("x = 1\ny = 2\n", Ask(command="sed -n 1,2p lib/a.rb"), Kind.CODE, "ruby"),
        (MARKDOWN, Ask(path="docs/store.rst"), Kind.PROSE, "rst"),
        (PYTEST, Ask(command="pytest tests/test_app.py"), Kind.TEST, ""),
        (LOG, Ask(path="server.py"), Kind.LOG, ""),
        (DIFF, Ask(command="cat app.py"), Kind.DIFF, ""),
        ("README.md\nsetup\nsrc\n", Ask(command="ls"), Kind.LISTING, "paths"),
        ("12:def main():\n", Ask(tool="Grep"), Kind.SEARCH, ""),
    ],
)
def test_hints_help_but_content_decides(text: str, ask: Ask, kind: Kind, language: str) -> None:
    found = detect(text, ask)
    assert (found.kind, found.language) == (kind, language)


def test_long_paths_are_no_encoded_data() -> None:
    assert detect(DEEP_PATHS).kind is not Kind.OPAQUE


def test_a_numbered_stretch_without_cues_is_code() -> None:
    shown = "  88→            ),\n  89→        ],\n  90→    )\n  91→\n  92→    total = 4\n"
    assert detect(shown).kind is Kind.CODE


def test_a_tools_envelope_does_not_hide_the_kind() -> None:
    wrapped = f"Wall time: 0.2 seconds\nProcess exited with code 0\nOutput:\n{JSON}"
    assert detect(wrapped).kind is Kind.JSON


def test_a_long_noisy_log_with_a_test_run_in_it_is_a_test_log() -> None:
    noise = "".join(f"step {i} of the setup went well\n" for i in range(400))
    assert detect(noise + UNITTEST + noise).kind is Kind.TEST


def test_the_middle_and_the_end_count() -> None:
    many = "".join(f"src/app_{i % 9}.py:{i}:    call({i})\n" for i in range(5_000))
    assert detect("warning: skipped one file\n" + many).kind is Kind.SEARCH


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=400), st.sampled_from([case[0] for case in CASES]), st.booleans())
def test_no_text_is_too_odd(odd: str, known: str, before: bool) -> None:
    text = odd + known if before else known + odd
    first = detect(text, Ask(tool=odd[:10], command=odd, path=odd[:20]))
    assert first == detect(text, Ask(tool=odd[:10], command=odd, path=odd[:20]))
    assert 0 <= first.confidence <= 1


@pytest.mark.parametrize("text", ["", "\n\n", "\ud800", "\r\n\r\n", "\x1b[31m\x1b[0m"])
def test_nearly_nothing(text: str) -> None:
    assert detect(text).kind in Kind


def test_names_of_files_that_a_search_was_asked_for_are_a_listing() -> None:
    names = "\n".join(
        f".store/part_{number}/{'last-touched' if number % 2 else 'a.db'}" for number in range(40)
    )
    warning = "Warning: truncated output (original token count: 900)"
    cut = f"Output:\n{warning}\nTotal output lines: 40\n\n{names}"
    for command in ("rg --files -g '.store/**'", "rg -g '*.db' -l x", "git grep -l x"):
        assert detect(names, Ask(command=command)).kind is Kind.LISTING
        assert detect(f"Exit code: 0\n{cut}", Ask(command=command)).kind is Kind.LISTING
    assert detect("a.py:3:x\nb.py:4:y\n", Ask(command="rg x --line-number")).kind is Kind.SEARCH


def test_a_file_name_in_a_message_says_nothing_about_the_output() -> None:
    output = "\n".join(["bun test v1.3.1", "", *(f"loading part {i}" for i in range(40))])
    command = "git add a.md && git commit -m \"$(cat <<'EOF'\nSay what b.py does\nEOF\n)\""
    assert detect(output, Ask(command=command)).kind is Kind.TEST


@pytest.mark.parametrize(
    "lines",
    [
        ["vite v6.4.1 building for production...", "transforming...", "✓ 87 modules transformed."],
        ["   Compiling shop v0.1.0 (/app)", "   Compiling cart v1.2.3", "    Finished dev in 3s"],
        ["Collecting shop", "  Downloading shop-1.2-py3-none-any.whl (1.2 MB)", "Installing x"],
        ["Setting up libshop (1.2-3) ...", "Unpacking cart (1.0) ...", "Get:1 http://deb x [9 kB]"],
        ["#5 [2/4] RUN make", "#5 0.312 cc -c a.c", "#5 DONE 1.2s"],
        ["npm warn deprecated shop@1.0.0: gone", "npm warn deprecated b@2.0.0: gone"],
        ["dist/assets/index-B2.js   15.14 kB │ gzip:   5.22 kB", "dist/index.html  0.44 kB"],
        ["Warning: the till is open", "Warning: the cart is empty"],
    ],
)
def test_what_builds_print_is_a_log(lines: list[str]) -> None:
    found = detect("\n".join(lines * 3))
    assert found.kind is Kind.LOG
    assert found.confidence >= 0.5
