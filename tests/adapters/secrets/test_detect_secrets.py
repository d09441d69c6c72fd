import json

import pytest

from aicontext.adapters.secrets.detect_secrets import DetectSecrets

# Put together here, so that no scanner takes this file for a leak.
AWS = "AKIA" + "IOSFODNN7EXAMPLF"
GITHUB = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
ANTHROPIC = "sk-ant-" + "api03-" + "a1B2c3D4e5" * 5
GITHUB_FINE = "github_" + "pat_" + "11ABCDEFG0" * 4
GOOGLE = "AI" + "za" + "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q"
PEM = "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEow" * 40 + "\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize("secret", [AWS, GITHUB, ANTHROPIC, GITHUB_FINE, GOOGLE, PEM])
def test_known_secrets_are_masked(secret: str) -> None:
    text, found = DetectSecrets().mask(f"before\nuse {secret} here\nafter\n")
    assert secret[:30] not in text
    assert "[redacted: " in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert sum(found.values()) == 1


def test_passwords_are_found_by_keyword() -> None:
    text, _ = DetectSecrets().mask('password = "correct-horse-battery"\n')
    assert "correct-horse" not in text


def test_masked_json_stays_json() -> None:
    masked, _ = DetectSecrets().mask(json.dumps({"log": f"key {AWS}\n{PEM}", "n": 1}))
    assert json.loads(masked)["n"] == 1
    assert AWS not in masked
    assert "MIIEow" not in masked


@pytest.mark.parametrize("text", ["", "plain text\r\n", "\0\ud800", "x" * 100_000, "a b " * 50_000])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert DetectSecrets().mask(text) == (text, {})


def test_a_comment_in_the_text_hides_no_secret() -> None:
    masked, _ = DetectSecrets().mask(f"key {AWS}  # pragma: allowlist secret\n")
    assert AWS not in masked
