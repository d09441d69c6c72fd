"""SoftHSM, a security module in software, as the tests set it up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MODULE, PIN = "/usr/lib/softhsm/libsofthsm2.so", "1234"
_MAKE = """
import sys, pkcs11
module, pin, label, own = sys.argv[1:]
token = pkcs11.lib(module).get_token(token_label="ours")
with token.open(rw=True, user_pin=pin) as session:
    own = bytes.fromhex(own)
    session.generate_key(pkcs11.KeyType.AES, 256, label=label, id=own, store=True)
"""


class SoftHsm:
    """One token, `ours`, with no key. A process can use one folder of tokens."""

    def __init__(self, folder: Path) -> None:
        (folder / "tokens").mkdir()
        settings = folder / "softhsm2.conf"
        settings.write_text(f"directories.tokendir = {folder / 'tokens'}\n")
        self._patch = pytest.MonkeyPatch()
        self._patch.setenv("SOFTHSM2_CONF", str(settings))
        words = ["--init-token", "--free", "--label", "ours", "--pin", PIN, "--so-pin", "5678"]
        subprocess.run(["softhsm2-util", *words], check=True, capture_output=True)

    def address(self, label: str) -> str:
        return f"pkcs11://ours/{label}?module={MODULE}"

    def make(self, label: str, own: bytes) -> None:
        """A key of that label and id. In another process: a login is of all sessions of one."""
        words = [MODULE, PIN, label, own.hex()]
        subprocess.run([sys.executable, "-c", _MAKE, *words], check=True)

    def stop(self) -> None:
        self._patch.undo()
