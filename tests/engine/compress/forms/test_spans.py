import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.errors import InputTooLarge, InvalidInput
from aicontext.engine.compress.forms.spans import DEPTH, Node, scan

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


def plain(node: Node, raw: bytes) -> object:
    if isinstance(node.value, dict):
        return {key: plain(child, raw) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [plain(child, raw) for child in node.value]
    return json.loads(raw[node.start : node.end]) if node.value is None else node.value


@settings(max_examples=60)
@given(JSON, st.booleans(), st.sampled_from([None, 1]))
def test_every_value_stands_where_its_node_says(value: object, escaped: bool, indent: int) -> None:
    raw = json.dumps(value, ensure_ascii=escaped, indent=indent).encode("utf-8", "surrogatepass")
    (node,) = scan(b" \n" + raw + b"\t")
    assert plain(node, b" \n" + raw) == value
    assert (node.start, node.end) == (2, 2 + len(raw))


@settings(max_examples=200)
@given(
    st.binary(max_size=40)
    | st.text(alphabet='{}[]",:\\u0123 \ntrue-.eé', max_size=40).map(str.encode)
)
def test_what_json_refuses_is_refused_and_never_crashes(raw: bytes) -> None:
    try:
        expected = json.loads(raw.decode("utf-8"))
    except ValueError:
        expected = ...
    try:
        nodes = scan(raw)
    except InvalidInput:
        assert expected is ...
    else:
        assert expected is ... or (len(nodes) == 1 and repr(plain(nodes[0], raw)) == repr(expected))


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (b'{"a": [1, 2', "its end"),
        (b'{"a" 1}', "byte 5 "),
        (b"[1,\n 2,]", "byte 7 (line 2)"),
        (b'["ab\xff"]', "byte 4 "),
        (b'{"a": "b\x01"}', "byte 6 "),
        (b"{'a': 1}", "byte 1 "),
        (b"[1 2]", "byte 3 "),
        (b"nul", "byte 0 "),
    ],
)
def test_broken_json_is_reported_with_its_place(raw: bytes, place: str) -> None:
    with pytest.raises(InvalidInput, match="not valid JSON") as caught:
        scan(raw)
    assert place in str(caught.value)


def test_depth_is_bounded() -> None:
    assert len(scan(b"[" * DEPTH + b"]" * DEPTH)) == 1
    with pytest.raises(InputTooLarge):
        scan(b'{"a":' * 1_000_000)


def test_json_lines_and_a_byte_order_mark() -> None:
    assert [node.value for node in scan('\ufeff"a"\n\n"é"\r\n'.encode())] == ["a", "é"]
    assert scan(b"") == []
