"""Pictures of covers: what was fetched is made anew or refused, and only ever kept by what is in it."""

import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from PIL import Image

from bookplate.catalog import books, copies, covers
from bookplate.catalog.metadata import asking
from bookplate.catalog.metadata.breaker import FAILURES
from bookplate.catalog.metadata.errors import Unusable
from bookplate.catalog.metadata.models import Answer
from bookplate.catalog.models import Book
from bookplate.core.models import Event
from bookplate.people.models import User
from tests.upstream import DUNE, LICENCE, Upstream, picture


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def told(db: None, upstream: Upstream) -> Answer:
    """Open Library has told of a cover."""
    values = {"title": "Dune", "cover": f"{upstream.url}/cover.jpg"}
    return Answer.objects.create(isbn=DUNE, source="openlibrary", values=values, asked_at=timezone.now())


@pytest.fixture
def dune(told: Answer) -> Book:
    return Book.objects.create(title="Dune", isbn=DUNE)


def image(name: str, size: str) -> Image.Image:
    path = covers.path(name, size)
    assert path
    return Image.open(path)


def test_a_cover_is_made_anew_in_two_sizes(folder: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "<script>"
    name = covers.keep(picture(1000, 1500, exif=exif) + b"<?php hidden ?>")

    assert [(image(name, size).size, image(name, size).format) for size in ("small", "large")] == [
        ((240, 360), "JPEG"),
        ((480, 720), "JPEG"),
    ]
    kept = [path.read_bytes() for path in folder.rglob("*.jpg")]
    assert len(kept) == 2
    assert not any(b"<" + word in file for file in kept for word in (b"script>", b"?php"))


def test_one_picture_has_one_name_and_another_another(folder: Path) -> None:
    names = [covers.keep(picture(colour=colour)) for colour in ("teal", "teal", "red")]

    assert names[0] == names[1] != names[2]
    assert len(list(folder.rglob("*.jpg"))) == 4


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_what_is_a_picture_is_taken(kind: str) -> None:
    assert image(covers.keep(picture(kind=kind)), "small").size == (240, 360)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "MPO"])
def test_of_one_that_moves_the_first_picture_is_taken(kind: str) -> None:
    more = [Image.new("RGB", (300, 450), colour) for colour in ("red", "yellow")]
    shown = image(covers.keep(picture(kind=kind, save_all=True, append_images=more)), "small")

    assert (shown.format, shown.size) == ("JPEG", (240, 360))
    red, green, blue = shown.convert("RGB").getpixel((100, 100))  # type: ignore[misc]
    assert red < 20 and 100 < green < 150 and 100 < blue < 150  # teal


