"""What people type: words, phrases, -not, fields and years; nothing that is typed is an error."""

import random
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from bookplate.catalog import listing, ranked
from bookplate.catalog.filters import Filters
from bookplate.catalog.models import Book
from bookplate.catalog.paging import Place
from bookplate.catalog.search import facets, suggestions

pytestmark = pytest.mark.django_db

NOBODY = AnonymousUser()


def found(search: str, **filters: Any) -> list[str]:
    page, _ = listing.page(Filters(search=search, **filters), NOBODY, Place(ranked.ORDERING, "", 50))
    return [book.title for book in page.items]


@pytest.fixture
def books() -> None:
    rows: list[dict[str, Any]] = [
        {"title": "War and Peace", "author": "Leo Tolstoy", "published_year": 1869, "subjects": "Russia; War"},
        {"title": "Peace after War", "author": "A. Tolstoy", "published_year": 1990},
        {"title": "The Tolstoys", "author": "Nikolai Tolstoy", "published_year": 1983, "isbn": "0-241-10979-5"},
        {"title": "The Lord of the Rings", "author": "J. R. R. Tolkien", "published_year": 1954, "language": "en"},
        {"title": "東京都の歴史", "author": "山田太郎"},
        {"title": "كِتاب الأغاني", "author": "أبو الفرج"},
        {"title": "?"},
    ]
    Book.objects.bulk_create([Book(**row) for row in rows])


WAR, AFTER, NAMES, RINGS = "War and Peace", "Peace after War", "The Tolstoys", "The Lord of the Rings"


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize(
    ("search", "titles"),
    [
        ("peace war", [WAR, AFTER]),
        ("“peace and”", []),
        ('"war and peace"', [WAR]),
        ('"war and pea"', []),
        ('tolstoy "peace after"', [AFTER]),
        ("war -leo", [AFTER]),
        ('peace -"after war"', [WAR]),
        ("-war -lord", [NAMES, "東京都の歴史", "كِتاب الأغاني", "?"]),
        ("title:tolstoy", [NAMES]),
        ("author:tolstoy title:peace", [WAR, AFTER]),
        ("subject:russia", [WAR]),
        ("tolstoy year:1980..1999", [AFTER, NAMES]),
        ("year:..1900", [WAR]),
        ("year:1983..", [AFTER, NAMES]),
        ("year:1954", [RINGS]),
        ("rings 1954", [RINGS]),
        ("year:19x", []),
        ("jrr tolkien", [RINGS]),
        ("j.r.r. tolkien", [RINGS]),
        ("J R R Tolkien", [RINGS]),
        ("0241109795", [NAMES]),
        ("978-0-241-10979-3", [NAMES]),
        ("tolstoys 0241109795", [NAMES]),
        ("京都", ["東京都の歴史"]),
        ("歴", ["東京都の歴史"]),
        ("史", ["東京都の歴史"]),
        ("京東", []),
        ("كتاب الاغانى", ["كِتاب الأغاني"]),
        ("?", ["?"]),
        ("!", []),
        ("-", []),
        ("Ｗａｒ  PEACE", [WAR, AFTER]),
    ],
)
def test_what_is_typed(search: str, titles: list[str]) -> None:
    assert found(search) == titles


@pytest.mark.usefixtures("books")
def test_filters_narrow_a_search() -> None:
    assert found("tolstoy", published_year__lte=1983) == [WAR, NAMES]
    assert found("tolstoy", subject="WAR") == [WAR]
    assert found("war", author="a tol") == [AFTER]
    assert found("the", language="en") == [RINGS]


# fmt: off
ODD = [
    "", " ", "-", "--", '"', '""', '"a', "a\"b\"", "NEAR(a b)", "a AND", "OR NOT", "a*", "^a", "{t}: a", "t:*", "(",
    "'", "''", "\\", "!", "a & | !b", "<->", "\0", "a\0b", "year:", "year:..", "year:9999..-9999", "author:",
    'author:""', "-author:-", "٪", "%", "_", "\ud800", "a" * 10_000, "a " * 5_000, "京" * 3_000, '"' * 999, "-" * 999,
    "e\u0301" * 500, "'" + "x'" * 300,
]
# fmt: on


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_nothing_that_is_typed_is_an_error(text: str) -> None:
    for exact in (False, True):
        found(text, exact=exact)
    found("war", author=text, title=text, subject=text)
    facets.of(Filters(search=text), NOBODY)
    suggestions.of(text)


@pytest.mark.usefixtures("books")
def test_nothing_that_a_monkey_types_is_an_error() -> None:
    chance = random.Random(6)
    pieces = [
        *"\"-:.()*^{}+|&!<>'\\%_ \0",
        "war",
        "peace",
        "京都",
        "author:",
        "year:19",
        "..",
        "NOT ",
        " OR ",
        "é",
        "كتاب",
    ]
    for _ in range(60):
        found("".join(chance.choices(pieces, k=chance.randrange(1, 9))))
