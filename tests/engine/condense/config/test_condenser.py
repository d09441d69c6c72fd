"""Values, comments, headings and links stay; markup goes."""

from __future__ import annotations

import pytest
from counts import all_that_stands as count
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.context import Ask
from aicontext.engine.condense.config.condenser import CONDENSER

HTML = """\
<!DOCTYPE html>
<html><head><title>Install &amp; run</title><style>b { color: red }</style>
<script>if (a < b) { document.write("<p>never</p>") }</script></head>
<body><!-- menu --><ul class="menu"><li><a href="/start">Start</a></li><li>Old</li></ul>
<h2>Set <em>up</em></h2><p>Run <code>make</code>
now.<br>Then <a class="x" href='https://example.org/a?b=1&amp;c'>read this</a>.</p>
<pre>
def f():
    return 1
</pre><table><tr><th>key</th><th>value</th></tr><tr><td>a</td><td>1</td></tr></table>
<img src="x.png" alt="A drawing"></body></html>
"""
XML = """\
<?xml version="1.0"?>
<project name="shop">
  <!-- kept -->
  <parent>
    <version>1.2.3</version>
    <note>
      two
      lines
    </note>
  </parent>
  <flag on="a &gt; b" />
  <raw><![CDATA[x < y]]></raw>
</project>
"""
YAML = """\
name: build
jobs:
  test:
    runs-on: ubuntu
    steps:
      - name: Run the tests
        run: make test
        env:
          RETRIES: 3
          VERBOSE: 1
  deploy:
    needs: test
    steps:
      - run: ./deploy.sh
"""
TOML = '[project]\nname = "shop"\nversion = "1"\n\n[tool.lint]\nwidth = 100\nquotes = "double"\n'


def test_a_page_is_what_its_reader_sees() -> None:
    found = CONDENSER.condense(HTML, Ask(), count)
    assert found is not None
    assert found.text == (
        "Install & run\n- [Start](/start)\n- Old\n## Set up\nRun make now.\n"
        "Then [read this](https://example.org/a?b=1&amp;c).\n"
        "def f():\n    return 1\nkey | value\na | 1\n[A drawing]"
    )


def test_xml_keeps_names_attributes_text_and_comments() -> None:
    found = CONDENSER.condense(XML, Ask(), count)
    assert found is not None
    assert found.text == (
        '<?xml version="1.0"?>\nproject name="shop"\n  <!-- kept -->\n  parent\n'
        "    version: 1.2.3\n    note\n      two\n      lines\n"
        '  flag on="a &gt; b"\n  raw: x < y'
    )


@pytest.mark.parametrize("text", [YAML, TOML, "a = 1\nb = 2\nc = 3\n"])
def test_settings_have_no_slack(text: str) -> None:
    assert CONDENSER.condense(text, Ask(), count) is None


def test_an_asked_setting_stands_under_its_keys() -> None:
    found = CONDENSER.excerpt(YAML, Ask(query="how many retries"), 60, count)
    assert found is not None
    assert count(found.text) <= 60
    kept = [line for line in found.text.split("\n") if not line.startswith("[…")]
    below = kept[kept.index("jobs:") : kept.index("          RETRIES: 3") + 1]
    assert below[:2] == ["jobs:", "  test:"]
    assert "        env:" in below


def test_a_section_is_a_key_too() -> None:
    found = CONDENSER.excerpt(TOML, Ask(query="width of lines"), 30, count)
    assert found is not None
    assert "[tool.lint]\nwidth = 100\n" in found.text


_PIECES = st.sampled_from(
    ["<a href=x>", "</a>", "<pre>", "</pre>", "<!--", "<script>", "<", ">", "<b", "&amp;", "<li>"]
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(_PIECES, st.text(max_size=12)), max_size=25), st.booleans())
def test_any_text_comes_to_no_harm(pieces: list[str], html: bool) -> None:
    text = ("<!DOCTYPE html>\n" if html else '<?xml version="1.0"?>\n') + "".join(pieces)
    found = CONDENSER.condense(text, Ask(), count)
    assert found == CONDENSER.condense(text, Ask(), count)
    assert found is None or count(found.text) < count(text)
    part = CONDENSER.excerpt(text, Ask(query="price"), 25, count)
    assert part is None or count(part.text) <= 25