def bomb() -> bytes:
    """A few hundred bytes that say they are 50,000 pixels each way."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def drawn_for_ever() -> bytes:
    """A JPEG of 12 million pixels that is drawn again and again."""
    once = picture(4000, 3000, progressive=True)
    last = once[once.rindex(b"\xff\xda") : -2]
    return once[:-2] + last * 100 + once[-2:]


NO_PICTURES = {
    "drawn for ever": drawn_for_ever(),
    "a bomb": bomb(),
    "large, but no bomb yet": picture(5000, 5000, "PNG"),
    "a dot": picture(1, 1, "GIF"),
    "a strip": picture(600, 39),
    "cut off": picture(kind="PNG")[:-40],
    "a head alone": picture(2000, 3000)[:300],
    "SVG": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "another format": picture(kind="BMP"),
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n",
    "HTML": b"<html>",
    "nothing": b"",
}


@pytest.mark.parametrize("what", NO_PICTURES)
def test_what_is_no_picture_is_refused_and_leaves_nothing(what: str, folder: Path) -> None:
    with pytest.raises(covers.NoPicture):
        covers.keep(NO_PICTURES[what])

    assert list(folder.rglob("*")) == []


@pytest.mark.parametrize("name", ["../../../etc/passwd", "", "0" * 31, "g" * 32, "0" * 32 + "/x"])
def test_no_other_file_is_reached(name: str) -> None:
    assert covers.path(name, "small") is None
    assert covers.path("0" * 32, "../small") is None


def test_the_cover_that_a_source_told_of_is_fetched_once(dune: Book, upstream: Upstream) -> None:
    upstream.says(picture(), "image/jpeg", path="/cover.jpg")

    assert covers.fetch(dune)
    dune.refresh_from_db()
    assert (image(dune.cover, "small").size, covers.fetch(dune), len(upstream.asked)) == ((240, 360), False, 1)
    assert list(Event.objects.values_list("type", "book")) == [("book.changed", dune.pk)]


LIES = [{"body": b"", "status": 404}, {"body": b"<html>", "kind": "image/jpeg"}]


@pytest.mark.parametrize("answer", LIES)
def test_where_there_is_no_picture_it_is_not_asked_for_again(
    dune: Book, upstream: Upstream, told: Answer, answer: dict[str, Any]
) -> None:
    upstream.says(**answer, path="/cover.jpg")

    assert [covers.fetch(dune), covers.fetch(dune)] == [False, False]
    told.refresh_from_db()
    assert (len(upstream.asked), told.values) == (1, {"title": "Dune"})


def test_a_machine_that_answers_that_there_is_none_is_no_machine_that_fails(dune: Book, upstream: Upstream) -> None:
    breaker = asking._breakers["openlibrary covers"]
    for _ in range(FAILURES):
        breaker.failed()
    breaker._until = 0.0
    upstream.says(b"", status=404, path="/cover.jpg")

    assert (covers.fetch(dune), breaker.wait()) == (False, 0)


FAULTS = [{"body": b"", "status": 503}, {"body": b"<html>", "kind": "text/html"}, {"body": b"x" * 1_100_000}]


@pytest.mark.parametrize("answer", FAULTS)
def test_where_it_cannot_be_told_it_is_asked_for_again(
    dune: Book, upstream: Upstream, settings: Any, answer: dict[str, Any]
) -> None:
    settings.METADATA_SECONDS = 5
    upstream.says(**answer, path="/cover.jpg")
    with pytest.raises(Unusable):
        covers.fetch(dune)

    upstream.says(picture(), "image/jpeg", path="/cover.jpg")
    assert covers.fetch(dune)


def test_a_cover_is_fetched_from_the_hosts_of_its_source_alone(dune: Book, upstream: Upstream) -> None:
    upstream.says(b"", path="/cover.jpg", status=302, Location="http://127.0.0.1:1/")

    with pytest.raises(Unusable, match="which is not one of its own"):
        covers.fetch(dune)


def test_a_worker_fetches_it_once_the_book_is_added(told: Answer, alice: User) -> None:
    books.add(title="Dune", isbn=DUNE)
    copies.add_own_edition({"title": "Unknown", "isbn": LICENCE}, alice, "friends")
    books.add(title="Without")

    assert [row.task_path for row in DBTaskResult.objects.all()] == ["bookplate.catalog.covers.fetch_cover"]


def test_nothing_is_fetched_where_covers_are_turned_off(told: Answer, settings: Any) -> None:
    settings.COVERS = False
    book = books.add(title="Dune", isbn=DUNE)

    assert (covers.fetch(book), DBTaskResult.objects.count()) == (False, 0)


def test_another_isbn_is_another_cover(db: None) -> None:
    book = Book.objects.create(title="Dune", isbn=DUNE, cover="0" * 32)

    assert books.change(book, title="Dune!", isbn=DUNE).cover == "0" * 32
    assert books.change(book, isbn=LICENCE).cover == ""


def test_its_address_is_good_for_ever_and_shown_where_the_book_is(client: Client, dune: Book, settings: Any) -> None:
    name = covers.keep(picture())
    Book.objects.update(cover=name)
    address = f"/covers/{name}/small.jpg"

    answer = client.get(address)
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("image/jpeg", "public, max-age=31536000, immutable")
    assert Image.open(BytesIO(b"".join(answer))).size == (240, 360)
    assert f'src="{address}"' in client.get("/").text
    assert f'src="/covers/{name}/large.jpg"' in client.get(f"/books/{dune.pk}/").text

    settings.PUBLIC_CATALOGUE = False
    assert client.get(address).status_code == 302


@pytest.mark.parametrize("address", [f"/covers/{'0' * 32}/small.jpg", "/covers/x/small.jpg", "/covers/x/huge.jpg"])
def test_a_cover_that_is_not_there_is_a_404(client: Client, db: None, address: str) -> None:
    assert client.get(address).status_code == 404
