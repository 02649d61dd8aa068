"""What each environment variable does to the settings, and that the documentation has every one of them."""

import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bookplate.config.env import WrongSetting
from tests.servers import ROOT, is_setting

SETTINGS = ROOT / "bookplate/config/settings.py"
MANUAL = ROOT / "docs/self-hosting.md"
SECRET = "pEbvEHUK1Ma7JRQ0P2a4w-only-for-this-test"
# Read by bin/run, before there is a Python to read settings with.
OF_THE_SCRIPTS = {"BOOKPLATE_PYTHON"}

Load = Callable[..., dict[str, Any]]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Load:
    """The settings as they would be with these variables and no others."""

    def load(**variables: str) -> dict[str, Any]:
        for name in list(filter(is_setting, os.environ)):
            monkeypatch.delenv(name)
        for name, value in {"BOOKPLATE_DATA": str(tmp_path / "data"), **variables}.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(SETTINGS))

    return load


def read_by_settings() -> set[str]:
    return set(re.findall(r'env\.\w+\(\s*"(\w+)"', SETTINGS.read_text()))


def test_the_manual_lists_every_variable_and_no_other() -> None:
    named = set(re.findall(r"\b(?:BOOKPLATE_[A-Z_]+|DATABASE_URL|REDIS_URL)\b", MANUAL.read_text()))

    assert named - OF_THE_SCRIPTS == read_by_settings()


def test_the_settings_are_read_in_one_place() -> None:
    """So that none escapes the list, or the sentence about a wrong value."""
    past_the_reader = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "bookplate").rglob("*.py"))
        if re.search(r"(environ|getenv).*(BOOKPLATE_|DATABASE_URL|REDIS_URL)", path.read_text())
    ]

    assert past_the_reader == []
    assert "os.environ" in (ROOT / "bookplate/config/env.py").read_text()


def engine(settings: dict[str, Any]) -> tuple[Any, ...]:
    database = settings["DATABASES"]["default"]
    return (database["ENGINE"].rpartition(".")[2], *(database[name] for name in ("HOST", "PORT", "NAME", "USER")))


def layer(settings: dict[str, Any]) -> tuple[str, str, None]:
    default = settings["CHANNEL_LAYERS"]["default"]
    host = default["CONFIG"]["hosts"][0]
    return default["BACKEND"].rpartition(".")[2], host["address"], host["socket_timeout"]


def https(settings: dict[str, Any]) -> list[Any]:
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS")
    return [settings[name] for name in names]


def mail(settings: dict[str, Any]) -> tuple[Any, ...]:
    names = ("HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_TLS", "USE_SSL")
    return (settings["EMAIL_BACKEND"].split(".")[-2], *(settings[f"EMAIL_{name}"] for name in names))


SRU = "https://sru.example.org/books?query=isbn%3D{isbn}"
MAIL = "smtp://dora%40example.org:p%3Aw@mail.example.org:2525?tls=true"

