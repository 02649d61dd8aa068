"""Each reader of an environment variable: what it takes, and the sentence for what it doesn't."""

from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from bookplate.config import env
from bookplate.config.env import MailServer, WrongSetting

NAME = "BOOKPLATE_X"
Reader = Callable[[], Any]


def boolean() -> bool:
    return env.boolean(NAME, True)


def integer() -> int:
    return env.integer(NAME, 7, least=1, most=365)


def time_zone() -> str:
    return env.time_zone(NAME, "UTC")


def url() -> str:
    return env.url(NAME, "postgres", "postgresql")


def origins() -> list[str]:
    return env.origins(NAME)


def choice() -> str:
    return env.choice(NAME, "invitation", "open", "closed")


def mail() -> MailServer:
    return env.mail(NAME)


def mail_address() -> str:
    return env.mail_address(NAME, "bookplate@localhost")


ABSENT: list[tuple[Reader, Any]] = [
    (lambda: env.text(NAME), ""),
    (lambda: env.text(NAME, "Bookplate"), "Bookplate"),
    (boolean, True),
    (lambda: env.boolean(NAME, False), False),
    (integer, 7),
    (lambda: env.words(NAME), []),
    (lambda: env.networks(NAME), []),
    (time_zone, "UTC"),
    (url, ""),
    (lambda: env.database(NAME), ""),
    (origins, []),
    (lambda: env.origin(NAME), ""),
    (choice, "invitation"),
    (mail, MailServer()),
    (mail_address, "bookplate@localhost"),
]


@pytest.mark.parametrize("value", [None, "", "  "])
@pytest.mark.parametrize(("reader", "default"), ABSENT)
def test_an_absent_or_empty_one_is_the_default(
    monkeypatch: pytest.MonkeyPatch, reader: Reader, default: Any, value: str | None
) -> None:
    monkeypatch.delenv(NAME, raising=False)
    if value is not None:
        monkeypatch.setenv(NAME, value)

    assert reader() == default


GOOD: list[tuple[Reader, str, Any]] = [
    (lambda: env.text(NAME, "Bookplate"), "  The Library  ", "The Library"),
    *((boolean, value, False) for value in ("0", "false", "False", "NO", "off", " off ")),
    *((lambda: env.boolean(NAME, False), value, True) for value in ("1", "true", "TRUE", "Yes", "on")),
    *((integer, value, int(value)) for value in ("1", "21", " 365 ", "007")),
    (lambda: env.integer(NAME, 7), "0", 0),
    (lambda: env.words(NAME), "a,b c,  d ,", ["a", "b", "c", "d"]),
    (lambda: env.networks(NAME), "10.0.0.0/8 ::1", [ip_network("10.0.0.0/8"), ip_network("::1/128")]),
    *((time_zone, value, value) for value in ("Europe/Berlin", "America/Argentina/Buenos_Aires", "UTC")),
    (url, "postgres://app@127.0.0.1:5432/books", "postgres://app@127.0.0.1:5432/books"),
    (url, "postgresql:///books", "postgresql:///books"),
    (url, "postgres://u:p%40ss@[::1]/b?sslmode=require", "postgres://u:p%40ss@[::1]/b?sslmode=require"),
    (lambda: env.database(NAME), "postgres:///books", "postgres:///books"),
    (origins, "https://app.example.org", ["https://app.example.org"]),
    (origins, "http://localhost:5173, http://127.0.0.1:3000", ["http://localhost:5173", "http://127.0.0.1:3000"]),
    (
        origins,
        "http://[::1]:8000 https://xn--bcher-kva.example",
        ["http://[::1]:8000", "https://xn--bcher-kva.example"],
    ),
    (origins, "http://example.org:443 https://example.org:80", ["http://example.org:443", "https://example.org:80"]),
    (lambda: env.origin(NAME), "https://books.example.org:8443/", "https://books.example.org:8443"),
    *((choice, value, value.lower()) for value in ("open", "Closed", "invitation")),
    (mail, "smtp://localhost", MailServer("localhost", 587)),
    (mail, "smtp://u:p@[::1]:25/?tls=yes", MailServer("::1", 25, "u", "p", starttls=True)),
    (mail, "smtp://m.example.org?tls=0", MailServer("m.example.org", 587)),
    (mail, "smtps://u%40e.org:p%2Fw@m.example.org", MailServer("m.example.org", 465, "u@e.org", "p/w", tls=True)),
    (mail_address, "library@example.org", "library@example.org"),
    (mail_address, "Our library <library@example.org>", "Our library <library@example.org>"),
]


@pytest.mark.parametrize(("reader", "value", "read"), GOOD)
def test_a_good_value(monkeypatch: pytest.MonkeyPatch, reader: Reader, value: str, read: Any) -> None:
    monkeypatch.setenv(NAME, value)

    assert reader() == read


def refusal(monkeypatch: pytest.MonkeyPatch, reader: Reader, value: str) -> str:
    monkeypatch.setenv(NAME, value)
    with pytest.raises(WrongSetting) as refused:
        reader()
    return str(refused.value)


