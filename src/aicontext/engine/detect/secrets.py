"""Keys by the shapes that their makers document, and passwords by where they stand.

Shapes of keys leave no doubt. A password has none: it is known by an address around it, or by its
name in a file of settings, so it is masked where it stands and the rest is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

MASK = "[redacted]"

KEYS: Mapping[str, re.Pattern[str]] = {
    "Private Key": re.compile(r"-----BEGIN (?:[A-Z]{1,20} ){0,3}PRIVATE KEY-----"),
    "AWS Access Key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "Anthropic API Key": re.compile(r"\bsk-ant-[a-z]{2,8}\d{2}-[\w-]{20,200}"),
    "OpenAI API Key": re.compile(r"\bsk-(?:proj-|svcacct-)?[\w-]{20,100}T3BlbkFJ[\w-]{20,100}"),
    "GitHub Token": re.compile(r"\b(?:gh[pousr]_[0-9A-Za-z]{36,200}|github_pat_\w{22,200})"),
    "GitLab Token": re.compile(r"\bglpat-[\w-]{20,60}"),
    "Google API Key": re.compile(r"\bAIza[\w-]{35}\b"),
    "Hugging Face Token": re.compile(r"\bhf_[A-Za-z]{34}\b"),
    "npm Token": re.compile(r"\bnpm_[0-9A-Za-z]{36}\b"),
    "PyPI Token": re.compile(r"\bpypi-AgEIcHlwaS5vcmc[\w-]{50,400}"),
    "SendGrid API Key": re.compile(r"\bSG\.[\w-]{22}\.[\w-]{43}\b"),
    "Slack Token": re.compile(r"\bxox[abeoprs]-(?:\d+-){1,4}[0-9A-Za-z]{16,64}"),
    "Stripe API Key": re.compile(r"\b[rs]k_live_[0-9A-Za-z]{24,100}"),
}
"""The start of a private key stands for all of it."""

_MARKS = (
    "AKIA",
    "ASIA",
    "sk-",
    "gh",
    "glpat-",
    "AIza",
    "hf_",
    "npm_",
    "pypi-",
    "SG.",
    "xox",
    "k_live",
)
_IN_ADDRESS = re.compile(r"(://[^\s/:@'\"`<>]{0,64}:)([^\s/@'\"`<>]{1,200})(?=@[\w\[])")
_NAMED = re.compile(
    r"""^(?P<before>[ \t-]*+["']?[\w.-]{0,60}
    (?:password|passwd|pwd|secret|secret_?key|api_?key|access_?key|auth_?token)
    ["']?[ \t]*[:=][ \t]*(?P<quote>["']?))
    (?P<value>[^\s"'#,;]{6,200})(?P=quote)(?=[ \t]*[,;#\r]?[^\n]{0,200}$)""",
    re.VERBOSE | re.MULTILINE | re.IGNORECASE,
)
_VARIABLE = re.compile(
    r"""^(?P<before>[ \t]*(?:export[ \t]+|ENV[ \t]+|-e[ \t]+)?[A-Z0-9_]{0,60}
    (?:PASSWORD|PASSWD|SECRET|TOKEN|(?:SECRET|API|ACCESS|PRIVATE|AUTH|ENCRYPTION)_KEY)
    =(?P<quote>["']?))(?P<value>[^\s"']{6,400})(?P=quote)(?=\s|$)""",
    re.VERBOSE | re.MULTILINE,
)
_STANDS_FOR = re.compile(r"[${<%*\[]|(?:true|false|null|none|undefined|required|optional)\Z", re.I)
"""Begins what is put in later, or says that there is none."""

_SETTINGS = (
    *(".cfg", ".cnf", ".conf", ".config", ".ini", ".json", ".json5"),
    *(".properties", ".toml", ".yaml", ".yml"),
)


def keys(text: str) -> Iterator[str]:
    """The kinds of keys that stand in the text."""
    if any(mark in text for mark in _MARKS) or "PRIVATE KEY" in text:
        yield from (kind for kind, shape in KEYS.items() if shape.search(text))


def without_passwords(text: str, path: str) -> str:
    """The text with MASK for each password in an address, and in a file of settings for what is
    called one. It has the same lines."""
    if "://" in text:
        text = _IN_ADDRESS.sub(lambda found: found[1] + _masked(found[2]), text)
    if path.lower().endswith(_SETTINGS):
        text = _NAMED.sub(
            lambda found: f"{found['before']}{_masked(found['value'])}{found['quote']}", text
        )
    return text


def variables(text: str, mask: Callable[[], str]) -> str:
    """The text with what `mask` gives for each value of an environment variable that is named as
    a secret, where a line sets it."""

    def masked(found: re.Match[str]) -> str:
        if _STANDS_FOR.match(found["value"]):
            return found[0]
        return f"{found['before']}{mask()}{found['quote']}"

    return _VARIABLE.sub(masked, text) if "=" in text else text


def _masked(value: str) -> str:
    return value if _STANDS_FOR.match(value) else MASK