# Variable, value → the setting (with what is in it) and what it then is.
EFFECTS: list[tuple[str, str, Callable[[dict[str, Any]], Any], Any]] = [
    ("DATABASE_URL", "postgres://app@db:5433/books", engine, ("postgresql", "db", 5433, "books", "app")),
    ("REDIS_URL", "redis://cache:6379/1", layer, ("RedisChannelLayer", "redis://cache:6379/1", None)),
    ("BOOKPLATE_NAME", "Our books", lambda s: s["LIBRARY_NAME"], "Our books"),
    ("BOOKPLATE_URL", "https://books.example.org/", lambda s: s["PUBLIC_URL"], "https://books.example.org"),
    ("BOOKPLATE_REGISTRATION", "Open", lambda s: s["REGISTRATION"], "open"),
    (
        "BOOKPLATE_MAIL_URL",
        MAIL,
        mail,
        ("smtp", "mail.example.org", 2525, "dora@example.org", "p:w", True, False),
    ),
    ("BOOKPLATE_MAIL_FROM", "Books <b@example.org>", lambda s: s["DEFAULT_FROM_EMAIL"], "Books <b@example.org>"),
    ("BOOKPLATE_PUBLIC_CATALOGUE", "no", lambda s: s["PUBLIC_CATALOGUE"], False),
    ("BOOKPLATE_LOAN_DAYS", "14", lambda s: s["LOAN_DAYS"], 14),
    ("BOOKPLATE_LOANS_AT_ONCE", "3", lambda s: s["LOANS_AT_ONCE"], 3),
    ("BOOKPLATE_RENEWALS", "0", lambda s: s["RENEWALS"], 0),
    ("BOOKPLATE_HISTORY_DAYS", "30", lambda s: s["HISTORY_DAYS"], 30),
    ("BOOKPLATE_EVENT_DAYS", "400", lambda s: s["EVENT_DAYS"], 400),
    ("BOOKPLATE_HOLD_DAYS", "3", lambda s: s["HOLD_DAYS"], 3),
    ("BOOKPLATE_DEBUG", "yes", lambda s: s["DEBUG"], True),
    ("BOOKPLATE_SECRET_KEY", SECRET, lambda s: s["SECRET_KEY"], SECRET),
    ("BOOKPLATE_HOSTS", "books.example.org,10.0.0.5", lambda s: s["ALLOWED_HOSTS"], ["books.example.org", "10.0.0.5"]),
    ("BOOKPLATE_PROXIES", "2", lambda found: found["PROXIES"], 2),
    (
        "BOOKPLATE_REACHABLE_NETWORKS",
        "10.0.0.0/8",
        lambda found: list(map(str, found["REACHABLE_NETWORKS"])),
        ["10.0.0.0/8"],
    ),
    ("BOOKPLATE_THREADS", "4", lambda found: found["THREADS"], 4),
    ("BOOKPLATE_SOCKETS", "7", lambda found: found["SOCKETS"], 7),
    ("BOOKPLATE_SOCKETS_PER_USER", "3", lambda found: found["SOCKETS_PER_USER"], 3),
    ("BOOKPLATE_HTTPS", "on", https, [True, True, True, 31_536_000]),
    ("BOOKPLATE_ORIGINS", "https://b.org", lambda s: s["CSRF_TRUSTED_ORIGINS"], ["https://b.org"]),
    ("BOOKPLATE_CORS_ORIGINS", "https://a.org", lambda s: s["CORS_ALLOWED_ORIGINS"], ["https://a.org"]),
    ("BOOKPLATE_METADATA", "sru openlibrary", lambda s: s["METADATA_SOURCES"], ["sru", "openlibrary"]),
    ("BOOKPLATE_METADATA_SECONDS", "2", lambda s: s["METADATA_SECONDS"], 2),
    ("BOOKPLATE_METADATA_SRU", SRU, lambda s: s["METADATA_ADDRESSES"]["sru"], SRU),
    ("BOOKPLATE_COVERS", "no", lambda s: s["COVERS"], False),
    ("BOOKPLATE_UPLOAD_MEGABYTES", "5", lambda s: s["UPLOAD_LIMIT"], 5_000_000),
    ("BOOKPLATE_ACCESS_SECONDS", "2", lambda s: s["SIMPLE_JWT"]["ACCESS_TOKEN_LIFETIME"], timedelta(seconds=2)),
    ("BOOKPLATE_REFRESH_DAYS", "1", lambda s: s["SIMPLE_JWT"]["REFRESH_TOKEN_LIFETIME"], timedelta(days=1)),
    ("BOOKPLATE_SIGN_IN_ATTEMPTS", "5", lambda s: s["SIGN_IN_ATTEMPTS"], 5),
    ("BOOKPLATE_TIME_ZONE", "Europe/Berlin", lambda s: s["TIME_ZONE"], "Europe/Berlin"),
]


@pytest.mark.parametrize(("name", "value", "setting", "expected"), EFFECTS, ids=[row[0] for row in EFFECTS])
def test_a_variable_does_what_it_says(
    load: Load, name: str, value: str, setting: Callable[[dict[str, Any]], Any], expected: Any
) -> None:
    plain, changed = load(), load(**{name: value})

    assert setting(changed) == expected
    with suppress(KeyError):  # such as the options of a store that is not used
        assert setting(plain) != expected


def test_every_variable_is_tried_here() -> None:
    assert {name for name, *_ in EFFECTS} | {"BOOKPLATE_DATA"} == read_by_settings()


def test_all_that_is_kept_is_kept_in_the_data_folder(load: Load, tmp_path: Path) -> None:
    settings = load()

    assert settings["DATA"] == tmp_path / "data"
    assert settings["MEDIA_ROOT"].parent == settings["DATA"]
    assert settings["DATABASES"]["default"]["NAME"] == tmp_path / "data/bookplate.sqlite3"


