"""What the condenser of logs promises, whatever the log."""

from __future__ import annotations

from counts import pieces_of_six as count
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.context import Ask, Level
from aicontext.engine.condense.log.condenser import LogCondenser

ASK = Ask()
CONDENSER = LogCondenser()


def service(requests: int) -> list[str]:
    return [
        f"2024-05-01 10:{i // 60 % 60:02}:{i % 60:02} INFO http - GET /cart/{i} took {i % 90}ms"
        for i in range(requests)
    ]


def condensed(text: str) -> str:
    found = CONDENSER.condense(text, ASK, count)
    assert found is not None
    assert found.level is Level.CONDENSED
    return found.text


def excerpted(text: str, budget: int, reference: str = "") -> str:
    found = CONDENSER.excerpt(text, Ask(reference=reference), budget, count)
    assert found is not None
    return found.text


BUILD = """\
[INFO] Scanning for projects...
[INFO] Building shop 1.0
[INFO] Compiling 63 source files
[INFO] -------------------------------------------------------------
[ERROR] COMPILATION ERROR :
[INFO] -------------------------------------------------------------
[ERROR] /src/shop/Cart.java:[31,24] cannot find symbol
  symbol:   method gross(int)
  location: class shop.Cart
[INFO] 1 error
[INFO] BUILD FAILURE
[INFO] Total time:  2.378 s
[ERROR] Failed to execute goal compile on project shop: Compilation failure
"""


def test_lines_alike_keep_the_first_the_last_and_the_range() -> None:
    lines = service(500)
    shown = condensed("\n".join(lines)).split("\n")
    assert shown[0] == lines[0]
    assert shown[-1] == lines[-1]
    assert len(shown) == 3
    assert shown[1].startswith("[… 498 lines like it")
    assert "took 0ms–89ms" in shown[1]


def test_every_rare_error_stays() -> None:
    lines = service(300)
    errors = [f"2024-05-01 10:00:00 ERROR pay - card {i} was declined" for i in range(3)]
    lines[100:100] = errors
    shown = condensed("\n".join(lines))
    assert all(error in shown for error in errors)


def test_stacks_show_the_projects_frames_and_count_the_others() -> None:
    stack = [
        "\tat java.base/java.util.ArrayList.get(ArrayList.java:427)",
        "\tat shop.Cart.pick(Cart.java:31)",
        *(f"\tat org.junit.jupiter.Engine.step{i}(Engine.java:{i})" for i in range(20)),
    ]
    text = "\n".join(["IndexOutOfBoundsException: 7", *stack, "again", *stack])
    shown = condensed(text)
    assert shown.count("shop.Cart.pick") == 1
    assert "library frames" in shown
    assert "[… 22 frames: as before]" in shown


def test_stamps_of_a_build_service_become_a_period() -> None:
    lines = [f"2024-05-01T10:00:{i:02}.0000000Z step {chr(97 + i)} is done" for i in range(20)]
    shown = condensed("\n".join(lines))
    first, *rest = shown.split("\n")
    assert first == ("[… 20 times: 2024-05-01T10:00:00.0000000Z – 2024-05-01T10:00:19.0000000Z]")
    assert not any("2024" in line for line in rest)


def test_a_test_run_in_a_build_log_is_folded_too() -> None:
    run = [f"tests/test_a.py::test_{i} PASSED [ 10%]" for i in range(200)]
    text = "\n".join(
        ["$ make test", "=== test session starts ===", *run, "=== 200 passed in 1s ==="]
    )
    shown = condensed(text)
    assert "200 passed" in shown
    assert len(shown.split("\n")) < 8


def test_excerpt_has_the_errors_and_what_hangs_on_them() -> None:
    text = "\n".join([*service(400), BUILD])
    shown = excerpted(text, 220)
    assert "cannot find symbol" in shown
    assert "symbol:   method gross(int)" in shown
    assert "Failed to execute goal" in shown


def test_excerpt_shows_whole_lines_in_their_order() -> None:
    text = "\n".join([*service(400), BUILD])
    source = iter(text.split("\n"))
    shown = [line for line in excerpted(text, 300).split("\n") if not line.startswith("[…")]
    assert all(line in source for line in shown)


def test_what_a_good_run_printed_too_counts_in_the_midst_of_what_is_new() -> None:
    warned = "ERROR: shade plugin found no pump"
    calm = [f"step {i}: all as ever" for i in range(80)]
    good = "\n".join([*calm[:40], warned, *calm[40:]])
    new = ["ERROR: valve 7 does not open", warned, "ERROR: tank overflows"]
    bad = "\n".join([*calm[:40], *new, *calm[40:]])
    shown = excerpted(bad, 60, reference=good)
    assert all(line in shown for line in new)


