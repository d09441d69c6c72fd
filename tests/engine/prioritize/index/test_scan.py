"""Definitions and terms of texts in each language."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aicontext.engine.prioritize.index.scan import (
    LONGEST_LINE,
    LONGEST_NAME,
    MOST_DEFINITIONS,
    scan,
)
from aicontext.engine.prioritize.terms import terms

PYTHON = '''import os


@cached(
    1)
@decorated
class Query(Base):
    """Builds it."""

    alias = 1

    async def run(
        self,
        limit,
    ) -> None:
        def inner():
            return limit

        return inner

    # Says why.
    def stop(self): ...


def last():
    pass
'''
TYPESCRIPT = """import x from "y"

/**
 * Loads things.
 */
export async function load<T>(a: string, { b = 1, c }: Options): Promise<T> {
  if (a) {
    return b
  }
}

export const handler = async (req, res) => {
  call(req)
}

export default class Server extends Base {
  private readonly port = 1

  constructor(private x: number) {
    super(x)
  }

  static async start(this: Server, options = {}): Promise<void> {
    for (const a of b) {
      a()
    }
  }
  onClick = (event) => {
    this.x()
  }
}

interface Options {
  a: string
}
export type Name = string | number
enum Color { Red }
exports.send = function (a) {
  return a
}
App.prototype.use = function use(fn) {
}
"""
GO = """package main

// Server serves.
type Server struct {
\tport int
}

type (
\tHandler interface {
\t\tServe()
\t}
)

// Start starts it.
func (s *Server) Start(ctx context.Context) error {
\tif err := f(); err != nil {
\t\treturn err
\t}
\treturn nil
}

func main() {
}
"""
RUST = """use std::io;

/// A thing.
#[derive(Debug)]
pub struct Thing<T> {
    a: T,
}

impl<T: Clone> Display for Thing<T>
where
    T: Debug,
{
    pub(crate) async fn show(&self) -> io::Result<()> {
        Ok(())
    }
}

pub trait Shows { fn a(&self); }
macro_rules! my_macro {
    () => {};
}
"""
JAVA = """package a.b;

import java.util.List;

/** Keeps orders. */
@Service
public final class Orders extends Base implements Kept<Order> {
    private int n = 0;

    public Orders(int n) {
        this.n = n;
    }

    @Override
    public <T> List<Map<String, T>> find(String name,
                              int limit) throws IOException, Other {
        if (name.isEmpty()) {
            return new ArrayList<>() {
            };
        }
        for (int i = 0; i < 3; i++) { run(i); }
        return other(name);
    }

    interface Kept<T> {
        void keep(T it);
    }

    enum Color { RED }
}
"""
CSHARP = """namespace A.B
{
    public class Orders : Base
    {
        public async Task<int> FindAsync(string name)
        {
            if (name == null)
            {
                return 1;
            }
            return await Other(name);
        }

        private static int Twice(int n) => n * 2;
    }

    public record struct Point(int X);
}
"""
C = """#include <stdio.h>
#define MAX(a, b) \\
    ((a) > (b))

struct point {
    int x;
};

/* Adds. */
static inline struct point *add(const char *a,
                                int b)
{
    if (a) {
        return NULL;
    }
#ifdef X
    go(b);
#endif
out:
    return call(a);
}

int
main(int argc, char **argv)
{
    while (1) { }
}
"""
CPP = """namespace a {

template <typename T>
class Store : public Base<T> {
 public:
  explicit Store(int n) : n_(n), m_{n} {
  }
  ~Store() override;
  int size() const noexcept {
    return n_;
  }
};

enum class Color { red };

}  // namespace a

void a::Store<int>::clear(std::vector<int>& x) {
  for (auto y : x) {
    y();
  }
}
void Store::reset() {
}
"""
RUBY = """module Shop
  # Keeps.
  class Cart < Base
    def self.build(a)
      new(a)
    rescue Error
      nil
    end

    def empty?
      true
    end
  end
end
"""
PHP = """<?php
namespace A\\B;

final class Cart extends Base
{
    public static function build(array $a): self
    {
        return new self($a);
    }
}

function helper() {
}
"""
KOTLIN = """package a

data class Point(val x: Int)

