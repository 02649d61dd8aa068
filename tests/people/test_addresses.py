"""Whom a request comes from: a client's own word about it is not believed (G6)."""

from typing import Any

import pytest

from bookplate.people.addresses import client_address

FORWARDED = "6.6.6.6, 203.0.113.9, 198.51.100.2"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, FORWARDED, "127.0.0.1"),
        (1, FORWARDED, "198.51.100.2"),
        (2, FORWARDED, "203.0.113.9"),
        (4, FORWARDED, "127.0.0.1"),
        (1, "", "127.0.0.1"),
        (1, "nonsense", None),
        (1, "2001:DB8::1", "2001:db8::1"),
        (1, None, "127.0.0.1"),
    ],
)
def test_only_our_own_proxies_are_believed(
    settings: Any, proxies: int, forwarded: str | None, expected: str | None
) -> None:
    settings.PROXIES = proxies
    meta = {"REMOTE_ADDR": "127.0.0.1"} | ({} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded})

    assert client_address(meta) == expected


@pytest.mark.parametrize("remote", ["", "unix:"])
def test_a_unix_socket_has_no_address(remote: str) -> None:
    assert client_address({"REMOTE_ADDR": remote}) is None
