"""Files that hold keys are not shown, whoever asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from aicontext.adapters.secrets.detect_secrets import DetectSecrets
from aicontext.adapters.trees.working_copy import WorkingCopy
from aicontext.domain.repository.trees import Skip, Text
from aicontext.services.context.repository.without_secrets import WithoutSecrets

TOKEN = "ghp_" + "a1B2c3D4e5F6" * 3


@pytest.fixture
def shown(tmp_path: Path) -> WithoutSecrets:
    return WithoutSecrets(WorkingCopy(tmp_path), DetectSecrets())


def test_a_file_with_a_key_is_not_shown(shown: WithoutSecrets, tmp_path: Path) -> None:
    (tmp_path / "deploy.py").write_text(f"import os\n\nTOKEN = '{TOKEN}'\n")
    assert shown.read("deploy.py") is Skip.SECRET
    assert shown.read("deploy.py") is Skip.SECRET


@pytest.mark.parametrize(
    "line", ["password = 'hunter2'", "def a_long_name_with_2_digits_in_it(): ...", ""]
)
def test_code_that_speaks_of_passwords_is_shown(
    shown: WithoutSecrets, tmp_path: Path, line: str
) -> None:
    (tmp_path / "a.py").write_text(line + "\n")
    found = shown.read("a.py")
    assert isinstance(found, Text)
    assert found.text == line + "\n"


def test_passwords_are_masked_in_what_is_shown(shown: WithoutSecrets, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("url: amqp://app:hunter2@mq\npassword: correct-horse\n")
    found = shown.read("a.yaml")
    assert isinstance(found, Text)
    assert found.text == "url: amqp://app:[redacted]@mq\npassword: [redacted]\n"
