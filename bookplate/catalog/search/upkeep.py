"""The index made when it is missing, made anew, and proved to hold what the books say."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from typing import Any

from django.db import connection, transaction

from bookplate.catalog.models import Book
from bookplate.catalog.search import index, words
from bookplate.catalog.search.models import Word
from bookplate.core.many import each_given, given

AT_ONCE = 5_000
# Each word is looked up by itself, and all of them (hence the order) before the first is written: PostgreSQL, told that
# there are no words, as in a new library, would compare each with all that there are meanwhile.
_NOTE = """INSERT INTO catalog_word (text) SELECT given.each FROM {each_given}
    WHERE (SELECT 1 FROM catalog_word WHERE catalog_word.text = given.each LIMIT 1) IS NULL ORDER BY given.each"""
Progress = Callable[[int], object]


def ensure(**_: Any) -> None:
    """After each migration: Django rebuilds a table of SQLite by another, and the triggers do not come along."""
    if not index.here().missing():
        return
    with transaction.atomic():
        there = write_words()
        index.here().create()
        index.here().fill()
        note(there)


def reindex(progress: Progress = lambda books: None) -> None:
    """All of it anew, while the library is open; `progress` is told of each portion of books."""
    ensure()
    with _filling():
        there = write_words(progress)
    note(there)
    freshen_statistics()


@contextmanager
def _filling() -> Iterator[None]:
    """While the words are put right, the index is made anew.

    SQLite makes it of the words as they are then, and lets one write at a time; PostgreSQL can do both at once, for
    what is written meanwhile reaches the old index and the new one.
    """
    if connection.vendor == "sqlite" or connection.in_atomic_block:
        yield
        index.here().fill()
        return
    with ThreadPoolExecutor(1) as beside:
        filled = beside.submit(_fill_beside)
        yield
        filled.result()


def _fill_beside() -> None:
    try:
        index.here().fill()
    finally:
        connection.close()  # which is this thread's own


def write_words(progress: Progress = lambda books: None) -> set[str]:
    """Put right the words that are kept with the books; gives all of them."""
    there: set[str] = set()
    for books in _portions():
        wrong = [number for number, kept, right in books if kept != right]
        if wrong:
            _rewrite(wrong)
        there.update(*(right.split() for _, _, right in books))
        progress(len(books))
    return there


def _portions() -> Iterator[list[tuple[int, str, str]]]:
    """The id of each book, its words as they are kept, and as they should be."""
    last = 0
    books = Book.objects.order_by("pk").values_list("pk", "words", *words.SOURCES)
    while rows := list(books.filter(pk__gt=last)[:AT_ONCE]):
        yield [(number, kept, _right(values)) for number, kept, *values in rows]
        last = rows[-1][0]


def _right(values: Iterable[Any]) -> str:
    return words.of_book(*values)


@transaction.atomic
def _rewrite(numbers: list[int]) -> None:
    """As they should be now: somebody may have changed a book since it was read."""
    rows = Book.objects.select_for_update().filter(pk__in=numbers).values_list("pk", *words.SOURCES)
    if not (right := [(number, _right(values)) for number, *values in rows]):
        return
    places = ", ".join(["(%s, %s)"] * len(right))
    sql = f"UPDATE catalog_book SET words = column2 FROM (VALUES {places}) AS new WHERE id = column1"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, list(chain.from_iterable(right)))


def faults(seen: Progress = lambda books: None) -> Iterator[str]:
    """What is wrong with the index, in sentences; `reindex` puts all of it right."""
    if missing := index.here().missing():
        yield f"The index of words lacks {', '.join(missing)}."
        return
    wrong = 0
    for books in _portions():
        wrong += sum(kept != right for _, kept, right in books)
        seen(len(books))
    if wrong:
        yield f"{wrong:,} {'book is' if wrong == 1 else 'books are'} not found by the words of today."
    if not index.here().holds():
        yield "The index of words does not hold what is kept with the books."


@contextmanager
def at_once(books: Sequence[Book]) -> Iterator[None]:
    """While these new books are written: they are indexed together at the end, and not by the triggers one by one.

    An empty word tells these so; within the transaction alone, so that nobody else sees it, nor whoever comes after
    a failure.
    """
    with transaction.atomic():
        mark = Word.objects.create(text="")
        yield
        if books:
            index.here().add(books[0].pk, books[-1].pk)
        note(set("".join(book.words for book in books).split()))
        mark.delete()


def note(there: set[str]) -> None:
    """Add those words that are not known yet."""
    spelt = {word[1:] for word in there if words.is_spelt(word)}
    with connection.cursor() as cursor:
        cursor.execute(_NOTE.format(each_given=each_given()), [given(spelt)])


def freshen_statistics() -> None:
    """By which the planner knows a rare word from a common one; neither database is told by itself in time."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA analysis_limit = 1000")
        cursor.execute("ANALYZE")
