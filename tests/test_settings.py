import pytest

from aicontext.domain.errors import InvalidInput
from aicontext.settings import Settings, load
from aicontext.wiring import models

URL, NAME = {"AICONTEXT_MODELS_URL": "https://a.example/v1"}, {"AICONTEXT_MODELS_NAME": "small"}


def test_nothing_needs_to_be_set() -> None:
    found = load({})
    assert isinstance(found, Settings)
    assert models(found) is None


@pytest.mark.parametrize("api", ["", "openai", "anthropic"])
def test_a_model_can_be_set(api: str) -> None:
    key = {"AICONTEXT_MODELS_KEY": "sk-secret", "AICONTEXT_MODELS_API": api}
    found = load({**URL, **NAME, **key, "AICONTEXT_MODELS_TIMEOUT": "7"})
    assert found.models_timeout == 7
    assert models(found) is not None
    assert "sk-secret" not in repr(found)


@pytest.mark.parametrize(
    "environment",
    [
        URL,
        {**NAME, "AICONTEXT_MODELS_URL": "a.example/v1"},
        {**NAME, "AICONTEXT_MODELS_URL": "file:///etc/passwd"},
        {**NAME, "AICONTEXT_MODELS_URL": "https://ada:sk-secret@a.example/"},
        {**NAME, "AICONTEXT_MODELS_URL": "https://a.example:99999/"},
        {**NAME, "AICONTEXT_MODELS_URL": "https://[a.example/"},
        {**NAME, "AICONTEXT_MODELS_URL": "https://a.example/x y"},
        {"AICONTEXT_MODELS_API": "gopher"},
        {"AICONTEXT_MODELS_KEY": "sk-secret\r\nX-Evil: 1"},
        {"AICONTEXT_MODELS_TIMEOUT": "0"},
        {"AICONTEXT_MODELS_TIMEOUT": "4000"},
        {"AICONTEXT_MODELS_TIMEOUT": "1.5"},
        {"AICONTEXT_ARCHIVE_BYTES": "²"},
    ],
)
def test_what_cannot_be_used_is_refused(environment: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        load(environment)
    assert "sk-secret" not in str(caught.value)
