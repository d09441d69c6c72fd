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


@pytest.mark.parametrize("secret", [AWS, GITHUB, ANTHROPIC, PEM, "A_SECRET=wJalr/UtnFEMIK7"])
def test_a_line_of_a_string_of_json_is_a_line(secret: str) -> None:
    arguments = json.dumps({"command": f"cat .env\n{secret}\n"})
    message = {"content": f"first\n{secret}\n\ud800 last", "arguments": arguments, "n": [1.50]}
    masked, found = DetectSecrets().mask(json.dumps(message).replace("1.5", "1.50"))
    assert secret.removeprefix("A_SECRET=")[:30] not in masked
    assert sum(found.values()) == 2
    assert '"n": [1.50]' in masked
    said = json.loads(masked)
    assert said["content"].startswith("first\n")
    assert said["content"].endswith("\n\ud800 last")
    assert json.loads(said["arguments"])["command"].startswith("cat .env\n")


def test_strings_without_a_secret_stay_as_they_are_written() -> None:
    text = r'{"a": "caf\u00e9 \/ \ud800", "b": "\x no json", "c": "cut \n'
    assert DetectSecrets().mask(text) == (text, {})


def test_variables_named_as_secrets_are_masked() -> None:
    text = "export DB_PASSWORD=hunter2hunter2\nAWS_SECRET_ACCESS_KEY='wJalr/UtnFEMI+K7'\n"
    kept = "MAX_TOKENS=100000\nOLDPWD=/home/ann\nTOKEN=${TOKEN_OF_CI}\nAPI_KEY=required\n"
    masked, found = DetectSecrets().mask(text + kept)
    assert masked == (
        "export DB_PASSWORD=[redacted: Secret Variable]\n"
        f"AWS_SECRET_ACCESS_KEY='[redacted: Secret Variable]'\n{kept}"
    )
    assert found == {"Secret Variable": 2}


@pytest.mark.parametrize("text", ["", "plain text\r\n", "\0\ud800", "x" * 100_000, "a b " * 50_000])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert DetectSecrets().mask(text) == (text, {})


def test_a_comment_in_the_text_hides_no_secret() -> None:
    masked, _ = DetectSecrets().mask(f"key {AWS}  # pragma: allowlist secret\n")
    assert AWS not in masked
