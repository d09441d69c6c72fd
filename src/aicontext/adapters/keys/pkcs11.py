"""A master key in a hardware security module, or what speaks its interface, PKCS#11."""

from __future__ import annotations

import asyncio
import secrets
from functools import cache
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pkcs11
from pkcs11 import Attribute, GCMParams, Mechanism, ObjectClass, PKCS11Error
from pkcs11.exceptions import (
    ArgumentsBad,
    DataLenRange,
    EncryptedDataInvalid,
    EncryptedDataLenRange,
    GeneralError,
)

from aicontext.domain.errors import InvalidInput, Unavailable

_NONCE, _TAG_BITS = 12, 128

_REFUSED = (ArgumentsBad, DataLenRange, EncryptedDataInvalid, EncryptedDataLenRange, GeneralError)
"""What modules say of a text that was changed; SoftHSM knows the last alone."""


class Pkcs11Keys:
    """Seals with AES-256-GCM in the module. Of keys with the same label the one of the greatest id
    is the newest; what it sealed starts with that id, so a key is rotated by making another.

    address: pkcs11://TOKEN/LABEL?module=/PATH/OF/THE/LIBRARY.so. pin: of the token's user. Raises
    InvalidInput for an address that is none.
    """

    def __init__(self, address: str, pin: str) -> None:
        parts = urlsplit(address)
        (module,) = parse_qs(parts.query).get("module", [""])
        self._token, self._label = unquote(parts.netloc), unquote(parts.path.strip("/"))
        if not (self._token and self._label and module):
            raise InvalidInput(
                "The master key's address is none.",
                hint="Give pkcs11://TOKEN/LABEL?module=/PATH/OF/THE/LIBRARY.so.",
            )
        self._place = module, self._token, pin

    async def seal(self, key: bytes, about: str) -> bytes:
        return await asyncio.to_thread(self._seal, key, about)

    async def open(self, sealed: bytes, about: str) -> bytes:
        return await asyncio.to_thread(self._open, sealed, about)

    async def close(self) -> None: ...

    def _seal(self, key: bytes, about: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        try:
            session, lock = _session(*self._place)
            with lock:
                found: list[Any] = list(session.get_objects(self._named()))
                if not found:
                    raise _unavailable(f"it has no key {self._label}")
                newest = max(found, key=lambda one: bytes(one.id))
                sealed = bytes(newest.encrypt(key, **_gcm(nonce, about)))
                return bytes((len(newest.id),)) + bytes(newest.id) + nonce + sealed
        except PKCS11Error as error:
            raise _unavailable(type(error).__name__) from None

    def _open(self, sealed: bytes, about: str) -> bytes:
        size = sealed[0] if sealed else 0
        own, rest = sealed[1 : 1 + size], sealed[1 + size :]
        try:
            session, lock = _session(*self._place)
            with lock:
                wanted = self._named() | {Attribute.ID: own}
                found: list[Any] = list(session.get_objects(wanted))
                if not found:
                    raise InvalidInput(
                        "The master key of this content is not in the module.",
                        hint="Give the module and the token that have it in AICONTEXT_KEYS.",
                    )
                gcm = _gcm(rest[:_NONCE], about)
                return bytes(found[0].decrypt(rest[_NONCE:], **gcm))
        except _REFUSED:
            raise InvalidInput("A sealed key was changed, or is another's.") from None
        except PKCS11Error as error:
            raise _unavailable(type(error).__name__) from None

    def _named(self) -> dict[Attribute, Any]:
        return {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: self._label}


@cache
def _session(module: str, token: str, pin: str) -> tuple[pkcs11.Session, Lock]:
    """One for the whole process, as is the user's login to a token."""
    return pkcs11.lib(module).get_token(token_label=token).open(user_pin=pin), Lock()


def _gcm(nonce: bytes, about: str) -> dict[str, Any]:
    parameters = GCMParams(nonce, about.encode(), _TAG_BITS)
    return {"mechanism": Mechanism.AES_GCM, "mechanism_param": parameters}


def _unavailable(why: str) -> Unavailable:
    return Unavailable(
        f"The security module gave no answer ({why}).",
        hint="Look at the module's path, the token, its key and AICONTEXT_PKCS11_PIN.",
    )
