"""Where a request came from that others passed on."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Network = IPv4Network | IPv6Network


def origin(peer: str, passed_on: str, trusted: Sequence[Network]) -> str:
    """The last address that no trusted one passed on. peer: the other end of the connection.
    passed_on: what X-Forwarded-For says, all fields with commas between; what stands in front of an
    untrusted address may be made up."""
    found = peer
    for one in reversed(passed_on.split(",")):
        if not _among(found, trusted) or _read(one.strip()) is None:
            break
        found = one.strip()
    return found


def _among(address: str, networks: Sequence[Network]) -> bool:
    found = _read(address)
    return found is not None and any(found in one for one in networks)


def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
