"""The libraries that are made for measuring are what Bookplate itself would have written."""

from itertools import islice

from bench import library, words
from bookplate.catalog.models import Book, Copy, Visibility
from bookplate.people.models import User

# What the other columns are derived from.
SOURCES = ["title", "author", "isbn", "publisher", "subjects"]


def test_every_column_is_what_the_model_writes(db: None) -> None:
    list(library.fill(200))
    made = list(Book.objects.values())

    books = list(Book.objects.all())
    for book in books:
        book.clean_fields()
    Book.objects.bulk_update(books, SOURCES)

    assert [row["id"] for row in made] == list(range(1, 201))
    assert list(Book.objects.values()) == made


def test_it_has_copies_for_all_kinds_of_people_and_goes_on_from_there(db: None) -> None:
    list(library.fill(200))

    assert 200 < Copy.objects.count() < 300
    assert set(Copy.objects.values_list("visibility", flat=True)) == set(Visibility.values)
    assert Copy.objects.visible_to(User.objects.get(username="reader")).count() < Copy.objects.count()
    assert Book.objects.create(title="One more").pk == 201


def test_a_smaller_library_is_the_beginning_of_a_larger_one() -> None:
    assert list(words.books(0, 50)) == list(islice(words.books(0, 20_000), 50))