def test_the_defaults_are_safe_and_fit_one_machine(load: Load) -> None:
    settings = load()

    assert (settings["DEBUG"], settings["CORS_ALLOWED_ORIGINS"], settings["CSRF_TRUSTED_ORIGINS"]) == (False, [], [])
    assert settings["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert (settings["REGISTRATION"], mail(settings)[0]) == ("invitation", "console")
    assert settings["CHANNEL_LAYERS"]["default"] == {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    assert settings["PASSWORD_HASHERS"] == ["bookplate.people.hashing.Argon2OneAtATime"]


def test_sqlite_is_set_up_for_several_writers(load: Load) -> None:
    database = load()["DATABASES"]["default"]

    assert (database["OPTIONS"]["transaction_mode"], database["OPTIONS"]["timeout"]) == ("IMMEDIATE", 20)
    assert database["OPTIONS"]["init_command"].split("; ")[:2] == [
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
    ]


def test_one_secret_key_is_made_and_kept(load: Load, tmp_path: Path) -> None:
    kept = tmp_path / "data/secret-key"
    keys = {load()["SECRET_KEY"] for _ in range(3)}

    assert keys == {kept.read_text()}
    assert (len(kept.read_text()), kept.stat().st_mode & 0o777) == (64, 0o600)
    assert [path.name for path in kept.parent.iterdir()] == ["secret-key"]


WRONG = {
    "BOOKPLATE_DATA": "data",
    "DATABASE_URL": "mysql://x",
    "REDIS_URL": "http://x",
    "BOOKPLATE_URL": "https://books.example.org/path",
    "BOOKPLATE_REGISTRATION": "perhaps",
    "BOOKPLATE_MAIL_URL": "mail.example.org",
    "BOOKPLATE_MAIL_FROM": "Our library",
    "BOOKPLATE_PUBLIC_CATALOGUE": "perhaps",
    "BOOKPLATE_LOAN_DAYS": "0",
    "BOOKPLATE_LOANS_AT_ONCE": "0",
    "BOOKPLATE_RENEWALS": "-1",
    "BOOKPLATE_HOLD_DAYS": "366",
    "BOOKPLATE_HISTORY_DAYS": "0",
    "BOOKPLATE_EVENT_DAYS": "6",
    "BOOKPLATE_DEBUG": "2",
    "BOOKPLATE_SECRET_KEY": "short",
    "BOOKPLATE_HTTPS": "tls",
    "BOOKPLATE_PROXIES": "11",
    "BOOKPLATE_REACHABLE_NETWORKS": "192.168.1.1/24",
    "BOOKPLATE_THREADS": "0",
    "BOOKPLATE_SOCKETS": "30001",
    "BOOKPLATE_SOCKETS_PER_USER": "0",
    "BOOKPLATE_ORIGINS": "example.org",
    "BOOKPLATE_CORS_ORIGINS": "*",
    "BOOKPLATE_METADATA": "everybody",
    "BOOKPLATE_METADATA_SECONDS": "6",
    "BOOKPLATE_METADATA_SRU": "https://sru.example.org/",
    "BOOKPLATE_COVERS": "2",
    "BOOKPLATE_UPLOAD_MEGABYTES": "10001",
    "BOOKPLATE_ACCESS_SECONDS": "5m",
    "BOOKPLATE_REFRESH_DAYS": "367",
    "BOOKPLATE_SIGN_IN_ATTEMPTS": "2",
    "BOOKPLATE_TIME_ZONE": "Mars/Olympus",
}
# Any text is a name, and any word may be a host.
ANYTHING_GOES = {"BOOKPLATE_NAME", "BOOKPLATE_HOSTS"}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_named(load: Load, name: str) -> None:
    with pytest.raises(WrongSetting) as refused:
        load(**{name: WRONG[name]})

    assert re.findall(r"\b(?:BOOKPLATE_[A-Z_]+|DATABASE_URL|REDIS_URL)\b", str(refused.value)) == [name]
    assert str(refused.value).endswith(".")


def test_every_variable_that_can_be_wrong_is_tried_here() -> None:
    assert set(WRONG) | ANYTHING_GOES == read_by_settings()


def test_who_is_asked_about_books_can_be_nobody_and_never_over_an_open_line(load: Load) -> None:
    assert load(BOOKPLATE_METADATA="none")["METADATA_SOURCES"] == []
    assert load()["METADATA_SOURCES"] == ["openlibrary"]
    for wrong in ("openlibrary none", "none google"):
        with pytest.raises(WrongSetting):
            load(BOOKPLATE_METADATA=wrong)
    with pytest.raises(WrongSetting):
        load(BOOKPLATE_METADATA_SRU="http://sru.example.org/{isbn}")


@pytest.mark.parametrize(
    "key",
    [
        "x" * 31,
        "é" * 15,
        "q8Zr-2Lw_x7Tn5Kd9vB3mYc4hJ6gF1p",  # as good as any, but for its 31 bytes
        "x" * 64,
        "abcabcabcabcabcabcabcabcabcabcabcabc",
        "django-insecure-8j#k2l!9s0d8f7g6h5j4k3l2",
        "CHANGE_ME_to-something-of-at-least-32-bytes",
        "your-secret-key-goes-here-please-0123456789",
    ],
)
def test_a_short_or_sample_key_is_refused(load: Load, key: str) -> None:
    with pytest.raises(WrongSetting) as refused:
        load(BOOKPLATE_SECRET_KEY=key)
    assert str(refused.value).startswith("BOOKPLATE_SECRET_KEY ")


@pytest.mark.parametrize("left", ["", "short\n"])
def test_a_kept_key_that_is_too_short_is_refused(load: Load, tmp_path: Path, left: str) -> None:
    kept = tmp_path / "data/secret-key"
    kept.parent.mkdir()
    kept.write_text(left)

    with pytest.raises(WrongSetting) as refused:
        load()
    assert str(refused.value).startswith(f"{kept} is too short to be a secret key")


def test_django_s_own_check_of_a_deployment_is_clean(tmp_path: Path) -> None:
    """In the settings that docs/self-hosting.md shows for a service behind HTTPS."""
    ours = {"BOOKPLATE_HTTPS": "true", "BOOKPLATE_HOSTS": "library.example.org", "BOOKPLATE_DATA": str(tmp_path)}
    inherited = {name: value for name, value in os.environ.items() if not is_setting(name)}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=ROOT, env=inherited | ours, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr, "no issues" in done.stdout) == (0, "", True)
