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

DEPTH = 500
_BLANK = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(
    r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null|NaN|-?Infinity"
)
_CONSTANTS = {"true": True, "false": False}


@dataclass(slots=True, eq=False)
class Node:
    """A value at bytes [start, end). Numbers and null have the value None: nothing reads them."""

    start: int
    end: int
    value: str | bool | list[Node] | dict[str, Node] | None

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


def scan(raw: bytes) -> list[Node]:
    """All JSON values of `raw`, one after the other (one for JSON, a line each for JSON Lines).

    Raises InvalidInput with the position of what is broken, InputTooLarge past DEPTH levels.
    """
    scanner = _Scanner(raw)
    found = []
    at = scanner.blank(3 if raw.startswith(b"\xef\xbb\xbf") else 0)
    while at < len(raw):
        found.append(scanner.value(at))
        at = scanner.blank(found[-1].end)
    return found


class _Scanner:
    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.source = raw.decode("latin-1")
        self.key = ""

    def value(self, at: int) -> Node:
        root: Node | None = None
        stack: list[Node] = []
        while True:
            node = self._token(at)
            if root is None:
                root = node
            elif isinstance(parent := stack[-1].value, dict):
                parent[self.key] = node
            elif isinstance(parent, list):
                parent.append(node)
            fresh = isinstance(node.value, list | dict)
            if fresh:
                stack.append(node)
                if len(stack) > DEPTH:
                    raise InputTooLarge(f"JSON nested over {DEPTH} levels at byte {at:,}.")
            at = self._next(stack, node.end, fresh)
            if not stack:
                return root

    def _token(self, at: int) -> Node:
        """A string or scalar, or a container of which only the opening has been read."""
        sign = self.source[at : at + 1]
        if sign == '"':
            value, end = self._string(at)
            return Node(at, end, value)
        if sign == "{":
            return Node(at, at + 1, {})
        if sign == "[":
            return Node(at, at + 1, [])
        if match := _SCALAR.match(self.source, at):
            return Node(at, match.end(), _CONSTANTS.get(match[0]))
        raise self._broken("a value", at)

    def _next(self, stack: list[Node], at: int, fresh: bool) -> int:
        """Where the next value starts; containers that end before it are closed."""
        while stack:
            at = self.blank(at)
            mapping = isinstance(stack[-1].value, dict)
            sign = self.source[at : at + 1]
            if sign == ("}" if mapping else "]"):
                at += 1
                stack.pop().end = at
                fresh = False
                continue
            if not fresh:
                if sign != ",":
                    raise self._broken("a comma or the closing bracket", at)
                at = self.blank(at + 1)
            return self._after_key(at) if mapping else at
        return at

    def _after_key(self, at: int) -> int:
        if self.source[at : at + 1] != '"':
            raise self._broken("a key in quotes", at)
        self.key, at = self._string(at)
        at = self.blank(at)
        if self.source[at : at + 1] != ":":
            raise self._broken("a colon", at)
        return self.blank(at + 1)

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
