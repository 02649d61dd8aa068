"""Searches find what a person wants among a few books of our own; test_judged.py does it with real ones."""

import tomllib
from pathlib import Path

from bookplate.catalog.models import Book
from tests.catalog.search.judging import ask, read

FEW = Path(__file__).with_name("few_books.toml")


def test_searches_find_what_a_person_wants(db: None) -> None:
    Book.objects.bulk_create(Book(**book) for book in tomllib.loads(FEW.read_text())["books"])

    assert [told for judged in read(FEW) if (told := judged.told(ask(judged.query)))] == []
