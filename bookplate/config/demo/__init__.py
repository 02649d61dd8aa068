"""The demo library: real books, invented people, loans and holds around today."""

import csv
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.resources import files

from django.db import transaction
from django.utils import timezone

from bookplate.catalog.models import Book, Copy, State, Visibility
from bookplate.core import events
from bookplate.core.models import Audience
from bookplate.lending import checkout, holds, policy, rules
from bookplate.lending.models import Loan
from bookplate.people.models import Details, Group, Member, Profile, User
from bookplate.people.roles import Role

PASSWORD = "bookplate-demo"
SIGN_INS = {
    "admin": Role.ADMIN,
    "librarian": Role.LIBRARIAN,
    "assistant": Role.ASSISTANT,
    "alice": Role.MEMBER,
    "bob": Role.MEMBER,
    "carol": Role.MEMBER,
}
GROUPS = {"alice": "Harbour Street house", "bob": "Harbour Street house", "carol": "Thursday reading circle"}
SHELVES = {
    "Children": "J",
    "Comics": "G",
    "Graphic novels": "G",
    "Cooking": "641",
    "History": "900",
    "Science": "500",
    "Poetry": "P",
}
PEOPLE = """Ada Okafor, Ben Lindqvist, Chen Wei, Dalia Haddad, Emil Novák, Fatima Zahra, Giulia Conti, Hanna Schäfer,
Ivo Petrov, Joana Silva, Kofi Mensah, Leila Rostami, Mateo Fernández, Nora Dahl, Oskar Zieliński, Priya Raman,
Quentin Moreau, Rosa Delgado, Søren Kjær, Tomoko Sato, Umar Khan, Viktória Kiss, William Byrne, Ximena Rojas,
Yusuf Demir, Zoë van Dijk, Aroha Ngata, Tove Ek, Ola Nordmann, Ilse Brandt"""


def is_loaded() -> bool:
    """Whether anybody could still sign in with the demo's known password."""
    accounts = User.objects.filter(username__in=SIGN_INS, is_active=True)
    return any(account.check_password(PASSWORD) for account in accounts)


@transaction.atomic
def load_if_empty() -> bool:
    """Load the demo unless the library holds anything already; whether it did."""
    if User.objects.exists() or Book.objects.exists() or Member.objects.exists():
        return False
    chance = random.Random(1873)
    copies = _copies(_books(), chance)
    members = _people()
    _private_copies(copies, members)
    _loans(copies, members, chance)
    _holds(members)
    events.record("catalogue.loaded", (Audience.PUBLIC, None))
    return True


def rows() -> Iterator[dict[str, str]]:
    with files(__package__).joinpath("books.csv").open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _books() -> list[Book]:
    """Brought in over the last year, so that "newest first" has something to show."""
    now = timezone.now()
    books = [Book(**row | {"published_year": row["published_year"] or None}) for row in rows()]
    for number, book in enumerate(books):
        book.added_at = now - timedelta(days=365 * (1 - number / len(books)))
    return Book.objects.bulk_create(books)


def _copies(books: list[Book], chance: random.Random) -> list[Copy]:
    shelved = [book for book in books for _ in range(chance.choices([1, 2, 3], [80, 15, 5])[0])]
    copies = [Copy(book=book, barcode=f"BP{n:05}", shelfmark=_shelfmark(book)) for n, book in enumerate(shelved, 1)]
    return Copy.objects.bulk_create(copies)


def _shelfmark(book: Book) -> str:
    shelf = next((mark for subject, mark in SHELVES.items() if subject in book.subjects), "F")
    author = (book.author.split(",")[0].split() or [book.title])[-1]
    return f"{shelf} {author[:3].upper()}"


def _people() -> dict[str, Member]:
    members: dict[str, Member] = {}
    for name, role in SIGN_INS.items():
        group = Group.objects.get_or_create(name=GROUPS.get(name, "Library team"))[0]
        user = User.objects.create_user(name, f"{name}@example.org", PASSWORD, role=role, group=group)
        members[name] = Member.objects.create(firstname=name.capitalize(), user=user, card=f"M{len(members) + 1:04}")
    _make_friends(members["alice"], members["carol"])
    about = "I keep the reading circle's list. Tell me what you would like to read next."
    Profile.objects.filter(user__username="carol").update(info=about, visibility=Details.MEMBERS)
    for full_name in PEOPLE.replace("\n", " ").split(", "):
        firstname, _, lastname = full_name.partition(" ")
        card = f"M{len(members) + 1:04}"
        members[full_name] = Member.objects.create(firstname=firstname, lastname=lastname, card=card)
    return members


def _make_friends(one: Member, other: Member) -> None:
    if one.user and other.user:
        one.user.friends.add(other.user)


def _private_copies(copies: list[Copy], members: dict[str, Member]) -> None:
    """Books of alice, bob and carol themselves, each shown to other people."""
    shown_to = {"alice": Visibility.FRIENDS, "bob": Visibility.GROUP, "carol": Visibility.OWNER}
    for (name, visibility), start in zip(shown_to.items(), (10, 20, 30), strict=True):
        for number, copy in enumerate(copies[start : start + 5], 1):
            barcode = f"{name.upper()}{number}"
            Copy.objects.create(book=copy.book, barcode=barcode, owner=members[name].user, visibility=visibility)


def _loans(copies: list[Copy], members: dict[str, Member], chance: random.Random) -> None:
    """Loans of the last weeks: some returned, most open, a few overdue; alice has one overdue."""
    borrowers = [member for name, member in members.items() if name not in ("admin", "librarian", "assistant")]
    lent = chance.sample(copies[60:], 48)
    for number, copy in enumerate(lent):
        member = borrowers[number % len(borrowers)]
        days_ago = 30 if number % 8 == 0 else chance.randrange(1, 20)
        _lend(
            copy, member, timezone.now() - timedelta(days=days_ago, hours=chance.randrange(8)), returned=number % 5 == 4
        )


def _lend(copy: Copy, member: Member, at: datetime, *, returned: bool) -> None:
    loan = checkout.check_out(copy, member, by=None)
    due_at = policy.due_at(rules.current(), copy, member, at)
    Loan.objects.filter(pk=loan.pk).update(lent_at=at, due_at=due_at)
    if returned:
        checkout.take_back(copy)


def _holds(members: dict[str, Member]) -> None:
    """Two people wait for books that are out, and one book waits on the holds shelf."""
    waiting = [members[name] for name in ("bob", "carol", "alice")]
    out = Loan.objects.open().exclude(copy__book__copies__state=State.IN).exclude(member__in=waiting)
    wanted = list(out.order_by("id").select_related("copy__book")[:3])
    for loan, member in zip(wanted, waiting, strict=True):
        holds.place(loan.copy.book, member)
    checkout.take_back(wanted[2].copy)
