"""What of a title and of names may differ in one and the same edition."""

import pytest

from bookplate.catalog.duplicates import titles

SAME = [
    ("The Left Hand of Darkness", "Left hand of darkness"),
    ("Sapiens: A Brief History of Humankind", "Sapiens"),
    ("Dune", "Dune (Dune Chronicles, #1)"),
    ("Harry Potter and the Goblet of Fire", "Harry Poter and the Goblet of Fire"),
    ("Les Misérables", "Les Miserables"),
    ("Pippi Långstrump / Astrid Lindgren", "Pippi Langstrump"),
    ("2001: A Space Odyssey", "2001 (Space Odyssey #1)"),
    ("Война и мир", "ВОЙНА И МИР"),
    ("C++", "C++"),
]
OTHERS = [
    ("History of Rome, vol. 1", "History of Rome, vol. 2"),
    ("Foundation (Vol. 1)", "Foundation (Vol. 2)"),
    ("Capital", "Capital: volume 2"),
    ("Part II", "Part III"),
    ("Dune", "Dune Messiah"),
    ("Dune: the graphic novel", "Dune: the screenplay"),
    ("Emma", "Ema"),
    ("Dawn", "Done"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_titles_of_one_edition(one: str, other: str) -> None:
    assert titles.near(one, other) and titles.near(other, one)
    assert titles.key(one) == titles.key(other) != ""


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_titles_of_two(one: str, other: str) -> None:
    assert not titles.near(one, other) and not titles.near(other, one)


@pytest.mark.parametrize(
    ("one", "other", "fit"),
    [
        ("Le Guin, Ursula K.", "Ursula K. Le Guin", True),
        ("J. R. R. Tolkien", "Tolkien, John Ronald Reuel, 1892-1973", True),
        ("Terry Pratchett, Neil Gaiman", "Neil Gaiman", True),
        ("Gabriel García Márquez", "Gabriel Garcia Marquez", True),
        ("", "Jane Austen", True),
        ("A. Smith", "John Smith", False),
        ("Jane Austen", "Charlotte Brontë", False),
        ("Ann Smith", "John Smith", False),
    ],
)
def test_names(one: str, other: str, fit: bool) -> None:
    assert titles.names_fit(one, other) is titles.names_fit(other, one) is fit


def test_a_title_of_signs_alone_has_no_key() -> None:
    assert [titles.key(title) for title in ("...", "?!", "")] == ["", "", ""]


def test_the_longest_title_costs_no_time() -> None:
    assert titles.near("a" * 2000, "b" * 2000) is False
