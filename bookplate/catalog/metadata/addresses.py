"""Which hosts may be asked, and at which network addresses: public ones only, whatever a name resolves to today."""

import asyncio
import socket
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.encoding import iri_to_uri

from bookplate.catalog.metadata.errors import Unusable

PORTS = {"https": 443, "http": 80}
# A resolver that says nothing holds a thread for half a minute: these are for nothing else.
_resolvers = ThreadPoolExecutor(4, thread_name_prefix="dns")
# Networks that translate to IPv4 (RFC 6052): what is behind them counts.
_NAT64 = IPv6Network("64:ff9b::/96")


class Place(NamedTuple):
    """Where a request goes, and what it asks for there."""

    host: str
    port: int
    tls: bool
    target: str

    @property
    def name(self) -> str:
        """As `Host` has it."""
        return self.host if self.port == PORTS["https" if self.tls else "http"] else f"{self.host}:{self.port}"


def place(address: str, hosts: Collection[str]) -> Place:
    """Raises `Unusable` for what is not on one of `hosts`; one that begins with a dot is all hosts below it."""
    try:
        parts = urlsplit(iri_to_uri(address))
        tls, host = parts.scheme == "https", parts.hostname or ""
        found = Place(host, parts.port or PORTS.get(parts.scheme, 0), tls, parts.path or "/")
    except ValueError:
        raise Unusable("it sends to something that is no address") from None
    if "@" in parts.netloc or not _is_listed(found.name, hosts) or not (tls or _is_trusted(host)):
        raise Unusable(f"it sends to {host[:100] or 'no host'}, which is not one of its own")
    return found._replace(target=f"{found.target}?{parts.query}" if parts.query else found.target)


def _is_listed(name: str, hosts: Collection[str]) -> bool:
    return any(name == host or (host.startswith(".") and name.endswith(host)) for host in hosts)


async def resolved(host: str, port: int) -> list[str]:
    """The public network addresses of `host`; raises `Unusable` when there is none. Only these may be connected to."""
    look = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        found = await asyncio.get_running_loop().run_in_executor(_resolvers, look)
    except (OSError, UnicodeError):
        raise Unusable(f"the host {host} is not known") from None
    numbers = dict.fromkeys(str(info[4][0]) for info in found)
    if good := [number for number in numbers if is_public(number) or _is_trusted(number)]:
        return good
    raise Unusable(f"the host {host} is on a private network")


def is_public(number: str) -> bool:
    address = ip_address(number)
    inner = _embedded(address) if isinstance(address, IPv6Address) else None
    if inner:
        return is_public(str(inner))
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def _is_trusted(number: str) -> bool:
    return number in settings.METADATA_TRUSTED
