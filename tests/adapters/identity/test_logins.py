"""Sign-ins in a file of their owner's."""

from pathlib import Path

import pytest

from aicontext.adapters.identity.logins import LoginsFile
from aicontext.domain.errors import Unavailable


def test_sign_ins_that_cannot_be_locked_are_told(tmp_path: Path) -> None:
    (tmp_path / "logins.lock").mkdir()
    with (
        pytest.raises(Unavailable, match="cannot be used"),
        LoginsFile(tmp_path / "logins.json").held(),
    ):
        pass
