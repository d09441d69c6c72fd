"""Links that a person is given, to use once."""

from __future__ import annotations


def address_of(platform: str, page: str, link: str) -> str:
    """Where a link is used. platform: its address. page: setup, join or reset. link: its secret."""
    return f"{platform}/{page}?link={link}"
