"""What lists come packed in: archives, a database, wide letters; and what is packed in mischief."""

import gzip
import io
import sqlite3
import struct
import zipfile
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from pytest_django import Settings

from bookplate.catalog.importing.models import Import
from bookplate.catalog.models import Book
from bookplate.core.errors import Invalid
from tests.catalog.importing.conftest import Bring, counts, failures, simple_marc, the_book, titles
from tests.catalog.importing.test_formats import fixture_of

pytestmark = pytest.mark.django_db

LIST = b"title,author\nSolaris,Stanislaw Lem\n"
DAMAGED = "The archive is damaged, or goes on where the file ends."


def zipped(*files: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return file.getvalue()


def locked(content: bytes) -> bytes:
    """Says that it is encrypted, in both places where a zip says so."""
    raw = bytearray(content)
    raw[6] |= 1
    raw[raw.find(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(LIST),
        zipped(("list.csv", LIST)),
        zipped(
            ("../../etc/list.csv", LIST), ("__MACOSX/list.csv", LIST), (".DS_Store", b"x"), ("read me.txt", b"hello")
        ),
        gzip.compress(zipped(("list.csv", LIST))),
        zipped(("list.csv.gz", gzip.compress(LIST))),
        zipped(("x.csv", LIST)).replace(b"x.csv", b"\0.csv"),
        zipped(("Bücher/Liste, für Zoë.csv", LIST), ("Bücher/", b"")),
    ],
    ids=["gzip", "zip", "zip with others", "zip in gzip", "gzip in zip", "without a name", "accents"],
)
def test_the_list_in_an_archive_is_brought_in(bring: Bring, packed: bytes) -> None:
    job = bring(packed, "list.zip")

    assert (job.format, job.size, counts(job), titles()) == ("csv", len(LIST), (1, 1, 0, 0, 0), ["Solaris"])
    assert job.original.read_bytes() == LIST


def test_every_format_may_come_in_an_archive(bring: Bring) -> None:
    path = fixture_of("marc")
    job = bring(zipped((path.name, path.read_bytes())))

    assert (job.format, counts(job)) == ("marc", (4, 3, 0, 0, 1))
    assert [failure.offset for failure in job.failures.all()] == [path.read_bytes().rfind(b"\x1d", 0, -1) + 1]


@pytest.mark.parametrize(
    ("packed", "sentence"),
    [
        (gzip.compress(b"\0" * 3_000_000), "Unpacked, the list is larger than 1 MB, the limit."),
        (zipped(("list.csv", b"title\n" + b"x" * 3_000_000)), "Unpacked, the list is larger than 1 MB, the limit."),
        (gzip.compress(LIST)[:-9], DAMAGED),
        (gzip.compress(LIST)[:15] + b"xxxxx", DAMAGED),
        (zipped(("list.csv", LIST))[:-5], DAMAGED),
        (zipped(("list.csv", LIST)).replace(b"PK\x01\x02", b"PK\x01\x03"), DAMAGED),
        (zipped(*((f"{number}.csv", LIST) for number in range(101))), "The archive has more than 100 files."),
        (
            zipped(("a.csv", LIST), ("b/\x1b[31mc.csv", LIST)),
            "In the archive there are several lists: “a.csv”, “[31mc.csv”.",
        ),
        (zipped(("a.jpg", b"\xff\xd8\xff")), "In the archive there is no list that is known: “a.jpg”."),
        (zipped(), "There is nothing in the archive. Bring the list itself in."),
        (locked(zipped(("list.csv", LIST))), "The archive is locked with a password."),
        (zipped(("xl/workbook.xml", b"<")), "The Excel workbook is damaged or not one."),
        (gzip.compress(gzip.compress(gzip.compress(gzip.compress(LIST)))), "The file is packed again and again."),
        (b"SQLite format 3\0" + b"x" * 2000, "The database cannot be read as a Calibre library"),
    ],
    ids=lambda value: value[:45] if isinstance(value, str) else "",
)
def test_what_is_packed_badly_is_refused_in_a_sentence(
    receive: Bring, settings: Settings, uploads: Path, packed: bytes, sentence: str
) -> None:
    settings.UPLOAD_LIMIT = 1_000_000
    with pytest.raises(Invalid) as refused:
        receive(packed)

    assert str(refused.value).startswith(sentence)
    assert (Import.objects.count(), list(uploads.rglob("*"))) == (0, [uploads / "imports"])


def test_a_long_list_of_names_is_not_read(receive: Bring) -> None:
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 900_000_000, 0, 0)
    with pytest.raises(Invalid, match="more than 100 files"):
        receive(b"PK\x03\x04" + b"\0" * 100 + end)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_marcxml_in_wide_letters(bring: Bring, encoding: str) -> None:
    text = fixture_of("marcxml").read_text().replace("UTF-8", "UTF-16").replace("darkness", "Käfig")
    job = bring(text.encode(encoding), "records.xml")

    assert (counts(job), job.skipped, titles()) == ((3, 1, 0, 0, 1), 1, ["The left hand of Käfig"])


def test_an_entity_in_wide_letters_is_refused_too(receive: Bring) -> None:
    text = fixture_of("marcxml").read_text().replace("?>", '?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>')
    with pytest.raises(Invalid, match="document type"):
        receive(text.encode("utf-16"))


