from ipaddress import ip_network

import pytest

from aicontext.kit.web.forwarded import origin

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("::1/128"))


@pytest.mark.parametrize(
    ("peer", "told", "found"),
    [
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "127.0.0.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("::ffff:10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("::1", "10.1.1.1,10.2.2.2", "10.1.1.1"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, nonsense, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "198.51.100.1:80", "10.0.0.1"),
        ("", "198.51.100.1", ""),
    ],
)
def test_the_last_address_that_no_trusted_one_passed_on(peer, told, found) -> None:
    assert origin(peer, told, TRUSTED) == found


def test_without_trusted_ones_nothing_is_believed() -> None:
    assert origin("127.0.0.1", "198.51.100.1", ()) == "127.0.0.1"