def test_a_reference_makes_old_errors_unimportant() -> None:
    old = [f"ERROR probe {i} failed as ever" for i in range(40)]
    good = "\n".join([*old, "done"])
    bad = "\n".join([*old[:20], "the rates file is of another year", *old[20:], "done"])
    assert "of another year" in excerpted(bad, 70, good)


def test_a_failing_test_in_a_build_log_comes_with_its_values() -> None:
    noise = [f"ERROR probe {chr(97 + i % 26)}{i} failed as ever" for i in range(60)]
    run = [
        "=== FAILURES ===",
        "____ test_tax ____",
        "E   AssertionError: the tax is missing",
        "E   assert 100 == 119",
        "=== short test summary info ===",
        "FAILED tests/test_cart.py::test_tax - AssertionError",
        "=== 1 failed in 0.1s ===",
    ]
    shown = excerpted("\n".join([*noise, *run, *noise]), 150)
    assert "assert 100 == 119" in shown
    assert "tests/test_cart.py::test_tax" in shown


def test_coloured_lines_are_shown_as_they_stand() -> None:
    line = "[\x1b[1;31mERROR\x1b[m] no rates"
    assert line in excerpted("\n".join([*service(50), line, *service(5)]), 60)


def test_lines_that_differ_in_names_only_make_way_for_what_stands_alone() -> None:
    alike = [f"ERROR in class shop.Part{chr(97 + i % 26) * (i // 26 + 1)}" for i in range(90)]
    shown = excerpted("\n".join(["ERROR the rates file is gone", *alike, *service(50)]), 150)
    assert "the rates file is gone" in shown


def test_what_a_query_names_stands_beside_the_errors() -> None:
    named = "2024-05-01 INFO cache - wrote shop/rates_table.json with 31 rows"
    many = [f"ERROR probe {chr(97 + i % 26) * (1 + i // 26)} failed" for i in range(200)]
    text = "\n".join([*service(30), named, *service(30), *many])
    found = CONDENSER.excerpt(text, Ask(query="What wrote rates_table.json?"), 200, count)
    assert found is not None
    assert named in found.text
    assert "ERROR probe" in found.text
    assert named not in excerpted(text, 200)


def test_empty() -> None:
    assert CONDENSER.condense("", ASK, count) is None
    assert CONDENSER.excerpt("", ASK, 10, count) is None


PIECES = st.sampled_from(
    [
        "INFO step 1 of 9 took 3ms",
        "ERROR step 2 of 9 failed: no rates",
        "WARN cold cache",
        "java.lang.IllegalStateException: odd",
        "\tat a.b(C.java:1)",
        "\tat java.util.List.get(List.java:1)",
        "Caused by: x",
        "[… 12 lines]",
        "2024-05-01T10:00:00.1Z done",
        "\x1b[31mred\x1b[0m",
        "⠋ spinning",
        "10%\r20%",
        "",
        "\ud800\x00",
    ]
)
LOGS = st.lists(PIECES | st.text(max_size=30), max_size=60).map("\n".join)


@settings(max_examples=250, deadline=None)
@given(LOGS, LOGS, st.integers(0, 200))
def test_never_larger_never_over_budget_always_the_same(text: str, good: str, budget: int) -> None:
    full = CONDENSER.condense(text, ASK, count)
    assert full is None or count(full.text) < count(text)
    assert full == CONDENSER.condense(text, ASK, count)
    ask = Ask(query="What is a.b and no_rates?", reference=good)
    part = CONDENSER.excerpt(text, ask, budget, count)
    assert part is None or count(part.text) <= budget
    assert part == CONDENSER.excerpt(text, ask, budget, count)


def test_a_line_repeated_very_often_and_a_very_long_one() -> None:
    text = "ERROR the same again\n" * 50_000 + "x" * 500_000
    shown = condensed(text)
    assert len(shown) < 6_000
    assert "[… 49,998 lines like it]" in shown
    assert "characters]" in shown
    assert count(excerpted(text, 100)) <= 100


def test_a_deep_trace_shows_its_cause() -> None:
    frames = [f"\tat shop.Deep.step{i}(Deep.java:{i})" for i in range(20_000)]
    text = "\n".join(["shop.DeepError: too deep", *frames, "Caused by: java.io.IOException: full"])
    shown = excerpted(text, 120)
    assert "too deep" in shown
    assert "Caused by: java.io.IOException: full" in shown
