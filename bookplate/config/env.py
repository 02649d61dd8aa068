"""Read settings from environment variables, and say in a sentence what is wrong with one.

An empty variable counts as absent, as it does in most shells' and containers' files.
"""

import os
import re
from dataclasses import dataclass
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}
ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[1-9][0-9]*)?")
USUAL_PORTS = {"http": 80, "https": 443}
MAIL_PORTS = {"smtp": 587, "smtps": 465}


class WrongSetting(Exception):
    """A setting has a value that cannot be used; the text is for the person who set it."""


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def boolean(name: str, default: bool) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value not in TRUE | FALSE:
        raise WrongSetting(f"{name} must be true or false, not {value!r}.")
    return value in TRUE


def integer(name: str, default: int, *, least: int = 0, most: int = 2**31) -> int:
    value = text(name)
    if not value:
        return default
    if not re.fullmatch("[0-9]{1,20}", value) or not least <= int(value) <= most:
        raise WrongSetting(f"{name} must be a whole number from {least} to {most}, not {value!r}.")
    return int(value)


def words(name: str) -> list[str]:
    """Values separated by commas or spaces."""
    return text(name).replace(",", " ").split()


def hosts(name: str) -> list[str]:
    """Host names that requests may name, without scheme, port or path."""
    for host in words(name):
        if "/" in host or (":" in host and not host.startswith("[")):
            raise WrongSetting(f"{name} lists {host!r}; a host is a name alone, as in library.example.org.")
    return words(name)


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Networks of addresses; an address alone is one of its own."""
    try:
        return [ip_network(word) for word in words(name)]
    except ValueError:
        raise WrongSetting(
            f"{name} must list networks such as 192.168.1.0/24 or fd00::/8, not {text(name)!r}."
        ) from None


def folder(name: str, default: Path) -> Path:
    """An absolute folder, made if it is not there."""
    path = Path(text(name, str(default)))
    if not path.is_absolute():
        raise WrongSetting(f"{name} must be an absolute folder, not {str(path)!r}.")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WrongSetting(f"The folder {path} cannot be used: {error.strerror}. Set {name}.") from None
    return path


def time_zone(name: str, default: str) -> str:
    value = text(name)
    try:
        return ZoneInfo(value).key if value else default
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise WrongSetting(f"{name} must be a time zone such as Europe/Berlin, not {value!r}.") from None


def url(name: str, *schemes: str) -> str:
    """An address with one of `schemes`, or nothing."""
    value = text(name)
    if value and not _is_url(value, schemes):
        expected = " or ".join(f"{scheme}://" for scheme in schemes)
        raise WrongSetting(f"{name} must be an address that starts with {expected}.")
    return value


def database(name: str) -> str:
    """The address of a PostgreSQL database, or nothing."""
    value = url(name, "postgres", "postgresql")
    if value and not urlsplit(value).path.strip("/"):
        raise WrongSetting(f"{name} must end with the name of a database, as in postgres://user@host:5432/bookplate.")
    return value


def choice(name: str, default: str, *others: str) -> str:
    value = text(name, default).lower()
    if value not in (default, *others):
        raise WrongSetting(f"{name} must be one of {', '.join((default, *others))}, not {value!r}.")
    return value


def several(name: str, default: str, *others: str) -> list[str]:
    """Some of a few words, in the order given; "none" is none of them."""
    known = (default, *others)
    chosen = list(dict.fromkeys(word.lower() for word in words(name))) or [default]
    if chosen == ["none"]:
        return []
    for word in chosen:
        if word not in known:
            raise WrongSetting(f"{name} lists {word!r}; it may list {', '.join(known)}, or be none.")
    return chosen


def template(name: str, default: str, place: str) -> str:
    """An address with `place` in it, where something else will stand."""
    value = url(name, "https") or default
    if place not in value:
        raise WrongSetting(f"{name} must have {place} where the number is to stand.")
    return value


@dataclass(frozen=True)
class MailServer:
    """Where mails are handed over; without a host they are written to standard output."""

    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""
    starttls: bool = False
    tls: bool = False

    @property
    def backend(self) -> str:
        return f"django.core.mail.backends.{'smtp' if self.host else 'console'}.EmailBackend"


def mail(name: str) -> MailServer:
    """A mail server from `smtp://user:password@host:port?tls=true`, or `smtps://` for TLS from the first byte."""
    value = text(name)
    if not value:
        return MailServer()
    if not _is_url(value, ("smtp", "smtps")) or not _is_mail_server(urlsplit(value)):
        # Without the value: it holds a password.
        raise WrongSetting(f"{name} must look like smtp://user:password@mail.example.org:587?tls=true or smtps://….")
    parts = urlsplit(value)
    return MailServer(
        host=parts.hostname or "",
        port=parts.port or MAIL_PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starttls=dict(parse_qsl(parts.query)).get("tls") in TRUE,
        tls=parts.scheme == "smtps",
    )


def _is_mail_server(parts: SplitResult) -> bool:
    known = {"tls": TRUE | FALSE} if parts.scheme == "smtp" else {}
    options = parse_qsl(parts.query, keep_blank_values=True)
    understood = all(value in known.get(name, set()) for name, value in options)
    return bool(parts.hostname) and parts.path in ("", "/") and not parts.fragment and understood


def mail_address(name: str, default: str) -> str:
    """A mail address, perhaps with a name before it."""
    value = text(name, default)
    if not value.isprintable() or not re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(value)[1]):
        raise WrongSetting(f"{name} must be an address such as Our library <library@example.org>, not {value!r}.")
    return value


def of_child(place: Path) -> dict[str, str]:
    """Our own environment, for a Python process that is to find its packages in `place` too."""
    places = [str(place), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, places))}


def _is_url(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
        return value.startswith(tuple(f"{scheme}://" for scheme in schemes)) and (parts.port or 0) >= 0
    except ValueError:
        return False


def origins(name: str) -> list[str]:
    """Web origins (scheme, host, optional port; RFC 6454) that may call the API from a browser."""
    for origin in words(name):
        if not _is_origin(origin):
            raise WrongSetting(
                f"{name} lists {origin!r}; an origin looks like https://example.org or http://localhost:5173, "
                "as browsers write it: in lower case, without a path and without the usual port."
            )
    return words(name)


def origin(name: str) -> str:
    """One web origin, or nothing."""
    value = text(name).rstrip("/")
    if value and not _is_origin(value):
        raise WrongSetting(
            f"{name} must be an address such as https://library.example.org, in lower case and without a path, "
            f"not {value!r}."
        )
    return value


def _is_origin(value: str) -> bool:
    if not ORIGIN.fullmatch(value) or not _is_url(value, ("http", "https")):
        return False
    parts = urlsplit(value)
    return parts.port != USUAL_PORTS[parts.scheme]
