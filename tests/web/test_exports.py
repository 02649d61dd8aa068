"""The books of the catalogue as a file, from its page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from bookplate.catalog.exporting import spooling
from bookplate.catalog.models import Book

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def uploads(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def two_books(db: None) -> None:
    Book.objects.create(title="Emma", language="en", published_year=1815)
    Book.objects.create(title="Notre-Dame", language="fr", published_year=1831)


def titles(answer: Any) -> list[str]:
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    return [line.partition(",")[0] for line in lines[1:]]


def test_the_page_offers_what_it_shows(two_books: None, client: Client) -> None:
    shown = client.get("/?language=fr&ordering=title").content.decode()
    found: Any = client.get("/exports/csv/?language=fr")

    assert 'href="/exports/csv/?language=fr" download' in shown
    assert titles(found) == ["Notre-Dame"]
    assert found.headers["Cache-Control"] == "no-store"
    assert titles(client.get("/exports/csv/?decade=1810")) == ["Emma"]
    assert titles(client.get("/exports/csv/")) == ["Emma", "Notre-Dame"]


def test_the_offer_follows_the_search_as_it_is_typed(two_books: None, client: Client) -> None:
    part = client.get("/?search=emma", headers={"HX-Request": "true", "HX-Target": "results"}).content.decode()

    assert '<ul id="exports" hx-swap-oob="innerHTML">' in part
    assert 'href="/exports/bibtex/?search=emma" download' in part


def test_an_unknown_format_is_nowhere(client: Client) -> None:
    assert client.get("/exports/pdf/").status_code == 404


def test_too_many_at_once_is_said_on_the_page(client: Client) -> None:
    with spooling._place(), spooling._place():
        answer = client.get("/exports/csv/", follow=True)

    assert "Several exports are being made at this moment." in answer.content.decode()


def test_a_closed_catalogue_asks_to_sign_in(
    settings: Any, visit: Callable[[Any], Client], alice: Any, two_books: None
) -> None:
    settings.PUBLIC_CATALOGUE = False

    assert visit(None).get("/exports/csv/").headers["Location"].startswith("/sign-in/")
    assert titles(visit(alice).get("/exports/csv/")) == ["Emma", "Notre-Dame"]
