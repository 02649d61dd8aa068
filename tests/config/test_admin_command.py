"""`bookplate admin NAME`."""

import re
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from bookplate.core.models import Event
from bookplate.people.models import User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db

NEW = "three words of a sentence"
COMMAND = "bookplate.config.management.commands.admin"


def run(name: str) -> str:
    out = StringIO()
    call_command("admin", name, stdout=out)
    return out.getvalue()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Somebody at a terminal, and what they type."""

    def terminal(*typed: str) -> None:
        answers = iter(typed)
        monkeypatch.setattr(f"{COMMAND}.sys.stdin.isatty", lambda: True, raising=False)
        monkeypatch.setattr(f"{COMMAND}.getpass", lambda prompt: next(answers))

    return terminal


@pytest.fixture(autouse=True)
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO())


def test_without_a_terminal_a_password_is_made_and_shown_once() -> None:
    said = run("dora")
    [password] = re.findall(r"^dora is a new admin and can sign in\.\nThe password, shown this once: (\S+)\n$", said)

    dora = User.objects.get()
    assert (dora.role, dora.is_active, dora.profile.info) == ("admin", True, "")
    assert Client().login(username="dora", password=password) is True
    assert password not in run("dora")


def test_a_closed_account_comes_back_with_its_sign_ins_ended(alice: User, terminal: Callable[..., None]) -> None:
    client = signed_in(alice)
    User.objects.update(is_active=False)
    terminal(NEW, NEW)

    assert run("Alice") == "alice is an admin and can sign in.\n"
    alice.refresh_from_db()
    assert (alice.role, alice.is_active, alice.check_password(NEW)) == ("admin", True, True)
    assert client.get("/api/users/me/").status_code == 401
    assert [(event.type, event.user, event.note) for event in Event.objects.all()] == [
        ("account.recovered", alice.pk, "member → admin")
    ]


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("alice", (NEW, "other"), "The two passwords are not the same. Nothing was changed; run the command again."),
        (
            "alice",
            ("short", "short"),
            "This password is too short. It must contain at least 8 characters. Nothing was changed.",
        ),
        ("a b", (NEW, NEW), "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ "),
    ],
)
def test_what_cannot_be_changes_nothing(
    alice: User, terminal: Callable[..., None], name: str, typed: tuple[str, str], sentence: str
) -> None:
    terminal(*typed)
    with pytest.raises(CommandError) as refused:
        run(name)

    assert str(refused.value).startswith(sentence)
    alice.refresh_from_db()
    assert (alice.role, User.objects.count()) == ("member", 1)
