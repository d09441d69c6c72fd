from corpora import corpus_of
from hypothesis import given
from hypothesis import strategies as st

from aicontext.domain.repository.corpus import FileHistory
from aicontext.engine.prioritize.repository.mentions import find_mentions
from aicontext.engine.prioritize.repository.rank import rank
from aicontext.engine.prioritize.repository.task import read_task

FILES = {
    "shop/__init__.py": "from shop.cart import Cart\n",
    "shop/cart.py": (
        "class Cart:\n"
        "    def total(self):\n"
        '        """The price of all items, discounts taken off."""\n'
        "        return sum(item.price for item in self.items)\n"
        "\n"
        "    def add(self, item):\n"
        "        self.items.append(item)\n"
    ),
    "shop/discount.py": "def apply_discount(price, rate):\n    return price * (1 - rate)\n",
    "shop/ship/parcel.py": "class Parcel:\n    def weigh(self):\n        return self.grams\n",
    "web/views.py": "def show(request):\n    return request.cart.total()\n",
}
CORPUS = corpus_of(FILES)


def paths(task: str) -> list[str]:
    return [file.path for file in rank(task, CORPUS).files]


def test_what_the_words_say() -> None:
    assert paths("Parcels weigh nothing")[0] == "shop/ship/parcel.py"
    assert paths("Discount rate is applied twice")[0] == "shop/discount.py"


def test_a_path_a_module_and_a_frame_lead() -> None:
    assert paths("Wrong result, see web/views.py")[0] == "web/views.py"
    assert paths("Wrong result of shop.ship.parcel for heavy items")[0] == "shop/ship/parcel.py"
    frame = 'Traceback (most recent call last):\n  File "/x/shop/cart.py", line 4, in total\n'
    assert paths(f"Crash\n```\n{frame}KeyError: 1\n```")[0] == "shop/cart.py"


def test_tests_follow_sources_unless_the_task_is_about_them() -> None:
    test = "def test_total():\n    assert Cart().total() == 0, 'the total of the cart'\n"
    corpus = corpus_of({**FILES, "tests/shop/test_cart_total.py": test})

    def best(task: str) -> str:
        return rank(task, corpus).files[0].path

    assert best("The total of the cart is wrong") == "shop/cart.py"
    assert best("The test of the cart's total is wrong") == "tests/shop/test_cart_total.py"
    assert best("Wrong: tests/shop/test_cart_total.py") == "tests/shop/test_cart_total.py"
    found = rank("The total of the cart is wrong", corpus).definitions
    assert found[0].place.path == "shop/cart.py"


def test_what_is_set_aside_is_told_from_the_folder_that_is_asked_about() -> None:
    test = "def test_total():\n    assert Cart().total() == 0, 'the total of the cart'\n"
    held = {f"examples/{path}": text for path, text in FILES.items()}
    corpus = corpus_of({**held, "examples/tests/test_cart_total.py": test})
    found = rank("The total of the cart is wrong", corpus, below="examples/")
    assert found.files[0].path == "examples/shop/cart.py"


def test_reasons_say_what_was_found() -> None:
    best = rank("`apply_discount` in shop/discount.py is wrong", CORPUS).files[0]
    assert best.path == "shop/discount.py"
    assert best.why[0] == "named by its path"
    assert "defines apply_discount" in best.why


def test_reasons_quote_the_tasks_own_words() -> None:
    why = rank("Weighing parcels forgets grams", CORPUS).files[0].why
    assert why == ("its path says parcels", "its text holds grams, parcels, Weighing")
    why = rank("Wrong `apply_discount`", CORPUS).files[0].why
    assert why[1:] == ("its path says discount", "its text holds apply, apply_discount, discount")


def test_definitions_have_their_place_and_owner() -> None:
    best = rank("`Cart.total` forgets discounts on the price", CORPUS).definitions[0]
    assert best.place.symbol == "Cart.total"
    assert (best.place.path, best.place.first) == ("shop/cart.py", 2)
    assert best.why == ("the task names total",)


def test_history_tells_what_the_text_does_not() -> None:
    messages = {"shop/ship/parcel.py": {"custom": 3, "form": 3}}
    told = corpus_of(FILES, FileHistory(messages=messages))
    assert rank("customs form", told).files[0].path == "shop/ship/parcel.py"


def test_mentions_point_to_definitions_and_packages() -> None:
    found = find_mentions(read_task("`Cart` of shop and shop.discount.apply_discount"), CORPUS)
    named = {CORPUS.definitions(file)[i].name for file, i in found.names}
    assert named == {"Cart", "apply_discount"}
    assert {CORPUS.paths[file] for file in found.modules} == {"shop/discount.py"}


