"""Only to configured hosts and never to a private address (G24)."""

import asyncio
import socket
from typing import Any

import pytest

from bookplate.catalog.metadata import addresses
from bookplate.catalog.metadata.errors import Unusable

HOSTS = ["books.example", ".archive.example", "127.0.0.1:8080"]


PRIVATE = """127.0.0.1 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255
240.0.0.1 ::1 :: fe80::1 fe80::1%eth0 fc00::1 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 2002:7f00:1:: 2002:a00:1::
64:ff9b::7f00:1 64:ff9b::a00:1 2001:0:4136:e378:8000:63bf:f5ff:fffe 2001:db8::1 192.0.2.1"""
PUBLIC = "93.184.215.14 207.241.224.2 2606:2800:21f:cb07:6820:80da:af6b:8b2c"


@pytest.mark.parametrize("number", PRIVATE.split())
def test_a_private_address_is_known_as_one(number: str) -> None:
    assert not addresses.is_public(number)


@pytest.mark.parametrize("number", PUBLIC.split())
def test_a_public_address_is_known_as_one(number: str) -> None:
    assert addresses.is_public(number)


@pytest.mark.parametrize(
    "address",
    [
        "https://other.example/",
        "https://books.example.other.example/",
        "https://books.example:8443/",
        "http://books.example/",
        "https://books.example@other.example/",
        "https://other.example#@books.example/",
        "https://archive.example/",
        "https://xarchive.example/",
        "https://a@b.archive.example/",
        "http://127.0.0.1:8080/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://books.example:x/",
        "file:///etc/passwd",
        "ftp://books.example/",
        "//books.example/",
        "/etc/passwd",
        "",
    ],
)
def test_nothing_but_the_hosts_of_a_source_is_asked(address: str) -> None:
    with pytest.raises(Unusable):
        addresses.place(address, HOSTS)


def test_a_host_of_a_source_is_asked_for_what_the_address_says() -> None:
    found = addresses.place("https://Books.Example/a b?q=é#x", HOSTS)

    assert found == addresses.Place("books.example", 443, True, "/a%20b?q=%C3%A9")
    assert addresses.place("https://ia8.us.archive.example", HOSTS).name == "ia8.us.archive.example"


def resolves_to(*numbers: str) -> Any:
    return lambda *args, **options: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, 443)) for number in numbers]


async def test_a_name_that_resolves_to_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolves_to("127.0.0.1", "::1"))

    with pytest.raises(Unusable, match="private"):
        await addresses.resolved("books.example", 443)


async def test_only_the_public_ones_of_its_addresses_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolves_to("10.0.0.1", "93.184.215.14", "93.184.215.14"))

    assert await addresses.resolved("books.example", 443) == ["93.184.215.14"]


async def test_a_name_that_nobody_knows_is_no_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: Any, **options: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    with pytest.raises(Unusable, match="not known"):
        await asyncio.wait_for(addresses.resolved("books.example", 443), 5)
