"""JSON with the byte position of every value.

The standard decoder forgets where values stood; splicing needs just that. Bytes are scanned as
Latin-1, in which a character's index is its byte's: JSON's own signs are ASCII and cannot occur
inside UTF-8 sequences. Only strings that hold other bytes are decoded a second time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]

from aicontext.domain.errors import InputTooLarge, InvalidInput
from aicontext.engine.compress.forms.readings import LISTS, Reading, Readings, Run

DEPTH = 500
_BLANK = re.compile(r"[ \t\n\r]*")
_EMPTY = re.compile(r"\{[ \t\n\r]*\}|\[[ \t\n\r]*\]")
_KEY = re.compile(r'"([^"\\\x00-\x1f\x80-\xff]*)"[ \t\n\r]*:[ \t\n\r]*')
_SIGN = re.compile(r"[ \t\n\r]*([,\]}])[ \t\n\r]*")
_SCALAR = re.compile(
    r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null|NaN|-?Infinity"
)
_CONTAINERS = (dict, list)
_CONSTANTS = {"true": True, "false": False}


@dataclass(slots=True, eq=False)
class Node:
    """A value at bytes [start, end). Numbers and null have the value None: nothing reads them.
    Of a value whose bytes are known stands what was read of it; a run stands for several items."""

    start: int
    end: int
    value: str | bool | list[Node] | dict[str, Node] | Reading | Run | None

    def get(self, key: str) -> Node | None:
        return self.value.get(key) if isinstance(self.value, dict) else None

    def text(self, key: str) -> str:
        """The string under `key`; empty where there is none."""
        found = self.get(key)
        return found.value if found is not None and isinstance(found.value, str) else ""

    def children(self, key: str) -> list[Node]:
        """The items of the list under `key`; empty where there is none."""
        found = self.get(key)
        return found.value if found is not None and isinstance(found.value, list) else []


def scan(raw: bytes, readings: Readings | None = None) -> list[Node]:
    """All JSON values of `raw`, one after the other (one for JSON, a line each for JSON Lines).

    readings: of what a request, the first value, may hold right under its keys and in its lists.
    Raises InvalidInput with the position of what is broken, InputTooLarge past DEPTH levels.
    """
    scanner = _Scanner(raw)
    found = []
    at = scanner.blank(3 if raw.startswith(b"\xef\xbb\xbf") else 0)
    if readings is not None and raw[at : at + 1] == b"{":
        found.append(scanner.request(at, readings))
        at = scanner.blank(found[-1].end)
    while at < len(raw):
        found.append(scanner.value(at))
        at = scanner.blank(found[-1].end)
    return found


class _Scanner:
    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.source = raw.decode("latin-1")

    def request(self, at: int, readings: Readings) -> Node:
        """The object at `at`, without a scan of what is known of it."""
        root = self._token(at)
        entries: dict[str, Node] = {}
        at = self.blank(root.end)
        while _opened(root):
            key, at = self._key(at)
            if key not in LISTS:
                node = self._known(key, at, readings) or self.value(at, 1)
            elif self.source[at : at + 1] == "[":
                node = self._items(key, at, readings)
            else:
                node = self.value(at, 1)
            entries[key] = node
            at = self._sign([root], node.end)
        root.value = entries
        return root

    def _items(self, key: str, at: int, readings: Readings) -> Node:
        items = self._token(at)
        found: list[Node] = []
        at = self.blank(items.end)
        if (known := readings.find_run(key, self.raw, at)) is not None:
            found.append(Node(at, at + known[1], known[0]))
            at = self._sign([items], found[-1].end)
        while _opened(items):
            node = self._known(key, at, readings) or self.value(at, 2)
            found.append(node)
            at = self._sign([items], node.end)
        items.value = found
        return items

    def _known(self, key: str, at: int, readings: Readings) -> Node | None:
        if (reading := readings.find(key, self.raw, at)) is None:
            return None
        return Node(at, at + len(reading.raw), reading)

    def value(self, at: int, depth: int = 0) -> Node:
        """The value at `at`, which lies so many levels deep."""
        root = self._token(at)
        if not _opened(root):
            return root
        stack = [root]
        at = self.blank(root.end)
        while stack:
            top = stack[-1].value
            if isinstance(top, dict):
                key, at = self._key(at)
                node = top[key] = self._token(at)
            elif isinstance(top, list):
                node = self._token(at)
                top.append(node)
            if not _opened(node):
                at = self._sign(stack, node.end)
                continue
            stack.append(node)
            at = self.blank(node.end)
            if len(stack) + depth > DEPTH:
                raise InputTooLarge(f"JSON nested over {DEPTH} levels at byte {at:,}.")
        return root

    def _token(self, at: int) -> Node:
        """A string, a scalar, an empty container, or the opening of one that holds something."""
        sign = self.source[at : at + 1]
        if sign == '"':
            value, end = self._string(at)
            return Node(at, end, value)
        if sign in ("{", "["):
            empty = _EMPTY.match(self.source, at)
            return Node(at, empty.end() if empty else at + 1, {} if sign == "{" else [])
        if match := _SCALAR.match(self.source, at):
            return Node(at, match.end(), _CONSTANTS.get(match[0]))
        raise self._broken("a value", at)

    def _sign(self, stack: list[Node], at: int) -> int:
        """Where the next value or key starts; containers that end before it are closed."""
        while stack:
            match = _SIGN.match(self.source, at)
            if match is not None and match[1] == ",":
                return match.end()
            closing = "}" if isinstance(stack[-1].value, dict) else "]"
            if match is None or match[1] != closing:
                raise self._broken(f"a comma or {closing}", self.blank(at))
            stack.pop().end = at = match.end(1)
        return at

    def _key(self, at: int) -> tuple[str, int]:
        if match := _KEY.match(self.source, at):
            return match[1], match.end()
        if self.source[at : at + 1] != '"':
            raise self._broken("a key in quotes", at)
        key, at = self._string(at)
        at = self.blank(at)
        if self.source[at : at + 1] != ":":
            raise self._broken("a colon", at)
        return key, self.blank(at + 1)

    def _string(self, at: int) -> tuple[str, int]:
        try:
            value, end = scanstring(self.source, at + 1, True)
            if not value.isascii():
                literal = self.raw[at + 1 : end].decode("utf-8", "surrogatepass")
                value, _ = scanstring(literal, 0, True)
        except JSONDecodeError as error:
            raise self._broken("a well-formed string", at) from error
        except UnicodeDecodeError as error:
            raise self._broken("UTF-8 text", at + 1 + error.start) from error
        return value, end

    def blank(self, at: int) -> int:
        match = _BLANK.match(self.source, at)
        return match.end() if match else at

    def _broken(self, expected: str, at: int) -> InvalidInput:
        line = self.raw.count(b"\n", 0, at) + 1
        where = f"byte {at:,} (line {line:,})" if at < len(self.raw) else "its end"
        return InvalidInput(
            f"The input is not valid JSON: expected {expected} at {where}.",
            hint="Pass JSON or JSON Lines in UTF-8, whole.",
        )


def _opened(node: Node) -> bool:
    """Whether the node is a container of which only the opening has been read."""
    return node.end - node.start == 1 and node.value.__class__ in _CONTAINERS
