from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.engine.condense.code.tree import definitions
from aicontext.engine.condense.code.tree.bodies import emptied
from aicontext.engine.condense.code.tree.braces import BRACES
from aicontext.engine.condense.code.tree.definitions import tree_outline

SAMPLES = {
    "go": """
        type shop struct {
        \tname string
        }

        func (s *shop) sell(
        \tit int,
        ) (int, error) {
        \tsecret := it + 1
        \treturn secret, nil
        }

        func local() {
        \ttype inner struct {
        \t\tkept int
        \t}
        }
    """,
    "rust": """
        impl<T> Shop<T>
        where
            T: Copy,
        {
            const LIMIT: u8 = 3;

            pub async fn sell(&self, it: T) -> Result<T>
            where
                T: Send,
            {
                let secret = it;
                Ok(secret)
            }

            fn outer() {
                fn kept() {}
            }
        }
    """,
    "java": """
        class Shop<T extends Number> {
            private int limit = 3;

            @Override
            public int sell(int it) throws IOException, Other {
                if (it > 3) {
                    int secret = it;
                }
                return it;
            }

            Runnable later() {
                return new Runnable() {
                    public void kept() {
                        return;
                    }
                };
            }
        }
    """,
    "c": """
        struct shop {
            int limit;
        };

        static struct shop *sell(struct shop *it,
                                 int more)
        {
        #ifdef FAST
            goto done;
        #endif
            int secret = more + 1;
        done:
            return it;
        }

        int local(void) {
            struct kept { int a; };
            return 1;
        }
    """,
    "cpp": """
        class Shop : public Base {
        public:
            Unit &sell(Random &random) const {
                std::string secret(random, 3);
                return units[secret];
            }
            int limit = 3;
        };

        int local() {
            struct Kept { int a; };
            return 1;
        }
    """,
    "csharp": """
        namespace A
        {
            class Shop
            {
                int limit = 3;

                public int Sell(int it)
                {
                    var secret = Find(it);
                    return secret;
                }

                void Local()
                {
                    static int Kept(int a)
                    {
                        return a;
                    }
                }
            }
        }
    """,
    "javascript": """
        export const sell = async (it) => {
          const secret = it;
          return secret;
        };

        class Shop extends Base {
          limit = 3;

          static sell(
            it,
          ) {
            const secret = it;
            return secret;
          }

          outer() {
            const kept = (a) => a + 1;
            return kept;
          }
        }

        exports.sell = function sell(it) {
          for (const secret of it) {
            secret();
          }
        };
    """,
    "php": """
        <?php
        class Shop
        {
            const LIMIT = 3;

            public static function sell($it)
            {
                $secret = function ($a) { return $a; };
                return $secret($it);
            }

            function outer() {
                function kept() { return 1; }
            }
        }
    """,
    "kotlin": """
        class Shop(val it: Int) {
            val limit = 3

            override suspend fun <T> sell(
                it: T,
            ): T {
                val secret = it
                return secret
            }

            fun outer() {
                fun kept() = 1
                kept()
            }
        }
    """,
    "swift": """
        class Shop: Base {
            let limit = 3

            init(it: Int) {
                let secret = it
                super.init(secret)
            }

            func outer() {
                func kept() -> Int { return 1 }
            }
        }
    """,
    "scala": """
        object Shop {
          val limit = 3

          def sell(it: Int): Int = {
            val secret = it + 1
            secret
          }

          def outer(): Int = {
            def kept = 1
            kept
          }
        }
    """,
}