@Service
class Cart(val a: Int) : Base() {
    override suspend fun <T> load(a: T): T {
        return a
    }
    private fun String.twice() = this + this
    companion object {
    }
}
"""
SWIFT = """public struct Cart: Codable {
    @discardableResult
    public func add(_ a: Int) -> Bool {
        return true
    }
}
extension Cart {
}
protocol Kept {
}
"""
SCALA = """package a
object Main extends App {
  def run[T](a: Int): Unit = {
    a
  }
}
case class Point(x: Int)
trait Kept
"""
BASH = """#!/bin/bash
function first {
  echo
}
second() {
  first
}
"""

CASES = [
    (
        "a.py",
        PYTHON,
        """
        6-22 class Query
        12-19 function Query.run
        16-17 function Query.run.inner
        21-22 function Query.stop
        25-26 function last
        """,
    ),
    (
        "a.ts",
        TYPESCRIPT,
        """
        3-10 function load
        12-14 function handler
        16-31 class Server
        19-21 function Server.constructor
        23-27 function Server.start
        28-30 function Server.onClick
        33-35 interface Options
        36-36 type Name
        37-37 enum Color
        38-40 function send
        41-42 function App.use
        """,
    ),
    (
        "a.go",
        GO,
        """
        3-6 struct Server
        9-11 interface Handler
        14-20 function Server.Start
        22-23 function main
        """,
    ),
    (
        "a.rs",
        RUST,
        """
        3-7 struct Thing
        9-16 class Thing
        13-15 function Thing.show
        18-18 interface Shows
        19-21 function my_macro
        """,
    ),
    (
        "a.java",
        JAVA,
        """
        5-30 class Orders
        10-12 function Orders.Orders
        14-23 function Orders.find
        25-27 interface Orders.Kept
        26-26 function Orders.Kept.keep
        29-29 enum Orders.Color
        """,
    ),
    (
        "a.cs",
        CSHARP,
        """
        1-18 module A.B
        3-15 class A.B.Orders
        5-12 function A.B.Orders.FindAsync
        14-14 function A.B.Orders.Twice
        17-17 class A.B.Point
        """,
    ),
    (
        "a.c",
        C,
        """
        2-3 function MAX
        5-7 struct point
        9-21 function add
        23-27 function main
        """,
    ),
    (
        "a.cpp",
        CPP,
        """
        3-12 class Store
        6-7 function Store.Store
        9-11 function Store.size
        14-16 enum Color
        18-22 function a.Store.clear
        23-24 function Store.reset
        """,
    ),
    (
        "a.rb",
        RUBY,
        """
        1-14 module Shop
        2-13 class Shop.Cart
        4-8 function Shop.Cart.build
        10-12 function Shop.Cart.empty?
        """,
    ),
    (
        "a.php",
        PHP,
        """
        4-10 class Cart
        6-9 function Cart.build
        12-13 function helper
        """,
    ),
    (
        "a.kt",
        KOTLIN,
        """
        3-3 class Point
        5-13 class Cart
        7-9 function Cart.load
        10-10 function Cart.twice
        """,
    ),
    (
        "a.swift",
        SWIFT,
        """
        1-6 struct Cart
        2-5 function Cart.add
        7-8 class Cart
        9-10 interface Kept
        """,
    ),
    (
        "a.scala",
        SCALA,
        """
        2-6 class Main
        3-5 function Main.run
        7-7 class Point
        8-8 interface Kept
        """,
    ),
    (
        "a.sh",
        BASH,
        """
        2-4 function first
        5-7 function second
        """,
    ),
]


def found(path: str, text: str) -> list[str]:
    return [f"{d.first}-{d.last} {d.kind} {d.name}" for d in scan(path, text).definitions]


@pytest.mark.parametrize(("path", "text", "expected"), CASES, ids=[case[0] for case in CASES])
def test_definitions_of_each_language_are_found(path: str, text: str, expected: str) -> None:
    assert found(path, text) == [line.strip() for line in expected.strip().splitlines()]


@pytest.mark.parametrize(("path", "text", "expected"), CASES, ids=[case[0] for case in CASES])
def test_line_ends_of_windows_change_nothing(path: str, text: str, expected: str) -> None:
    assert scan(path, text.replace("\n", "\r\n")) == scan(path, text)


def test_an_inner_definitions_terms_are_its_own() -> None:
    text = "left = 1\ndef outer():\n    first\n    def inner():\n        second\n"
    scanned = scan("a.py", text)
    outer, inner, rest = scanned.counts
    assert outer == {"outer": 1, "def": 1, "first": 1}
    assert inner == {"inner": 1, "def": 1, "second": 1}
    assert rest == {"left": 1}


@given(st.text(alphabet="a_1 \n(){};:=<>,.#/*\"'\té中", max_size=400), st.sampled_from(CASES))
def test_no_term_is_lost_or_counted_twice(noise: str, case: tuple[str, str, str]) -> None:
    path, text, _ = case
    middle = len(text) // 2
    mixed = text[:middle] + noise + text[middle:]
    scanned = scan(path, mixed)
    total = sum((Counter(counts) for counts in scanned.counts), Counter[str]())
    assert total == Counter(terms(mixed))


@given(st.text(alphabet="a1 \n(){};:=<>,.#/*\"'\té", max_size=400), st.sampled_from(CASES))
def test_definitions_lie_in_the_text_in_order(noise: str, case: tuple[str, str, str]) -> None:
    path, text, _ = case
    middle = len(text) // 2
    mixed = text[:middle] + noise + text[middle:]
    at = 1
    for defined in scan(path, mixed).definitions:
        assert at <= defined.first <= defined.last <= mixed.count("\n") + 1
        assert len(defined.name) <= LONGEST_NAME
        assert "\n" not in defined.name
        at = defined.first


@given(
    st.lists(st.integers(LONGEST_LINE - 2, LONGEST_LINE + 2) | st.integers(0, 3 * LONGEST_LINE)),
    st.sampled_from(["\n", "\r\n"]),
)
def test_lines_are_read_up_to_their_limit(lengths: list[int], end: str) -> None:
    lines = [("ab1 cd é_" * length)[:length] for length in lengths]
    scanned = scan("a.txt", end.join(lines))
    assert scanned.counts == (Counter(terms("\n".join(line[:LONGEST_LINE] for line in lines))),)


def test_what_stands_on_the_last_line_has_its_terms_without_a_line_end_too() -> None:
    scanned = scan("a.py", "x = 1\ndef total(): return first")
    assert scanned.counts == ({"def": 1, "total": 1, "return": 1, "first": 1}, {})


def test_a_comment_inside_that_belongs_to_the_next_makes_nothing_count_twice() -> None:
    text = (
        "class A:\n    def m(self):\n        x\n        # how\ndef b():\n    once\n\ndef c(): ...\n"
    )
    scanned = scan("a.py", text)
    assert sum((Counter(counts) for counts in scanned.counts), Counter[str]()) == Counter(
        terms(text)
    )
    assert scanned.counts[2] == {"def": 1, "onc": 1}


def test_a_file_of_many_definitions_is_known_whole() -> None:
    scanned = scan("a.py", "".join(f"def f{n}(): ...\n" for n in range(12_000)))
    assert scanned.definitions[-1].name == "f11999"


def test_a_macro_is_its_logical_line_in_the_scope_of_nothing() -> None:
    text = (
        "#define A(x) (x)\n#define B(x) \\\n  (x)\nint f(int a) {\n  return a;\n}\n#define C(x) x\n"
    )
    found = [
        (defined.name, defined.first, defined.last) for defined in scan("a.h", text).definitions
    ]
    assert found == [("A", 1, 1), ("B", 2, 3), ("f", 4, 7), ("C", 7, 7)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.js", "class A {\n  end(a) {\n    a\n  }\n  b() {\n  }\n}\n"),
        ("a.py", "class A:\n  def end(a):\n    a\n\n  done = 1\n  def b():\n    2\n"),
    ],
)
def test_words_that_close_in_other_languages_end_a_definition(path: str, text: str) -> None:
    found = [(defined.name, defined.last) for defined in scan(path, text).definitions]
    assert found[1][0] == "A.end"
    assert found[1][1] < 5
    assert found[2][0] == "A.b"


def test_heads_that_end_nothing_are_searched_once() -> None:
    text = "end def f(\n" * 60_000
    definitions = scan("a.scala", text).definitions
    assert len(definitions) == 60_000
    assert definitions[0].last == 60_000


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n" * 70_000,
        "#define f(\n" * 70_000,
        "".join(" " * n + "def f():\n" for n in range(1_500)),
        "f(" * 100_000,
        "\n".join(["a b " * 400] * 300),
        "\n" * 300_000,
        "x" * 3_000_000,
        "function f<" + "<" * 100_000,
        "impl<" * 50_000,
        "(" * 100_000,
        "\n a: {" * 50_000,
    ],
)
@pytest.mark.parametrize("path", [case[0] for case in CASES])
def test_hostile_texts_are_bounded(path: str, text: str) -> None:
    scanned = scan(path, text)
    assert len(scanned.definitions) <= MOST_DEFINITIONS
    assert len(set().union(*scanned.counts)) <= 50_000
