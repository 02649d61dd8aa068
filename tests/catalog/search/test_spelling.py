"""A misspelt search finds what was meant, and only when nothing fits as it is spelt."""

import random

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from bookplate.catalog import listing, ranked
from bookplate.catalog.filters import Filters
from bookplate.catalog.models import Book
from bookplate.catalog.paging import Place
from bookplate.catalog.search import query, spelling
from bookplate.catalog.search.distance import distance
from bookplate.catalog.search.models import Word

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> None:
    rows = [
        ("Winter Wind", "Ernest Hemingway"),
        ("A Winter Garden", "Fyodor Dostoevsky"),
        ("Hinter Bergen", "Anna Weber"),
        ("Histories", "Anna Weger"),
        ("Prévert à Paris", "Jean-Paul Müller"),
        ("Преступление и наказание", "Достоевский"),
        ("Snowbird", "Ann Snow"),
        ("Bird and Tree", "Ann Bird"),
    ]
    Book.objects.bulk_create([Book(title=title, author=author) for title, author in rows])


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("wintr", "winter"),
        ("wniter", "winter"),
        ("winter", ""),
        ("winte", ""),
        ("hemmingway wintr", "hemingway winter"),
        ("dostoyevski", "dostoevsky"),
        ("author:hemingwy wind", "author:hemingway wind"),
        ("jean-pual", "jean paul"),
        ('"wintr wimd"', '"winter wind"'),
        ('"winter wind garden"', ""),
        ("преступлниее", "преступление"),
        ("Prever", ""),
        ("Prevret", "prevert"),
        # Both names are known, but only one of them has a book of this title.
        ("histories weber", "histories weger"),
        # And here both words, but what was meant is one.
        ("snow bird", "snowbird"),
        ("snow bird snow", "snowbird snow"),
        ("wintr -garden", "winter -garden"),
        ("wimd", "wind"),
        ("wimx", ""),
        ("xyzzyx", ""),
        ("zz", ""),
        ("12345", ""),
        ("", ""),
    ],
)
def test_what_was_meant(typed: str, meant: str) -> None:
    assert spelling.corrected(query.read(typed)) == meant


@pytest.mark.usefixtures("books")
def test_of_words_equally_near_the_one_that_more_books_have_is_meant() -> None:
    assert spelling.corrected(query.read("xinter")) == "winter"
    Book.objects.bulk_create([Book(title="Hinter") for _ in range(2)])
    assert spelling.corrected(query.read("xinter")) == "hinter"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        # More books have "habit", and more people are called Mary.
        ("hobit", "hobbit"),
        ("hoobbit", "hobbit"),
        ("harry poter", "harry potter"),
        ("hary poter", "harry potter"),
        ("habot", "habit"),
    ],
)
def test_a_letter_written_once_instead_of_twice_is_the_likeliest_slip(typed: str, meant: str) -> None:
    rows = [("The Power of Habit", "Mary"), ("Habit", "Mary"), ("The Hobbit", ""), ("Potter's Garden", "Harry")]
    Book.objects.bulk_create([Book(title=title, author=author) for title, author in rows])

    assert spelling.corrected(query.read(typed)) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        # More people are called Larry, but none of them has this book.
        ("darry gardn", "harry garden"),
        # There is somebody called Hary, who has not this book either.
        ("hary gardn", "harry garden"),
        ("hary lifx", "hary life"),
        ("xyzzyx gardn", ""),
        ("gardn " * 7, ""),
    ],
)
def test_what_is_best_for_one_word_need_not_be_for_both(typed: str, meant: str) -> None:
    rows = [("Lift", "Larry"), ("Bergen", "Larry"), ("A Garden", "Harry"), ("Life", "Hary")]
    Book.objects.bulk_create([Book(title=title, author=author) for title, author in rows])

    assert spelling.corrected(query.read(typed)) == meant


@pytest.mark.usefixtures("books")
def test_the_answer_says_what_was_searched_for(client: Client) -> None:
    answer = client.get("/api/books/?search=Pr%C3%A9vret&limit=1")

    assert [book["title"] for book in answer.json()] == ["Prévert à Paris"]
    assert answer.headers["Searched-For"] == "prevert"
    assert "Searched-For" not in client.get("/api/books/?search=prevert").headers
    assert client.get("/api/books/?search=prevret&exact=true").json() == []
    assert client.get("/api/books/facets/?search=prevret").json()["searched_for"] == "prevert"
    assert client.get("/api/books/facets/?search=prevret&exact=true").json()["total"] == 0


@pytest.mark.usefixtures("books")
def test_words_of_other_scripts_stand_in_the_header_as_in_an_address(client: Client) -> None:
    assert client.get("/api/books/?search=дастоевский").headers["Searched-For"].startswith("%D0%B4%D0%BE")


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize("ordering", ["", "title", "-id"])
def test_the_pages_of_a_misspelt_search_go_on(client: Client, ordering: str) -> None:
    first = client.get(f"/api/books/?search=wintr&limit=1&ordering={ordering}")
    second = client.get(first.headers["Link"].partition("<")[2].partition(">")[0])

    assert {book["title"] for answer in (first, second) for book in answer.json()} == {"Winter Wind", "A Winter Garden"}
    assert "Link" not in second.headers


@pytest.mark.usefixtures("books")
def test_a_filter_that_leaves_nothing_changes_no_word() -> None:
    page, searched_for = listing.page(
        Filters(search="winter", language="de"), AnonymousUser(), Place(ranked.ORDERING, "", 9)
    )
    assert (page.items, searched_for) == ([], "")


def test_a_word_is_known_from_the_write_that_brings_it_to_the_one_that_takes_it() -> None:
    book = Book.objects.create(title="Winter")
    assert spelling.corrected(query.read("wintr")) == "winter"
    Book.objects.filter(pk=book.pk).update(title="Wonder")
    assert (spelling.corrected(query.read("wintr")), spelling.corrected(query.read("wondr"))) == ("", "wonder")
    book.delete()
    assert spelling.corrected(query.read("wondr")) == ""


def edited(word: str, times: int, chance: random.Random) -> str:
    for _ in range(times):
        place = chance.randrange(len(word) - 1)
        before, letter, behind = word[:place], chance.choice("abcd"), word[place + 1 :]
        moved = before + word[place + 1] + word[place] + word[place + 2 :]
        word = chance.choice([before + behind, before + letter + behind, before + letter + word[place:], moved])
    return word


def test_every_word_that_is_near_is_looked_at() -> None:
    chance = random.Random(9)
    texts = ["".join(chance.choices("abcd", k=chance.randrange(4, 10))) for _ in range(400)]
    Word.objects.bulk_create([Word(text=text) for text in texts])
    for text in chance.sample(texts, 60):
        typed = edited(edited(text, 1, chance) + "d", 1, chance)
        for edits in (1, 2):
            near = {word for word in texts if distance(typed, word) == edits}
            assert near <= spelling._near(typed, edits)


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [
        ("a", "a", 0),
        ("", "ab", 2),
        ("wintr", "winter", 1),
        ("wniter", "winter", 1),
        ("ca", "abc", 3),
        ("kitten", "sitting", 3),
    ],
)
def test_distance(one: str, other: str, edits: int) -> None:
    assert distance(one, other) == distance(other, one) == edits


def test_of_very_many_words_the_likeliest_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spelling, "MOST_TRIED", 2)
    Book.objects.bulk_create([Book(title=title) for title in ("Aoise", "Boise", "Coise", "Mouse", "A Mouse")])

    assert spelling.corrected(query.read("moise")) == "mouse"
