"""Passkeys, by py_webauthn."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import base64url_to_bytes, options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from aicontext.domain.errors import Unauthenticated
from aicontext.ports.access.factors import Passkey

_FAILS = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError)
"""What the library raises for answers that are not sound."""

_VERIFIED = UserVerificationRequirement.REQUIRED
"""The person proves themselves to the authenticator: what they have and what they know or are."""


class WebPasskeys:
    """url: of the platform; passkeys are good for its host, and from its pages alone."""

    def __init__(self, url: str, name: str) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._name = name

    def creation(
        self, challenge: bytes, user: str, name: str, known: Sequence[bytes]
    ) -> Mapping[str, Any]:
        return options_to_json_dict(
            webauthn.generate_registration_options(
                rp_id=self._host,
                rp_name=self._name,
                user_id=bytes.fromhex(user),
                user_name=name,
                challenge=challenge,
                exclude_credentials=_descriptors(known),
                authenticator_selection=AuthenticatorSelectionCriteria(
                    resident_key=ResidentKeyRequirement.PREFERRED, user_verification=_VERIFIED
                ),
            )
        )

    def created(self, answer: Mapping[str, Any], challenge: bytes) -> Passkey:
        try:
            found = webauthn.verify_registration_response(
                credential=dict(answer),
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except _FAILS:
            raise _refused() from None
        kept = {
            "id": b64encode(found.credential_id).decode(),
            "key": b64encode(found.credential_public_key).decode(),
        }
        return Passkey(found.credential_id, json.dumps(kept).encode(), found.sign_count)

    def request(self, challenge: bytes, known: Sequence[bytes]) -> Mapping[str, Any]:
        return options_to_json_dict(
            webauthn.generate_authentication_options(
                rp_id=self._host,
                challenge=challenge,
                allow_credentials=_descriptors(known),
                user_verification=_VERIFIED,
            )
        )

    def named(self, answer: Mapping[str, Any]) -> bytes:
        try:
            return base64url_to_bytes(answer["id"])
        except _FAILS:
            raise _refused() from None

    def shown(self, answer: Mapping[str, Any], challenge: bytes, passkey: Passkey) -> int:
        try:
            found = webauthn.verify_authentication_response(
                credential=dict(answer),
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                credential_public_key=b64decode(json.loads(passkey.kept)["key"]),
                credential_current_sign_count=passkey.counter,
                require_user_verification=True,
            )
        except _FAILS:
            raise _refused() from None
        return found.new_sign_count


def _descriptors(known: Sequence[bytes]) -> list[PublicKeyCredentialDescriptor]:
    ids = (b64decode(json.loads(kept)["id"]) for kept in known)
    return [PublicKeyCredentialDescriptor(id=one) for one in ids]


def _refused() -> Unauthenticated:
    return Unauthenticated("The passkey's answer is not sound.", hint="Try it once more.")
