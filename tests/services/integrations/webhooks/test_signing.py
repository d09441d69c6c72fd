"""Signatures, beside those of the reference library and of cryptography."""

import base64
import time
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from aicontext.domain.errors import InvalidInput, Refused
from aicontext.services.integrations.webhooks import signing

NOW = 1_800_000_000
BODY = '{"type":"run.done","data":{"note":"größer"}}'.encode()
ONE, TWO = signing.new_secret(b"1" * 32), signing.new_secret(b"2" * 24)
SIGNS, VERIFIES = signing.new_pair(b"3" * 32)


def test_what_we_sign_the_reference_verifies() -> None:
    now = int(time.time())
    headers = signing.signed((ONE, TWO), "msg_1", now, BODY)
    for secret in (ONE, TWO):
        assert Webhook(secret).verify(BODY, headers)["type"] == "run.done"
    with pytest.raises(WebhookVerificationError):
        Webhook(signing.new_secret(b"x" * 32)).verify(BODY, headers)


def test_what_the_reference_signs_we_verify() -> None:
    said = Webhook(ONE).sign("msg_1", datetime.fromtimestamp(NOW, UTC), BODY.decode())
    headers = {"Webhook-Id": "msg_1", "Webhook-Timestamp": str(NOW), "Webhook-Signature": said}
    assert signing.verified((TWO, ONE), headers, BODY, NOW) == ("msg_1", NOW)


def test_the_example_of_the_specification() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    headers = signing.signed(
        (secret,), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_ed25519_is_what_cryptography_makes_of_it() -> None:
    headers = signing.signed((SIGNS,), "msg_1", NOW, BODY)
    key = Ed25519PrivateKey.from_private_bytes(b"3" * 32)
    made = key.sign(b"msg_1.%d." % NOW + BODY)
    assert headers["webhook-signature"] == "v1a," + base64.b64encode(made).decode()
    assert signing.verified((VERIFIES,), headers, BODY, NOW)[0] == "msg_1"
    # Some keep the public half behind the private one.
    longer = "whsk_" + base64.b64encode(b"3" * 32 + key.public_key().public_bytes_raw()).decode()
    assert signing.signed((longer,), "msg_1", NOW, BODY) == headers


@pytest.mark.parametrize("secret", [ONE, VERIFIES])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook-id", "msg_2"),
        ("webhook-id", ""),
        ("webhook-timestamp", str(NOW + 1)),
        ("webhook-timestamp", str(NOW + 301)),
        ("webhook-timestamp", str(NOW - 301)),
        ("webhook-timestamp", "١٢٣"),
        ("webhook-timestamp", "1e9"),
        ("webhook-timestamp", "9" * 400),
        ("webhook-signature", ""),
        ("webhook-signature", "v1,"),
        ("webhook-signature", "v1a,!!"),
        ("webhook-signature", "v2,AAAA v1a,AAAA \ud800"),
    ],
)
def test_what_was_tampered_with_is_refused(secret: str, name: str, value: str) -> None:
    headers = signing.signed((ONE, SIGNS), "msg_1", NOW, BODY)
    assert signing.verified((secret,), headers, BODY, NOW)
    with pytest.raises(Refused):
        signing.verified((secret,), headers | {name: value}, BODY, NOW)
    with pytest.raises(Refused):
        signing.verified((secret,), headers, BODY + b" ", NOW)
    with pytest.raises(Refused):
        signing.verified((TWO, "whpk_" + base64.b64encode(b"4" * 32).decode()), headers, BODY, NOW)


@settings(max_examples=30)
@given(st.text(max_size=60), st.binary(max_size=60), st.text(max_size=80))
def test_nothing_but_a_secret_lets_anything_in(id_: str, body: bytes, signature: str) -> None:
    headers = {"webhook-id": id_, "webhook-timestamp": str(NOW), "webhook-signature": signature}
    with pytest.raises(Refused):
        signing.verified((ONE, VERIFIES), headers, body, NOW)


@pytest.mark.parametrize(
    "secret", ["", "abc", "whsec_", "whsec_c2hvcnQ=", "whpk_AAAA", SIGNS, "whsec_%"]
)
def test_what_verifies_nothing_is_no_secret(secret: str) -> None:
    with pytest.raises(InvalidInput):
        signing.check(secret)
