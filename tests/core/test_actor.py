"""Every event keeps who did it and from where, whichever door they came through."""

import pytest
from django.test import Client

from bookplate.catalog import books
from bookplate.core.models import Event
from bookplate.people.models import User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db


def done_by() -> tuple[int | None, str | None]:
    event = Event.objects.get()
    return event.by, event.address


def test_over_the_api(librarian: User) -> None:
    signed_in(librarian).post("/api/books/", {"title": "T"}, REMOTE_ADDR="192.0.2.7")

    assert done_by() == (librarian.pk, "192.0.2.7")


def test_on_a_page(librarian: User) -> None:
    client = Client(REMOTE_ADDR="192.0.2.8")
    client.force_login(librarian)
    client.post("/books/add/", {"title": "T"})

    assert done_by() == (librarian.pk, "192.0.2.8")


def test_a_command_is_nobody() -> None:
    books.add(title="T")

    assert done_by() == (None, None)