@pytest.mark.parametrize("value", ["maybe", "2", "-1", "truee", "0.0", "ja", "1 1"])
def test_what_is_neither_true_nor_false(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    assert refusal(monkeypatch, boolean, value) == f"{NAME} must be true or false, not {value.lower()!r}."


@pytest.mark.parametrize(
    "value", ["abc", "0", "366", "-5", "+5", "1.5", "1_0", "1e2", "٣", "²", "0x10", "1 2", "9" * 5000]
)
def test_what_is_no_number_in_the_range(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    assert refusal(monkeypatch, integer, value) == f"{NAME} must be a whole number from 1 to 365, not {value!r}."


@pytest.mark.parametrize("value", ["localhost", "192.168.1.1/24", "10.0.0.0/33", "10.0.0.0/8;::1"])
def test_what_is_no_network(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    assert refusal(monkeypatch, lambda: env.networks(NAME), value) == (
        f"{NAME} must list networks such as 192.168.1.0/24 or fd00::/8, not {value!r}."
    )


NO_MAIL_SERVERS = [
    "mail.example.org", "smtp://", "smtp://:25", "imap://m.example.org", "smtp://m:0x", "smtp://m/path", "smtp://m#f",
    "smtp://m?tls=perhaps", "smtp://m?ssl=true", "smtp://m?tls", "smtps://m?tls=true", "smtp://u:p@m:99999",
]  # fmt: skip


@pytest.mark.parametrize("value", NO_MAIL_SERVERS)
def test_what_is_no_mail_server_is_not_repeated(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    assert refusal(monkeypatch, mail, value) == (
        f"{NAME} must look like smtp://user:password@mail.example.org:587?tls=true or smtps://…."
    )


@pytest.mark.parametrize("value", ["library", "Our library", "a b@example.org", "a@b\nBcc: c@example.org", "<>", "@"])
def test_what_is_no_mail_address(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    assert refusal(monkeypatch, mail_address, value) == (
        f"{NAME} must be an address such as Our library <library@example.org>, not {value!r}."
    )


@pytest.mark.parametrize("value", ["books.example.org", "https://Books.example.org", "https://b.org/x", "ftp://b.org"])
def test_what_is_no_public_address(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    assert refusal(monkeypatch, lambda: env.origin(NAME), value) == (
        f"{NAME} must be an address such as https://library.example.org, in lower case and without a path, "
        f"not {value!r}."
    )


def test_what_is_none_of_the_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(monkeypatch, choice, "maybe") == f"{NAME} must be one of invitation, open, closed, not 'maybe'."


@pytest.mark.parametrize("value", ["data", "./data", "~/data", "../data", "$HOME/data"])
def test_what_is_no_absolute_folder(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    told = refusal(monkeypatch, lambda: env.folder(NAME, Path("/")), value)

    assert told == f"{NAME} must be an absolute folder, not {str(Path(value))!r}."


def test_a_folder_is_made_and_one_that_is_there_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given, default = tmp_path / "with a blank/é/data", tmp_path / "default"
    monkeypatch.delenv(NAME, raising=False)
    assert (env.folder(NAME, default), default.is_dir()) == (default, True)

    monkeypatch.setenv(NAME, str(given))
    assert (env.folder(NAME, default), given.is_dir()) == (given, True)
    (given / "kept").touch()
    assert (env.folder(NAME, default), (given / "kept").exists()) == (given, True)


def test_a_folder_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path, reason in ((tmp_path / "file", "File exists"), (tmp_path / "file/data", "Not a directory")):
        told = refusal(monkeypatch, lambda: env.folder(NAME, Path("/")), str(path))
        assert told == f"The folder {path} cannot be used: {reason}. Set {NAME}."


@pytest.mark.parametrize("value", ["postgres://", "postgres://app@127.0.0.1:5432", "postgresql://127.0.0.1/"])
def test_an_address_without_a_database(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    told = refusal(monkeypatch, lambda: env.database(NAME), value)

    assert told == f"{NAME} must end with the name of a database, as in postgres://user@host:5432/bookplate."


@pytest.mark.parametrize("value", ["Mars/Olympus", "Europe", "../etc/passwd", "/etc/localtime", "Berlin", "a\tb", "é"])
def test_what_is_no_time_zone(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    expected = f"{NAME} must be a time zone such as Europe/Berlin, not {value!r}."

    assert refusal(monkeypatch, time_zone, value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "mysql://x",
        "sqlite:///books.sqlite3",
        "postgres",
        "postgres:books",
        "postgres/books",
        "//127.0.0.1/books",
        "postgres://127.0.0.1:port/books",
        "postgres://127.0.0.1:99999/books",
        "postgres://[::1/books",
    ],
)
def test_what_is_no_address_of_the_kind(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """The sentence does not repeat the value, which may hold a password."""
    expected = f"{NAME} must be an address that starts with postgres:// or postgresql://."

    assert refusal(monkeypatch, url, value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "null",
        "*",
        "https://*.example.org",
        "https://*",
        "example.org",
        "//example.org",
        "ftp://example.org",
        "https://",
        "https://example.org/",
        "https://example.org/app",
        "https://example.org?x=1",
        "https://example.org#x",
        "https://me@example.org",
        "https://example.org:",
        "https://example.org:0",
        "https://example.org:99999",
        "https://[::1",
        "^https://.*$",
        # A browser never writes these, so that listing them would allow nothing.
        "https://Example.org",
        "HTTPS://example.org",
        "https://bücher.example",
        "https://example.org:443",
        "http://example.org:80",
    ],
)
def test_what_is_no_origin(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    told = refusal(monkeypatch, origins, f"https://good.example.org {value}")

    assert told == (
        f"{NAME} lists {value!r}; an origin looks like https://example.org or http://localhost:5173, "
        "as browsers write it: in lower case, without a path and without the usual port."
    )
