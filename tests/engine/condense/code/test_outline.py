import ast
import sysconfig
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.engine.condense.code.lexical import lexical_outline
from aicontext.engine.condense.code.outline import language_of, outline
from aicontext.engine.condense.code.tree.grammars import MODULES

SAMPLES = {
    "python": (
        '''
        import os

        LIMIT = 3


        @cached
        def area(
            w, h,
        ) -> int:
            return w * h


        class Shop:
            """Sells."""

            async def sell(self):
                def log():
                    pass
                return log
        ''',
        [
            "LIMIT 3-3",
            "area 6-10",
            "Shop 13-19",
            "sell 16-19",
            "log 17-18",
        ],
    ),
    "javascript": (
        """
        const a = 1;
        export const run = async (x) => {
          return x;
        };
        function* gen() {
        }
        exports.stop = function () {
        };
        class K {
          go() {
          }
          cb = () => {
          };
        }
        it("adds", () => {
          expect(1);
        });
        """,
        [
            "a 1-1",
            "run 2-4",
            "gen 5-6",
            "exports.stop 7-8",
            "K 9-14",
            "go 10-11",
            "cb 12-13",
            'it("adds", () => { 15-17',
        ],
    ),
    "typescript": (
        """
        export interface Cart {
          total: number;
          add(item: Item): void;
        }
        type Id = string;
        enum Colour { Red }
        abstract class Base {
          @log()
          save(x: number): void {
          }
        }
        export function make(): Cart {
        }
        const memo = useMemo(() => {
        }, []);
        """,
        [
            "Cart 1-4",
            "add 3-3",
            "Id 5-5",
            "Colour 6-6",
            "Base 7-11",
            "save 8-10",
            "make 12-13",
            "memo 14-15",
        ],
    ),
    "tsx": (
        """
        export const Page: FC<P> = ({ a }) => {
          const click = () => {
            a();
          };
          return <div onClick={click} />;
        };
        """,
        [
            "Page 1-6",
            "click 2-4",
        ],
    ),
    "go": (
        """
        package a

        import "b"

        const X = 1

        type S struct {
            a int
        }

        func (s *S) F() int {
            return 1
        }

        func G() {
        }
        """,
        [
            "X 5-5",
            "S 7-9",
            "F 11-13",
            "G 15-16",
        ],
    ),
    "rust": (
        """
        use a::b;
        pub struct S {
            a: i32,
        }
        impl T for S {
            #[inline]
            fn q(&self) {
            }
        }
        trait T {
            fn q(&self);
        }
        macro_rules! m { () => {} }
        """,
        [
            "S 2-4",
            "S 5-9",
            "q 6-8",
            "T 10-12",
            "q 11-11",
            "m 13-13",
        ],
    ),
    "java": (
        """
        package a;
        public class K<T> extends L {
          private int x;
          @Override
          public int f(int a) {
            return a;
          }
        }
        interface I { void q(); }
        """,
        [
            "K 2-8",
            "x 3-3",
            "f 4-7",
            "I 9-9",
        ],
    ),
    "c": (
        """
        #include <a.h>
        #define X 1
        struct s {
          int a;
        };
        int g(void);
        static int *f(int a)
        {
          return 0;
        }
        """,
        [
            "X 2-2",
            "s 3-5",
            "g 6-6",
            "f 7-10",
        ],
    ),
    "cpp": (
        """
        namespace n {
        template <typename T>
        class C : B {
          C();
          int f() const;
          int q;
        };
        int C::f() const {
          return 1;
        }
        }
        """,
        [
            "n 1-11",
            "C 2-7",
            "C 4-4",
            "f 5-5",
            "q 6-6",
            "C::f 8-10",
        ],
    ),
    "csharp": (
        """
        using System;
        namespace N {
          public class C : B {
            public int P { get; set; }
            public C(int x) {
            }
            public int F(int a) => a;
          }
        }
        """,
        [
            "N 2-9",
            "C 3-8",
            "P 4-4",
            "C 5-6",
            "F 7-7",
        ],
    ),
    "ruby": (
        """
        require "a"
        module M
          class C < B
            def f(a)
              a
            end
            def self.g
              1
            end
          end
        end
        """,
        [
            "M 2-11",
            "C 3-10",
            "f 4-6",
            "g 7-9",
        ],
    ),
    "php": (
        """
        <?php
        class K extends L {
          public $p;
          public function f(int $a): int {
            return $a;
          }
        }
        function top($x) {
        }
        """,
        [
            "K 2-7",
            "$p 3-3",
            "f 4-6",
            "top 8-9",
        ],
    ),
    "kotlin": (
        """
        import b.c
        class Foo(val a: Int) : Bar() {
          val y = 2
          override fun go(x: Int): Int {
            return x
          }
        }
        object O {
        }
        """,
        [
            "Foo 2-7",
            "y 3-3",
            "go 4-6",
            "O 8-9",
        ],
    ),
    "swift": (
        """
        import A
        protocol P {
          func a()
        }
        struct S: P {
          var q: Int
          init(q: Int) {
            self.q = q
          }
        }
        extension S {
          func b() {}
        }
        """,
        [
            "P 2-4",
            "a 3-3",
            "S 5-10",
            "q 6-6",
            "init 7-9",
            "S 11-13",
            "b 12-12",
        ],
    ),
    "scala": (
        """
        trait T {
          def a: Int
        }
        object O extends T {
          def a: Int = {
            1
          }
          val q = 2
        }
        """,
        [
            "T 1-3",
            "a 2-2",
            "O 4-9",
            "a 5-7",
            "q 8-8",
        ],
    ),
    "bash": (
        """
        X=1
        function f() {
          echo
        }
        g() {
          echo
        }
        """,
        [
            "X 1-1",
            "f 2-4",
            "g 5-7",
        ],
    ),
}