def test_of_paths_that_agree_the_longest_counts() -> None:
    corpus = corpus_of({"a/x/core.py": "", "b/x/core.py": "", "core.py": ""})
    found = find_mentions(read_task("broken: b/x/core.py"), corpus).paths
    assert {corpus.paths[file] for file in found} == {"b/x/core.py"}


def test_frames_of_installed_packages_are_no_files_of_the_repository() -> None:
    line = '  File "/usr/lib/python3/site-packages/{}/cart.py", line 3, in total'
    other, own = (read_task("Crash\n" + line.format(name)) for name in ("money", "shop"))
    assert find_mentions(other, CORPUS).frames == {}
    assert list(find_mentions(own, CORPUS).frames) == [CORPUS.paths.index("shop/cart.py")]


def test_nothing_to_find() -> None:
    assert rank("", CORPUS).files == ()
    assert rank("zebra", CORPUS) == rank("", CORPUS)
    assert rank("anything", corpus_of({})).files == ()


WORDS = st.sampled_from(
    ["cart", "total", "`Cart`", "discount", "parcel", "shop/cart.py", "\n", "x"]
)


@given(st.lists(WORDS).map(" ".join), st.integers(1, 4), st.integers(0, 3))
def test_order_is_stable_and_bounded(task: str, files: int, definitions: int) -> None:
    found = rank(task, CORPUS, files=files, definitions=definitions)
    assert found == rank(task, CORPUS, files=files, definitions=definitions)
    assert len(found.files) <= files
    assert len(found.definitions) <= definitions
    scores = [file.score for file in found.files]
    assert scores == sorted(scores, reverse=True)
    assert len({file.path for file in found.files}) == len(found.files)
    whole = rank(task, CORPUS)
    assert whole.files[: len(found.files)] == found.files


def test_settings_and_documents_lead_where_the_task_is_about_them() -> None:
    held = {
        **FILES,
        "Dockerfile": "FROM python:3.11\n",
        "pyproject.toml": "[tool.cart]\nline-length = 100\n",
        ".github/workflows/ci.yml": "jobs:\n  cart:\n    timeout: 10\n",
        "README.md": "# The cart\n",
        "docs/cart.md": "# The total of the cart\n",
    }
    corpus = corpus_of(held)

    def best(task: str) -> str:
        return rank(task, corpus).files[0].path

    assert best("Take python 3.12 in the Dockerfile") == "Dockerfile"
    assert best("Raise line-length for the cart in pyproject") == "pyproject.toml"
    assert best("The workflow of the cart runs into its timeout") == ".github/workflows/ci.yml"
    assert best("The readme of the cart") == "README.md"
    assert best("The total of the cart is wrong") == "shop/cart.py"


def test_a_tests_subject_in_the_title_does_not_bring_the_test_forward() -> None:
    test = "def test_parcel():\n    assert Parcel().weigh() == 0, 'the parcel weighs'\n"
    corpus = corpus_of({**FILES, "shop/ship/test_parcel.py": test})
    assert rank("The parcel weighs nothing", corpus).files[0].path == "shop/ship/parcel.py"


def test_a_definition_that_holds_no_word_of_the_task_does_not_say_so() -> None:
    reasons = {d.place.symbol: d.why for d in rank("Parcels weigh nothing", CORPUS).definitions}
    assert reasons["Parcel.weigh"] == ("its words match the task",)
    add = {d.place.symbol: d.why for d in rank("The total of the cart", CORPUS).definitions}
    assert add["Cart.add"] == ("its file matches the task",)


def test_a_file_in_many_folders_is_found_by_its_name() -> None:
    deep = "d/" * 200 + "valve.py"
    corpus = corpus_of({deep: "def open_valve(): ...\n", "near.py": "def near_function(): ...\n"})
    assert rank("the open_valve function", corpus).files[0].path == deep


def test_modules_are_named_by_their_last_two_parts() -> None:
    paths = ("one/cart.py", "two/cart.py", "shop/cart/__init__.py", "smart.py", "a/b/smart.py")
    corpus = corpus_of(dict.fromkeys(paths, ""))
    for said, meant in {
        "one.cart.total": {"one/cart.py"},
        "shop.cart.total": {"shop/cart/__init__.py"},
        "smart.of": {"smart.py"},
        "rt.cart.of": set(),
    }.items():
        found = find_mentions(read_task(f"broken: `{said}`"), corpus).modules
        assert {corpus.paths[file] for file in found} == meant
