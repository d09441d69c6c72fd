"""What is a key or a password, and what only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aicontext.engine.detect.secrets import MASK, keys, without_passwords

LONG = "a1B2c3D4e5F6g7H8" * 3


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("id = AKIA" + "ABCDEFGH12345678", "AWS Access Key"),
        ("ghp_" + LONG[:36], "GitHub Token"),
        ("glpat-" + LONG[:20], "GitLab Token"),
        ("AIza" + LONG[:35], "Google API Key"),
        ("sk-ant-api03-" + LONG, "Anthropic API Key"),
        ("sk-proj-" + LONG[:24] + "T3BlbkFJ" + LONG[:24], "OpenAI API Key"),
        ("xoxb-123456789012-" + LONG[:24], "Slack Token"),
        ("sk_live_" + LONG[:24], "Stripe API Key"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMII", "Private Key"),
        ("-----BEGIN PRIVATE KEY-----", "Private Key"),
    ],
)
def test_keys_are_known_by_their_shapes(text: str, kind: str) -> None:
    assert list(keys(f"x {text} y")) == [kind]


@pytest.mark.parametrize(
    "text", ["sk-learn", "task-proj-list", "AIza", "-----BEGIN PUBLIC KEY-----", "ghp_short", ""]
)
def test_other_text_is_no_key(text: str) -> None:
    assert not list(keys(text))


@pytest.mark.parametrize(
    ("path", "text", "shown"),
    [
        ("a.py", "u = 'postgres://ada:hunter2@db/x'", f"u = 'postgres://ada:{MASK}@db/x'"),
        ("a.md", "redis://:pa55@h:1/0 and x", f"redis://:{MASK}@h:1/0 and x"),
        ("a.py", "f'https://{user}:{password}@{host}'", None),
        ("a.py", "https://example.org:8080/a@b", None),
        ("a.py", "git://github.com:owner/name", None),
        ("a.py", "password = 'hunter22'", None),
        (
            "a.yaml",
            "db:\n  password: hunter22\n  port: 1\n",
            f"db:\n  password: {MASK}\n  port: 1\n",
        ),
        (
            "a.json",
            '{\n  "api_key": "abcdef1",\n  "n": 1\n}',
            f'{{\n  "api_key": "{MASK}",\n  "n": 1\n}}',
        ),
        ("a.ini", "DB_PASSWORD=correct-horse\r\nx=1", f"DB_PASSWORD={MASK}\r\nx=1"),
        ("a.toml", "secret_key = 'abcdefgh' # ours", f"secret_key = '{MASK}' # ours"),
        ("a.yml", "password: ${DB_PASSWORD}\nsecret: null\n", None),
        ("a.yml", "password_reset: enabled\nmax_token: 4096123\n", None),
    ],
)
def test_passwords_are_masked_where_they_stand(path: str, text: str, shown: str | None) -> None:
    assert without_passwords(text, path) == (text if shown is None else shown)


@given(st.text(alphabet="pasword:=/@ \n'\"$a1", max_size=200), st.sampled_from(["a.py", "a.yml"]))
def test_lines_stay_lines(text: str, path: str) -> None:
    shown = without_passwords(text, path)
    assert shown.count("\n") == text.count("\n")
    assert without_passwords(shown, path) == shown
