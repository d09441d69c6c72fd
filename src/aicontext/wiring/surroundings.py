"""What is around a command: its terminal, the proxy that runs, the programs that speak to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aicontext import settings as environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def draws() -> bool:
    """Whether the terminal can draw over what it showed."""
    return environment.draws()


def colours() -> bool:
    """Whether the terminal takes colours, and they are wanted."""
    return environment.colours()


def proxy_health(given: Mapping[str, str] | None = None) -> dict[str, Any] | None:
    """What the proxy that runs where the settings say tells of itself; None: none answers."""
    from aicontext.client.proxy import health

    chosen = environment.load(given)
    return health(chosen.host, chosen.port, chosen.token)


def proxy_address(given: Mapping[str, str] | None = None) -> tuple[str, str]:
    """(address, token) of the proxy that the settings speak of, whether it runs or not."""
    chosen = environment.load(given)
    host = f"[{chosen.host}]" if ":" in chosen.host else chosen.host
    return f"http://{host}:{chosen.port}", chosen.token


def gateways(names: Iterable[str]) -> dict[str, str]:
    """Those of the variables that hold the address of a provider or gateway; not of our proxy."""
    from aicontext.client.proxy import is_ours

    found = environment.addresses(names)
    ours = {address for address in set(found.values()) if is_ours(address)}
    return {name: address for name, address in found.items() if address not in ours}


def child_environment(
    added: Mapping[str, str], defaults: Mapping[str, str] | None = None
) -> dict[str, str]:
    """This process's environment with `added`, and `defaults` where it has none of that name, for a
    program that it starts."""
    return environment.child_environment(added, defaults or {})
