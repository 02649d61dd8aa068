"""Books that are hard to write down, and a fresh library that has what was exported."""

import io
from collections.abc import Callable

import pytest

from bookplate.catalog.exporting.entries import Selection
from bookplate.catalog.exporting.formats import FORMATS
from bookplate.catalog.importing import intake, pipeline
from bookplate.catalog.importing.models import Import
from bookplate.catalog.models import Book, Copy
from tests.catalog.importing.conftest import bring, receive, uploads

__all__ = ["bring", "receive", "uploads"]

Again = Callable[[bytes, str], Import]

HOSTILE = [
    '=HYPERLINK("https://example.org","Win")',
    "+1+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(1;2)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠1",
    "'=1+1",
    "''=1+1",
    "'Tis Pity She's a Whore",
    "<script>alert('x')</script> & </subfield>]]>",
    'A "quoted", title; with\tevery separator|',
    "Lines\nof\r\nall\rkinds\n",
    "  blanks \u00a0 all  round  ",
    "👩‍👩‍👧 📚",
    "\u202bعنوان الكتاب\u202c \u200f(mixed)\u200e",
    "e\u0301 is not é; Å is not A\u030a",
    "_x000D_ and _x0041_",
    "\\LaTeX{} {braces} 100% $5 #1 a_b ~ ^",
    "Ends like a description / ",
    "[In brackets]",
    "Isaac A.",
    "N/A",
    "#N/A",
    "Kept\x1cby\x1dno\x1erecord\x1f or\x0bby\x01 XML\ufffe, and an \x1bescape",
]


def hard_books() -> list[Book]:
    """Each as a title, an author and a subject, and one with all that a book can have.

    The authors are numbered: several of the titles are one to whoever looks for books (and to an import).
    """
    books = [
        Book(title=text, author=f"{text}{number}", subjects=text, publisher=text, edition=text)
        for number, text in enumerate(HOSTILE)
    ]
    full = Book(
        title="Notre-Dame de Paris",
        author="Victor Hugo, Somebody Else",
        published_year=1831,
        isbn="9782070422524",
        publisher="Gallimard",
        edition="2nd, revised",
        language="fr",
        subjects="Paris; Cathedrals--France--Fiction",
    )
    return [
        *books,
        full,
        Book(title="Epic of Gilgamesh", published_year=-2100, language="akk"),
        Book(title="Zero", published_year=0),
    ]


@pytest.fixture
def library(db: None) -> list[Book]:
    books = Book.objects.bulk_create(hard_books())
    Copy.objects.create(book=books[0], barcode="=1+1", shelfmark="@home")
    Copy.objects.create(book=books[1], barcode="V  9", shelfmark="e\u0301tage  \u200f2")
    Copy.objects.create(book=books[1], barcode="V 9", shelfmark="line\none")
    Copy.objects.create(book=books[2], barcode="V\x1d8", shelfmark="\ufffe")
    for number in (1, 2):
        Copy.objects.create(book=books[-3], barcode=f"V{number}", shelfmark="French, “upstairs”")
    return books


@pytest.fixture
def again(bring: Callable[..., Import]) -> Again:
    """Bring a file into a library that is empty."""

    def again(content: bytes, name: str) -> Import:
        Copy.objects.all().delete()
        Book.objects.all().delete()
        return pipeline.run(intake.receive(io.BytesIO(content), name, by=None, copies=1))

    return again


def exported(name: str, selection: Selection | None = None) -> bytes:
    form, wanted = FORMATS[name], selection or Selection(by_operator=True)
    return b"".join(form.write(wanted.entries(with_marc=form.with_marc)))
