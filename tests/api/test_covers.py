"""/api/books/<id>/cover/: the picture of a book's cover."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from bookplate.catalog import covers
from bookplate.catalog.models import Book
from tests.upstream import picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(settings: Any, tmp_path: Path) -> str:
    settings.MEDIA_ROOT = tmp_path
    return f"/api/books/{Book.objects.create(title='Dune', cover=covers.keep(picture(1000, 1500))).pk}/cover/"


@pytest.mark.parametrize(("query", "width"), [("", 240), ("?size=small", 240), ("?size=large", 480)])
def test_it_is_sent_in_two_sizes_and_again_only_when_it_changed(
    client: Client, address: str, query: str, width: int
) -> None:
    answer: Any = client.get(address + query, headers={"Accept": "image/*"})
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (200, "image/jpeg", "no-cache")
    with Image.open(BytesIO(answer.getvalue())) as image:
        assert image.width == width

    known = client.get(address + query, headers={"If-None-Match": answer["ETag"]})
    assert (known.status_code, known.content) == (304, b"")
    Book.objects.update(cover=covers.keep(picture(colour="red")))
    assert client.get(address + query, headers={"If-None-Match": answer["ETag"]}).status_code == 200


def test_a_book_without_one_is_a_404_and_another_size_a_400(client: Client, address: str) -> None:
    assert client.get(f"{address}?size=huge").json()["errors"].keys() == {"size"}
    Book.objects.update(cover="")

    for path in (address, "/api/books/999999/cover/"):
        answer = client.get(path, headers={"Accept": "image/jpeg"})
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_where_the_catalogue_is_closed_so_are_its_covers(client: Client, address: str, settings: Any) -> None:
    settings.PUBLIC_CATALOGUE = False

    assert client.get(address).status_code == 401
