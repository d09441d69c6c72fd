"""Tokens billed and tools called, read from a provider's answer while it passes by."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from typing import Any

from aicontext.domain.messages import Message, Role
from aicontext.domain.usage import MOST, Billed, Tier
from aicontext.engine.ledger.billing import of_anthropic
from aicontext.services.integrations.amazon_stream import CONTENT_TYPE, Frames
from aicontext.services.integrations.wire import Wire

_LONGEST = 4 * 2**20
"""Bytes of one event, or of an answer that is no stream, that are looked at."""

_TOO_LONG = f"what it used was not read: a part of the answer is over {_LONGEST >> 20} MiB"

_TAIL = 64 * 2**10
"""Bytes that are kept of a longer answer: the usage stands near its end."""

_MARKS = {Wire.GEMINI: b'"usageMetadata"', Wire.OLLAMA: b'"eval_count"'}
ITEM_DONE = b'"response.output_item.done"'
"""The type of an event that holds a whole item of an answer."""

_ID = b'"call_id"'
_TIER = re.compile(rb'"service_tier"\s*:\s*"(\w{1,32})"')
_CODINGS = {"": None, "identity": None, "gzip": 31, "x-gzip": 31, "deflate": 15}
_JSON = json.JSONDecoder()


class Meter:
    """Reads the usage from an answer given to it in pieces, cut anywhere. Never raises.

    content_type, coding: of the answer; tier: as its head names it, if it does. Only pieces that
    hold the word are parsed. calls: of tools, in protocols whose next request may leave them out.
    trouble: why the answer, or the rest of it, is not read.
    """

    def __init__(self, wire: Wire, content_type: str, coding: str = "", tier: str = "") -> None:
        self._wire = wire
        self._mark = _MARKS.get(wire, b'"usage"')
        self._frames = Frames() if content_type == CONTENT_TYPE else None
        self._lines = "event-stream" in content_type or "ndjson" in content_type
        self._lines = self._lines or self._frames is not None
        self.calls: list[Message] = []
        self._calls = wire is Wire.RESPONSES
        known = coding in _CODINGS
        self.trouble = "" if known else f"what it used is in the coding {coding[:20]!r}"
        bits = _CODINGS.get(coding)
        self._inflate = zlib.decompressobj(bits) if bits else None
        self._rest = bytearray()
        self._found: dict[str, Any] = {}
        self._tier = tier

    def feed(self, piece: bytes) -> None:
        """The next bytes of the answer's body."""
        if self.trouble:
            return
        if self._inflate is not None:
            piece = self._inflated(piece)
        if self._frames is not None:
            piece = self._unframed(self._frames, piece)
        if self._lines:
            self._feed_lines(piece)
        else:
            self._rest += piece
            if len(self._rest) > _LONGEST:
                del self._rest[:-_TAIL]

    def billed(self) -> Billed | None:
        """What was reported; None where nothing was."""
        if self._rest:
            whole = bytes(self._rest)
            self._rest.clear()
            self._read(whole)
            if self._calls and not self._lines:
                self._note(whole)
        if _impossible(self._found):
            self.trouble = "what it used is reported in impossible numbers"
            return None
        return _billed(self._wire, self._found) if self._found else None

    @property
    def tier(self) -> Tier:
        """In which the call was answered, as the answer says; after `billed`."""
        if self._found.get("speed") == Tier.FAST:
            return Tier.FAST
        return Tier.named(self._found.get("service_tier") or self._tier)

    @property
    def region(self) -> str:
        """That the call was held to, as the answer says; after `billed`."""
        region = self._found.get("inference_geo")
        return region if isinstance(region, str) else ""

    def _inflated(self, piece: bytes) -> bytes:
        assert self._inflate is not None
        try:
            plain = self._inflate.decompress(piece, _LONGEST)
        except zlib.error:
            self.trouble = "the answer is not in its coding"
            return b""
        if self._inflate.unconsumed_tail:
            self.trouble = _TOO_LONG
        return plain

    def _unframed(self, frames: Frames, piece: bytes) -> bytes:
        try:
            return frames.feed(piece)
        except ValueError:
            self.trouble = "the answer is not in frames as it says"
            return b""

    def _note(self, text: bytes) -> None:
        """Takes the calls that an event, or a whole answer, holds."""
        found = _value(text[text.find(b"{") :])
        if not isinstance(found, dict):
            return
        response = found.get("response")
        answer = response if isinstance(response, dict) else found
        items = answer.get("output")
        items = items if isinstance(items, list) else []
        self.calls += filter(None, map(_call, [found.get("item"), *items]))

    def _feed_lines(self, piece: bytes) -> None:
        end = piece.rfind(b"\n") + 1
        if not end:
            self._rest += piece
            if len(self._rest) > _LONGEST:
                self._rest.clear()
                self.trouble = _TOO_LONG
            return
        if self._rest:
            self._rest += piece[:end]
            whole: bytes | bytearray = self._rest
            self._rest = bytearray(piece[end:])
        else:
            whole = piece[:end]
            self._rest += piece[end:]
        if self._mark in whole:
            for line in whole[: len(whole)].split(b"\n"):
                if self._mark in line:
                    self._read(bytes(line))
        if self._calls and ITEM_DONE in whole:
            for line in whole[: len(whole)].split(b"\n"):
                if ITEM_DONE in line and _ID in line:
                    self._note(bytes(line))

    def _read(self, text: bytes) -> None:
        """Takes the last usage in `text`. In JSON the mark, quotes and all, can only be a key."""
        if self._wire is Wire.OLLAMA:
            self._take(_value(text[text.find(b"{") :]))
            return
        at = len(text)
        for _ in range(8):
            at = text.rfind(self._mark, 0, at)
            if at < 0:
                return
            if self._take(_value(text[at + len(self._mark) :].lstrip(b" \t\r\n:"))):
                self._tier = _tier(text) or self._tier
                return

    def _take(self, usage: object) -> bool:
        """Counts that come later stand in place of earlier ones."""
        if not isinstance(usage, dict) or not _COUNTS & usage.keys():
            return False
        self._found.update((key, value) for key, value in usage.items() if value is not None)
        return True


