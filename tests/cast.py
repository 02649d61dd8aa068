"""The people and books of the tests; tests/conftest.py makes its fixtures known."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core.mail import EmailMessage
from django.db import transaction
from rest_framework.test import APIClient

from bookplate.catalog.models import Book, Copy
from bookplate.core import mail
from bookplate.lending import checkout
from bookplate.lending.models import Loan
from bookplate.people import sessions
from bookplate.people.models import Group, Member, User
from bookplate.people.roles import Role

PASSWORD = "bookplate-demo"


@pytest.fixture(scope="session")
def password_hash() -> str:
    """Hashed once for all people of the tests."""
    return make_password(PASSWORD)


@pytest.fixture
def make_user(db: None, password_hash: str) -> Callable[..., User]:
    def make_user(username: str, role: Role = Role.MEMBER, group: str = "Everyone") -> User:
        circle, _ = Group.objects.get_or_create(name=group)
        user: User = User.objects.create(
            username=username, email=f"{username}@example.org", password=password_hash, role=role, group=circle
        )
        Member.objects.create(firstname=username.capitalize(), lastname="Example", card=f"card-{username}", user=user)
        return user

    return make_user


@pytest.fixture
def alice(make_user: Callable[..., User]) -> User:
    return make_user("alice")


@pytest.fixture
def bob(make_user: Callable[..., User]) -> User:
    return make_user("bob")


@pytest.fixture
def carol(make_user: Callable[..., User]) -> User:
    return make_user("carol", group="Reading circle")


@pytest.fixture
def assistant(make_user: Callable[..., User]) -> User:
    return make_user("assistant", Role.ASSISTANT, "Team")


@pytest.fixture
def librarian(make_user: Callable[..., User]) -> User:
    return make_user("librarian", Role.LIBRARIAN, "Team")


@pytest.fixture
def admin(make_user: Callable[..., User]) -> User:
    return make_user("admin", Role.ADMIN, "Team")


@pytest.fixture
def book(db: None) -> Book:
    return Book.objects.create(
        title="The Left Hand of Darkness", author="Ursula K. Le Guin", published_year=1969, isbn="9780441478125"
    )


@pytest.fixture
def copy(book: Book) -> Copy:
    return Copy.objects.create(book=book, barcode="B1")


@contextmanager
def undone() -> Iterator[None]:
    """What is written within is rolled back: one set-up for many tries."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]  # as a test's own, in which `durable` blocks may stand
    with block:
        yield
        transaction.set_rollback(True)


def signed_in(user: User) -> APIClient:
    """A client of the API that sends `user`'s access token."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {sessions.open(user, 'a test').access}")
    return client


@pytest.fixture
def loan(copy: Copy, alice: User) -> Loan:
    """Alice has `copy`."""
    return checkout.check_out(copy, alice.member, by=None)


Posted = Callable[[Callable[[], Any]], tuple[Any, list[EmailMessage]]]


@pytest.fixture
def posted(django_capture_on_commit_callbacks: Any, mailoutbox: list[EmailMessage]) -> Posted:
    """What an act gives, and the mails that went out with it."""

    def posted(act: Callable[[], Any]) -> tuple[Any, list[EmailMessage]]:
        before = len(mailoutbox)
        with django_capture_on_commit_callbacks(execute=True):
            given = act()
        mail._postman.submit(lambda: None).result()  # the mails before it are out then
        return given, mailoutbox[before:]

    return posted
