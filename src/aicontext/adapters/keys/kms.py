"""A master key that AWS KMS keeps, or what speaks its protocol."""

from __future__ import annotations

import asyncio
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from aicontext.domain.errors import InvalidInput, Unavailable

_PATIENCE = 5.0
"""Seconds that an answer may take, each of three times."""

_REFUSED = {"InvalidCiphertextException", "IncorrectKeyException", "DisabledException"}


class KmsKeys:
    """key: its id, alias or ARN; KMS itself rotates what is behind it. region, address: where it
    is; without them AWS' environment says so, as it does for the credentials."""

    def __init__(self, key: str, region: str | None = None, address: str | None = None) -> None:
        self._key = key
        self._client: Any = boto3.client(
            "kms",
            region_name=region,
            endpoint_url=address,
            config=Config(
                connect_timeout=_PATIENCE, read_timeout=_PATIENCE, retries={"max_attempts": 3}
            ),
        )

    async def seal(self, key: bytes, about: str) -> bytes:
        answer = await self._call("encrypt", about, KeyId=self._key, Plaintext=key)
        return bytes(answer["CiphertextBlob"])

    async def open(self, sealed: bytes, about: str) -> bytes:
        answer = await self._call("decrypt", about, KeyId=self._key, CiphertextBlob=sealed)
        return bytes(answer["Plaintext"])

    async def close(self) -> None:
        self._client.close()

    async def _call(self, name: str, about: str, **given: Any) -> dict[str, Any]:
        call = getattr(self._client, name)
        try:
            answer: dict[str, Any] = await asyncio.to_thread(
                lambda: call(EncryptionContext={"about": about}, **given)
            )
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in _REFUSED:
                raise InvalidInput(f"KMS refuses to open a key ({code}).") from None
            raise _unavailable(code) from None
        except BotoCoreError as error:
            raise _unavailable(type(error).__name__) from None
        return answer


def _unavailable(why: str) -> Unavailable:
    return Unavailable(
        f"KMS gave no answer ({why}).", hint="Look at the key, its policy and our credentials."
    )