def sample(language: str) -> str:
    return dedent(SAMPLES[language][0]).lstrip("\n")


@pytest.mark.parametrize("language", MODULES)
def test_outlines_every_language(language: str) -> None:
    text, expected = sample(language), SAMPLES[language][1]
    found = [f"{d.name} {d.first}-{d.last}" for d in outline(text, language)]
    assert found == expected


def test_signature_runs_to_the_body() -> None:
    text = sample("python")
    by_name = {d.name: d for d in outline(text, "python")}
    assert by_name["area"].signature(text.split("\n")) == (
        "@cached",
        "def area(",
        "    w, h,",
        ") -> int:",
    )
    assert [by_name[name].depth for name in ("Shop", "sell", "log")] == [0, 1, 2]


def _library_files() -> list[Path]:
    folder = Path(sysconfig.get_paths()["stdlib"])
    return sorted(p for p in folder.glob("[a-j]*.py") if p.stat().st_size < 60_000)[::4]


@pytest.mark.parametrize("path", _library_files(), ids=lambda path: path.name)
def test_finds_what_python_itself_finds(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    spans = {(d.name, d.last) for d in outline(text, "python")}
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    wanted = {(n.name, n.end_lineno) for n in ast.walk(ast.parse(text)) if isinstance(n, kinds)}
    assert wanted <= spans


@pytest.mark.parametrize(
    ("language", "text", "span"),
    [
        ("scala", "@old\nobject kept extends Other\n", ("kept", 1, 2, 2)),
        ("cpp", "class A {\n  struct kept {\n    int a;\n  };\n};\n", ("kept", 2, 2, 4)),
        ("rust", "some! {\n    fn kept() {\n        1\n    }\n}\n", ("kept", 2, 2, 4)),
    ],
    ids=["object without a body", "type in a class", "inside a macro"],
)
def test_finds_what_stands_where_grammars_differ(
    language: str, text: str, span: tuple[str, int, int, int]
) -> None:
    assert span in [(d.name, d.first, d.head, d.last) for d in outline(text, language)]


def test_lexical_outline_ends_where_indentation_returns() -> None:
    text = "class A:\n  def f(self):\n    return 1\n\n  def g(self):\n    return 2\n\nx = 1\n"
    found = [(d.name, d.first, d.last, d.depth) for d in lexical_outline(text)]
    assert found == [("A", 1, 6, 0), ("f", 2, 3, 1), ("g", 5, 6, 1)]


def test_a_part_of_a_file_still_has_an_outline() -> None:
    text = "  } else {\n    x();\n  }\n}\n\nfunction tail(a) {\n  return a;\n}\n"
    assert "tail" in [d.name for d in outline(text, "javascript")]


@pytest.mark.parametrize(
    ("path", "text", "language"),
    [
        ("src/a.rs", "", "rust"),
        ("", "#!/usr/bin/env bash\necho 1\n", "bash"),
        ("", "def f(x):\n    return x\n\n\nclass A:\n    pass\n", "python"),
        ("", "Dear all,\nwe met on Monday.\n", ""),
    ],
)
def test_names_the_language(path: str, text: str, language: str) -> None:
    assert language_of(text, path) == language


PIECES = "( ) { } < [ a< \" ` ' /* # def class => function if a? <?php ${ ; = : \x00 \ud800 é"
TOKENS = st.sampled_from([*PIECES.split(" "), "\n", " ", "fn f() {\n"])


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(sorted(MODULES)), st.lists(TOKENS, max_size=120).map("".join))
def test_any_text_has_a_sound_outline(language: str, text: str) -> None:
    lines = text.count("\n") + 1
    for d in outline(text, language):
        assert 1 <= d.first <= d.head <= d.last <= lines


@pytest.mark.parametrize("language", MODULES)
@pytest.mark.parametrize("unit", ["(", "{\n", "a<", "/*", '"${', "a?", "if (\n"])
def test_deep_and_ambiguous_text_ends(language: str, unit: str) -> None:
    outline(unit * 4_000, language)
    assert isinstance(outline("(" * 100_000, language), tuple)
