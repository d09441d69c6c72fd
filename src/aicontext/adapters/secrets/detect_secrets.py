"""Secrets found by the detect-secrets library, by the shapes of known keys and by keyword.

Its entropy detectors are left out: in code they take hashes and identifiers for secrets. Its
finding of a private key is the first line only, so the whole PEM block is masked here.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from importlib import import_module
from typing import Any

from aicontext.domain.errors import MissingExtra
from aicontext.engine.detect.secrets import KEYS, variables

_WINDOW, _OVERLAP = 4000, 400
_PEM = re.compile(r"-----BEGIN ([A-Z ]{0,40}PRIVATE KEY)-----.{0,20000}?-----END \1-----", re.S)
_LEFT_OUT = {"Base64HighEntropyString", "HexHighEntropyString", "IPPublicDetector"}
_ALLOWLIST = "detect_secrets.filters.allowlist.is_line_allowlisted"
_NOTHING = re.compile(r"(?!)")
_SHORTEST = 6

_ESCAPED = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)++"', re.S)
"""A string of JSON that has an escape."""


class DetectSecrets:
    """The `redact` extra."""

    def mask(self, text: str) -> tuple[str, Mapping[str, int]]:
        found: Counter[str] = Counter()
        with _Library() as scan:
            masked = _masked(text, scan, found)
        return masked, +found


def _masked(text: str, scan: Any, found: Counter[str]) -> str:
    """found: counts what was masked."""

    def hide(kind: str, *_: object) -> str:
        found[kind] += 1
        return f"[redacted: {kind}]"

    if text.lstrip()[:1] in ("{", "["):
        text = _ESCAPED.sub(lambda literal: _inside(literal[0], scan, found), text)
    text = _PEM.sub(partial(hide, "Private Key"), text)
    for kind, shape in KEYS.items():
        text = shape.sub(partial(hide, kind), text)
    text = variables(text, partial(hide, "Secret Variable"))
    pieces = []
    for piece in _pieces(text):
        for secret in scan(piece):
            masked = f"[redacted: {secret.type}]"
            piece, times = _whole(secret.secret_value or "").subn(masked, piece)
            found[secret.type] += times
        pieces.append(piece)
    return "".join(pieces)


def _inside(literal: str, scan: Any, found: Counter[str]) -> str:
    """A string of JSON with what it says masked: where it is escaped, a key that begins a line
    stands behind a letter, and a line is none. What holds no secret stays byte for byte."""
    try:
        said = json.loads(literal)
    except ValueError:
        return literal
    masked = _masked(said, scan, found)
    return literal if masked == said else json.dumps(masked, ensure_ascii=literal.isascii())


def _whole(value: str) -> re.Pattern[str]:
    """Matches a finding: some detectors give only the prefix of a token, such as `ghp`."""
    tail = r"[\w-]{8,}" if len(value) < _SHORTEST else r"[\w-]*"
    return re.compile(re.escape(value) + tail) if value else _NOTHING


def _pieces(text: str) -> Iterator[str]:
    """The text in lines, and long lines in windows, so that work per piece is bounded."""
    for line in text.splitlines(keepends=True):
        while len(line) > _WINDOW + _OVERLAP:
            cut = line.rfind(" ", _WINDOW - _OVERLAP, _WINDOW) + 1 or _WINDOW
            yield line[:cut]
            line = line[cut:]
        yield line


class _Library:
    """The library's scanner of single lines, under our choice of detectors."""

    def __enter__(self) -> Any:
        try:
            settings = import_module("detect_secrets.settings")
            plugins = import_module("detect_secrets.core.plugins.util")
            scan = import_module("detect_secrets.core.scan")
        except ImportError:
            raise MissingExtra(
                "Masking secrets needs the detect-secrets library.",
                hint='Install it: pip install "ai-context-platform[redact]".',
            ) from None
        known = (kind.__name__ for kind in plugins.get_mapping_from_secret_type_to_class().values())
        self._settings = settings.transient_settings(
            {"plugins_used": [{"name": name} for name in known if name not in _LEFT_OUT]}
        )
        self._settings.__enter__()
        # A comment in the text must not decide what is a secret.
        settings.get_settings().disable_filters(_ALLOWLIST)
        return scan.scan_line

    def __exit__(self, *error: object) -> None:
        self._settings.__exit__(*error)
