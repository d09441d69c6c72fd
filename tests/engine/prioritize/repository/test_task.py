import pytest
from hypothesis import given
from hypothesis import strategies as st

from aicontext.engine.prioritize.repository.task import LONGEST, read_task

ISSUE = """Charts lose their legend when saved twice
<!-- Please search the tracker first: templates -->
**Describe the bug**
Calling `Figure.save` again drops the legend. See chart/legend.py and chart.figure.Figure.
- [x] I have searched for duplicates

```python
from chart.figure import Figure
Figure().save_twice()
```

```
Traceback (most recent call last):
  File "run.py", line 3, in <module>
    Figure().save_twice()
  File "/home/me/chart/figure.py", line 42, in save_twice
    self.legend.draw()
KeyError: 'legend'
```

- OS: Ubuntu 22.04
- Python version: 3.9.1
numpy: 1.22.0
"""


def test_the_title_weighs_more_than_prose_and_prose_more_than_code() -> None:
    task = read_task(ISSUE)
    assert task.terms["chart"] > task.terms["drop"] > task.terms["draw"] > 0
    assert "twic" in task.title
    assert "drop" not in task.title


def test_neighbouring_words_are_those_of_title_and_prose_without_stop_words() -> None:
    task = read_task("Save the default config\n\nCalls `getLog`.\n```\nother = code here\n```\n")
    assert task.pairs == (("default", "config"), ("calls", "get"), ("get", "log"))


def test_what_a_form_asks_and_versions_say_nothing() -> None:
    task = read_task(ISSUE)
    assert not {"ubuntu", "numpy", "duplicat", "templat", "describ", "22"} & task.terms.keys()


def test_names_paths_and_frames() -> None:
    task = read_task(ISSUE)
    assert task.names["Figure"] > task.names["legend"]
    assert "save_twice" in task.names
    assert "chart/legend.py" in task.paths
    assert "chart.figure.Figure" in task.dotted
    assert [(frame.path, frame.line, frame.name) for frame in task.frames] == [
        ("/home/me/chart/figure.py", 42, "save_twice"),
        ("run.py", 3, "<module>"),
    ]


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("    at Store.get (/app/src/store.ts:12:7)", ("/app/src/store.ts", 12, "Store.get")),
        ("  --> src/parse.rs:7:9", ("src/parse.rs", 7, "")),
        ("\tat org.shop.Cart.total(Cart.kt:31)", ("Cart.kt", 31, "org.shop.Cart.total")),
        ("        /srv/api/main.go:88 +0x1d", ("/srv/api/main.go", 88, "")),
    ],
)
def test_frames_of_other_languages(line: str, place: tuple[str, int, str]) -> None:
    (frame,) = read_task(f"It fails\n```\n{line}\n```").frames
    assert (frame.path, frame.line, frame.name) == place


def test_the_innermost_frame_of_the_first_cause_leads() -> None:
    trace = (
        "java.lang.IllegalStateException: wrapped\n"
        "\tat org.shop.Till.open(Till.kt:7)\n\tat org.shop.Main.main(Main.kt:3)\n"
        "Caused by: java.io.IOException: no cash\n"
        "\tat org.shop.Cash.count(Cash.kt:31)\n\tat org.shop.Till.open(Till.kt:5)\n"
    )
    frames = read_task(f"It fails\n```\n{trace}```").frames
    assert [(frame.path, frame.line) for frame in frames] == [
        ("Cash.kt", 31),
        ("Till.kt", 5),
        ("Till.kt", 7),
        ("Main.kt", 3),
    ]


def test_of_a_long_first_line_the_first_sentence_is_the_title() -> None:
    task = read_task("The cache forgets keys. " + "Then all of it slows down badly. " * 9)
    assert "cach" in task.title
    assert "slow" not in task.title


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    task = read_task(text)
    assert task == read_task(text)
    assert all(weight >= 0 for weight in task.terms.values())


@pytest.mark.parametrize(
    "unit",
    ["<!--", " ", "\\a", "a/", "/a", "a.a", "a::", "at a(", "`", 'File "', "- ", "\n", "#_ "],
)
def test_a_hostile_text_is_read_in_linear_time(unit: str) -> None:
    read_task("x" + unit * (LONGEST // len(unit)))


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("Fix it\n```KeyError: total is missing\nx\n```\n", "total"),
        ("Fix it\n```\nx\n``` and the discount too\n", "discount"),
        ("Fix it\n```cart.total()``` fails at once\n", "cart"),
    ],
)
def test_text_on_the_line_of_a_fence_is_read(text: str, term: str) -> None:
    assert term in read_task(text).terms


def test_the_language_of_a_fence_says_nothing() -> None:
    assert "python" not in read_task("Fix it\n```python\nx = 1\n```\n").terms


def test_files_of_settings_and_documents_are_paths() -> None:
    said = read_task("See pyproject.toml, deploy/app.yaml, README.md and the Dockerfile").paths
    assert said == ("pyproject.toml", "deploy/app.yaml", "README.md", "Dockerfile")