CALIBRE = """
CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT, pubdate TIMESTAMP, uuid TEXT);
CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE publishers (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE languages (id INTEGER PRIMARY KEY, lang_code TEXT);
CREATE TABLE identifiers (id INTEGER PRIMARY KEY, book INTEGER, type TEXT, val TEXT);
CREATE TABLE books_authors_link (id INTEGER PRIMARY KEY, book INTEGER, author INTEGER);
CREATE TABLE books_publishers_link (id INTEGER PRIMARY KEY, book INTEGER, publisher INTEGER);
CREATE TABLE books_tags_link (id INTEGER PRIMARY KEY, book INTEGER, tag INTEGER);
CREATE TABLE books_languages_link (id INTEGER PRIMARY KEY, book INTEGER, lang_code INTEGER, item_order INTEGER);
INSERT INTO books VALUES (3, 'Good Omens', '2005-12-31 23:00:00+00:00', 'u-3');
INSERT INTO authors VALUES (1, 'Gaiman| Neil'), (2, 'Terry Pratchett');
INSERT INTO books_authors_link VALUES (1, 3, 2), (2, 3, 1);
INSERT INTO identifiers VALUES (1, 3, 'isbn', '9780060853983'), (2, 3, 'goodreads', '12067');
INSERT INTO publishers VALUES (1, 'Morrow');
INSERT INTO books_publishers_link VALUES (1, 3, 1);
INSERT INTO tags VALUES (1, 'Fantasy'), (2, 'Humor');
INSERT INTO books_tags_link VALUES (1, 3, 1), (2, 3, 2);
INSERT INTO languages VALUES (1, 'eng');
INSERT INTO books_languages_link VALUES (1, 3, 1, 0);
"""


def calibre_database(script: str = CALIBRE) -> bytes:
    with TemporaryDirectory() as folder, closing(sqlite3.connect(path := Path(folder) / "metadata.db")) as library:
        library.executescript(script)
        return path.read_bytes()


def test_a_calibre_library(bring: Bring) -> None:
    more = "INSERT INTO books VALUES (4, 'Scanned', '0101-01-01 00:00:00+00:00', NULL), (5, x'00ff', 7, 8);"
    job = bring(calibre_database(CALIBRE + more), "metadata.db")
    book = Book.objects.get(title="Good Omens")

    assert (job.format, counts(job), failures(job)) == (
        "calibre",
        (3, 2, 0, 0, 1),
        [(4, "title", "There is no title.")],
    )
    assert (book.author, book.published_year, book.isbn) == ("Terry Pratchett, Gaiman, Neil", 2006, "9780060853983")
    assert (book.publisher, book.language, book.subjects) == ("Morrow", "en", "Fantasy; Humor")
    assert Book.objects.get(title="Scanned").published_year is None


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("CREATE TABLE other (id);", "This is a database, but no Calibre library: it has no plain table “authors”."),
        (
            CALIBRE.replace(
                "CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT)", "CREATE TABLE t (id, name)"
            ).replace(
                "INSERT INTO tags VALUES (1, 'Fantasy'), (2, 'Humor');",
                "CREATE VIEW tags AS SELECT 1 AS id, load_extension('/tmp/x') AS name;",
            ),
            "This is a database, but no Calibre library: it has no plain table “tags”.",
        ),
        (
            CALIBRE.replace("name TEXT)", "name TEXT AS (upper('x')))", 1).replace(
                "INSERT INTO authors VALUES (1, 'Gaiman| Neil'), (2, 'Terry Pratchett');",
                "INSERT INTO authors (id) VALUES (1), (2);",
            ),
            "This is a database, but no Calibre library: it has no plain table “authors”.",
        ),
        (
            CALIBRE.replace("Good Omens", "x" * 1_000_001),
            "The database cannot be read as a Calibre library",
        ),
    ],
    ids=["another", "a view", "a generated column", "a huge value"],
)
def test_a_database_that_is_no_calibre_library_is_refused(receive: Bring, script: str, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        receive(calibre_database(script))

    assert str(refused.value).startswith(sentence)


def test_a_fault_that_names_what_is_no_text_is_one_too(receive: Bring) -> None:
    damaged = calibre_database().replace(b"tabletagstags", b"tablet\x80gstags")
    with pytest.raises(Invalid, match="The database cannot be read as a Calibre library"):
        receive(damaged.replace(b"CREATE TABLE tags", b"CREATE TABLX tags"))


def test_a_database_without_end_is_given_up(receive: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bookplate.catalog.importing.unpacking.calibre._SECONDS", 0.2)
    # Each name with each link of the same number: nine million rows.
    many = CALIBRE.replace("authors (id INTEGER PRIMARY KEY", "authors (id INTEGER")
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
    names = "INSERT INTO authors SELECT 9, 'x' FROM n;"
    links = "INSERT INTO books_authors_link SELECT 10 + i, 3, 9 FROM n;"
    script = f"{many} {numbers} {names} {numbers} {links}"
    with pytest.raises(Invalid, match="too slow"):
        receive(calibre_database(script))


def test_a_list_as_it_is_stays_as_it_is(bring: Bring) -> None:
    job = bring(simple_marc("The Telling"))

    assert (job.original.read_bytes(), the_book()[0]) == (simple_marc("The Telling"), "The Telling")