def whole(text: str, language: str) -> object:
    """The outline of all that stands there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(definitions, "emptied", lambda source, language: source)
        return tree_outline(text, language)


@pytest.mark.parametrize("language", SAMPLES)
def test_bodies_go_and_the_outline_stays(language: str) -> None:
    text = dedent(SAMPLES[language])
    cut = emptied(text.encode(), language).decode()
    assert cut.count("\n") == text.count("\n")
    assert "secret" not in cut
    assert "kept" in cut.casefold()
    assert "imit" not in text or "imit" in cut
    found = tree_outline(text, language)
    assert found is not None
    assert found[1]
    assert found == whole(text, language)


@pytest.mark.parametrize(
    "body",
    [
        *("    a := {\n", "    a := `\n", '    a := "\n', "    /* }\n", "    a */ b /*\n"),
        *("#if A\n", "    if a {\n}\n", "b()\n"),
    ],
    ids=["bracket", "raw", "open text", "comment", "comments", "branch", "unindented", "statement"],
)
def test_what_may_go_on_over_its_end_stays(body: str) -> None:
    source = f"\nfunc one() {{\n{body}    long := 100_000_000\n}}\n".encode()
    assert emptied(source, "go") == source


@pytest.mark.parametrize(
    ("language", "line"),
    [
        *(
            ("go", 'a := "{/*"'),
            ("go", 'a := `"`'),
            ("go", "a := '\"' // it's ["),
            ("java", "a('\\'');"),
        ),
        *(("java", "new Type<A>() {}.get();"), ("java", 'String[] a = new String[] {"a"};')),
    ],
    ids=["text", "raw", "comment", "quote", "empty class", "array"],
)
def test_what_a_text_holds_is_no_code(language: str, line: str) -> None:
    head = {"go": "func one()", "java": "void one()"}[language]
    source = f"\n{head} {{\n    {line}\n    longer(100_000_000)\n}}\n".encode()
    assert emptied(source, language) == f"\n{head} {{\n\n\n}}\n".encode()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("java", "\nenum A {\n    B(1) {\n        int kept = 100000;\n    }\n}\n"),
        ("kotlin", "\nfun interface A {\n    val kept: Int\n    val more: Int\n}\n"),
        ("kotlin", "\nfun one() = 1\nclass A(\n    val it: Int\n) {\n    val kept = 100\n}\n"),
        ("cpp", "\nstruct __attribute__((packed)) a {\n    int kept;\n    int more;\n};\n"),
        ("csharp", "\npublic struct A(int a)\n{\n    public int Kept => a;\n}\n"),
        ("java", "\nenum A {\n    @Old B(1) {\n        int kept() { return 1; }\n    }\n}\n"),
        ("c", "\ntypedef struct __attribute__((packed)) {\n    int kept, more;\n} a;\n"),
        ("javascript", "\nf(\n  function (a) {\n    const kept = 1000;\n  }\n);\n"),
        ("javascript", "\nf(a,\n  b => {\n    const kept = 1000;\n});\n"),
        *(
            (
                "javascript",
                f"\nfunction f() {{\n  return {{\n    {head} {{\n      a;\n    }}\n  }};\n}}\n",
            )
            for head in (
                "return(a)",
                "catch(a)",
                '"a b"({\n      a,\n    })',
                "*[a.b](\n      c\n    )",
            )
        ),
    ],
    ids=[
        *("constant", "interface", "class behind an expression", "struct", "struct with values"),
        *("old constant", "typedef", "argument", "last argument", "method", "clause"),
        *("method by a text", "method by a value"),
    ],
)
def test_bodies_that_define_stay(language: str, text: str) -> None:
    assert emptied(text.encode(), language) == text.encode()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("c", "\nint f() {\n    " + "struct " * 40_000 + "\n}\n"),
        ("java", "\nint f()" + " throws" * 40_000 + " - {\n    long_statement();\n}\n"),
        ("javascript", "\nf() {\n" + "".join(f"{' ' * i}a(\n" for i in range(1, 900)) + "}\n"),
    ],
    ids=["open types", "open clauses", "open calls"],
)
def test_what_never_closes_is_read_once(language: str, text: str) -> None:
    assert emptied(text.encode(), language).count(b"\n") == text.count("\n")


def test_a_text_over_several_lines_that_closes_a_function_is_read_whole() -> None:
    text = "<?php\nfunction f() {\n    $a = '\n    longer\n}\n    more';\n}\n"
    assert tree_outline(text, "php") == whole(text, "php")


def test_a_local_object_of_a_class_is_no_function() -> None:
    found = tree_outline("int one() {\n    for (;;) {\n        int x(a);\n    }\n}\n", "cpp")
    assert found is not None
    assert [d.name for d in found[0]] == ["one"]


PIECES = st.sampled_from(
    (
        *(
            "\nfunc f() {",
            "\n  fun g(a,",
            "\n        b) {",
            "\nclass A {",
            "\n    x = 1",
            ")",
            "\t",
        ),
        *("\n    }", "\n}", '"""', "`", "/*", "*/", "#if", "\n", "\\", "    ", "fn ", "{", "def "),
    )
)


@given(st.sampled_from(sorted(BRACES)), st.lists(PIECES, max_size=30).map("".join))
@settings(max_examples=200, deadline=None)
def test_rows_of_any_text_stay(language: str, text: str) -> None:
    assert emptied(text.encode(), language).count(b"\n") == text.count("\n")
    tree_outline(text, language)