def _tier(text: bytes) -> str:
    """Beside the usage, not in it. As with the mark, this can only be a key."""
    found = _TIER.findall(text) if b'"service_tier"' in text else ()
    return found[-1].decode() if found else ""


def _call(item: object) -> Message | None:
    """A tool call among the items of an answer of the Responses API."""
    if not isinstance(item, dict) or not str(item.get("type")).endswith("_call"):
        return None
    name, call_id = item.get("name") or item["type"].removesuffix("_call"), item.get("call_id")
    given = next((item[key] for key in ("arguments", "input", "action") if item.get(key)), "")
    if not (isinstance(name, str) and isinstance(call_id, str) and call_id):
        return None
    text = given if isinstance(given, str) else json.dumps(given)
    return Message(Role.TOOL_CALL, text, name, call_id)


_COUNTS = {
    "input_tokens",
    "output_tokens",
    "prompt_tokens",
    "completion_tokens",
    "promptTokenCount",
    "totalTokenCount",
    "prompt_eval_count",
    "eval_count",
}


def _value(text: bytes) -> object:
    try:
        value: object = _JSON.raw_decode(text.decode("utf-8", "replace"))[0]
    except (ValueError, RecursionError):
        return None
    return value


def _billed(wire: Wire, usage: Mapping[str, Any]) -> Billed:
    """Providers differ in whether their input includes what was read from the cache."""
    if wire is Wire.ANTHROPIC:
        return of_anthropic(usage)
    if wire is Wire.GEMINI:
        read = _count(usage, "cachedContentTokenCount")
        given = _count(usage, "promptTokenCount") + _count(usage, "toolUsePromptTokenCount")
        made = _count(usage, "candidatesTokenCount") + _count(usage, "thoughtsTokenCount")
        return Billed(max(given - read, 0), read, output=made)
    if wire is Wire.OLLAMA:
        made = _count(usage, "eval_count")
        return Billed(_count(usage, "prompt_eval_count"), output=made)
    kind = "input" if "input_tokens" in usage else "prompt"
    details = usage.get(f"{kind}_tokens_details")
    details = details if isinstance(details, dict) else {}
    given = _count(usage, f"{kind}_tokens")
    read = _count(details, "cached_tokens") or _count(usage, "prompt_cache_hit_tokens")
    written = _count(details, "cache_write_tokens")
    made = _count(usage, "output_tokens") or _count(usage, "completion_tokens")
    details = usage.get("completion_tokens_details")
    thought = _count(details, "reasoning_tokens") if isinstance(details, dict) else 0
    if thought and _count(usage, "total_tokens") == given + made + thought:
        made += thought  # xAI counts it beside the answer, others within.
    return Billed(max(given - read - written, 0), read, written, output=made)


def _impossible(usage: Mapping[str, Any]) -> bool:
    """Whether a count of tokens is below nothing, or larger than any call."""
    inner = (value for value in usage.values() if isinstance(value, dict))
    return any(
        isinstance(value, int | float)
        and key.lower().endswith(("tokens", "count"))
        and not 0 <= value <= MOST
        for counts in (usage, *inner)
        for key, value in counts.items()
    )


def _count(usage: Mapping[str, Any], key: str) -> int:
    value = usage.get(key)
    return value if isinstance(value, int) and value > 0 else 0
