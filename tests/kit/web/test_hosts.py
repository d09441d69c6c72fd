import pytest

from aicontext.kit.web.hosts import reached


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("127.0.0.1", "127.0.0.1:80"),
        ("localhost", "localhost:80"),
        ("192.168.1.5", "192.168.1.5:80"),
        ("0.0.0.0", "127.0.0.1:80"),
        ("::", "[::1]:80"),
        ("fe80::1", "[fe80::1]:80"),
    ],
)
def test_what_listens_everywhere_is_reached_on_this_machine(host: str, found: str) -> None:
    assert reached(host, 80) == found
