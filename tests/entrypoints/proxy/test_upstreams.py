"""What is no address of an upstream, told at the start."""

import asyncio
from typing import Any

import pytest

from aicontext.domain.errors import InvalidInput
from aicontext.domain.proxy import ProxyOptions
from aicontext.entrypoints.proxy.upstreams import Upstreams
from aicontext.kit.clock import CLOCK


def opened(**options: Any) -> None:
    async def scenario() -> None:
        await Upstreams(ProxyOptions(**options), CLOCK).close()

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "address",
    [
        "ftp://host",
        "https://",
        "https://host:99999",
        "https://host:0",
        "https://host:port",
        "https://[::1",
        "https://ann:secret@host",
        "https://:secret@host",
        "https://host/path?version=1",
        "https://host#part",
    ],
)
def test_an_address_that_no_target_can_be_joined_to_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput, match="'azure' has no usable address") as refused:
        opened(upstreams={"azure": address})
    assert "secret" not in str(refused.value)


def test_a_fallback_has_to_be_an_upstream() -> None:
    known = {"anthropic": "https://host/base", "spare": "http://[::1]:8080"}
    opened(upstreams=known, fallbacks={"anthropic": "spare"})
    for wrong in ({"anthropic": "spere"}, {"antropic": "spare"}):
        with pytest.raises(InvalidInput, match="which is no upstream"):
            opened(upstreams=known, fallbacks=wrong)
