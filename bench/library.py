"""Fill an empty library with books, copies, cards and what is lent, through Bookplate's own models.

Each value is what the field of the model would write, the derived columns (`title_key`, `words`, …)
included; only the statement around them is ours, for a million rows have to be there in a few minutes.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeAlias

from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.models import Field

from bench import words
from bench.people import DESK, PASSWORD, READER
from bookplate.catalog.models import Book, Copy, State, Visibility
from bookplate.lending.models import Hold, HoldState, Loan
from bookplate.people.models import Group, Member, Profile, User
from bookplate.people.roles import Role

Spread: TypeAlias = Callable[[Callable[[tuple[int, int]], "Piece"], list[tuple[int, int]]], Iterator["Piece"]]
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)
# Nothing that is lent may come due, or be fetched too late, while somebody measures.
FAR = datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)
ACCOUNTS, GROUPS = 20, 4
BOOKS_FOR_EACH_CARD = 20
TABLES: list[type[models.Model]] = [Group, User, Profile, User.friends.through, Member, Book, Copy, Loan, Hold]
STATES = {State.IN: 75, State.ON_LOAN: 15, State.HELD: 3, State.LOST: 4, State.WITHDRAWN: 3}
OF_LIBRARY = {Visibility.EVERYONE: 85, Visibility.MEMBERS: 10, Visibility.OWNER: 5}
OF_A_PERSON = {Visibility.EVERYONE: 30, Visibility.GROUP: 30, Visibility.FRIENDS: 30, Visibility.OWNER: 10}


@dataclass(frozen=True)
class Piece:
    """Rows as the database takes them."""

    end: int
    rows: dict[type[models.Model], list[tuple[Any, ...]]]


def fill(size: int, spread: Spread = map) -> Iterator[int]:
    """Make a library of `size` books; gives how many there are after each piece.

    `spread` may hand the pieces to other processes, as a pool's `imap` does; they come back in order.
    """
    bounds = [(start, min(start + words.CHUNK, size)) for start in range(0, size, words.CHUNK)]
    owners = [user.pk for user in _people()]
    with transaction.atomic():
        _write(Member, _rows(_cards(size, owners)))
    for piece in spread(partial(make_piece, owners, cards(size)), bounds):
        with transaction.atomic():
            for model, rows in piece.rows.items():
                _write(model, rows)
        yield piece.end
    reset_sequences()


def cards(size: int) -> int:
    return max(ACCOUNTS, size // BOOKS_FOR_EACH_CARD)


def make_piece(owners: list[int], cards: int, bounds: tuple[int, int]) -> Piece:
    start, end = bounds
    copies = list(_copies(start, end, owners))
    made = {Book: _books(start, end), Copy: copies, Loan: _loans(copies, cards), Hold: _holds(copies, cards)}
    return Piece(end, {model: _rows(rows) for model, rows in made.items()})


def _rows(made: Iterable[models.Model]) -> list[tuple[Any, ...]]:
    return [tuple(_written(row, field) for field in written(type(row))) for row in made]


def _written(row: models.Model, field: "Field[Any, Any]") -> Any:
    return field.get_db_prep_save(field.pre_save(row, add=True), connection)


def _write(model: type[models.Model], rows: list[tuple[Any, ...]]) -> None:
    columns = [f'"{field.column}"' for field in written(model)]
    places = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        statement = f'INSERT INTO "{model._meta.db_table}" ({", ".join(columns)}) VALUES ({places})'
        cursor.executemany(statement, rows)


def written(model: type[models.Model]) -> "list[Field[Any, Any]]":
    """The fields whose values we write; the others the database works out itself."""
    return [field for field in model._meta.local_concrete_fields if not field.generated]


def _people() -> list[User]:
    """A reader and somebody at the desk, who sign in, an admin, and members in groups, some the reader's friends."""
    groups = Group.objects.bulk_create(Group(name=f"Group {number}") for number in range(1, GROUPS + 1))
    roles = {READER: Role.MEMBER, DESK: Role.ASSISTANT, "admin": Role.ADMIN}
    roles |= {f"member{number}": Role.MEMBER for number in range(1, ACCOUNTS + 1)}
    hashed = User()
    hashed.set_password(PASSWORD)
    users = [
        User(username=name, password=hashed.password, role=role, group=groups[number % GROUPS], date_joined=BEGAN)
        for number, (name, role) in enumerate(roles.items())
    ]
    users = list(User.objects.bulk_create(users))
    users[0].friends.set(users[3:9])
    return users[3:]


def _cards(size: int, owners: list[int]) -> Iterator[Member]:
    """Most people who borrow have no account."""
    users = dict(enumerate(owners, 1))
    for number in range(1, cards(size) + 1):
        names = {"firstname": "Member", "lastname": f"Number {number}"}
        yield Member(id=number, card=f"C{number:07}", user_id=users.get(number), created_at=BEGAN, **names)


def _books(start: int, end: int) -> Iterator[Book]:
    for number, values in enumerate(words.books(start, end), start + 1):
        yield Book(id=number, added_at=_added(number), **values)


def _copies(start: int, end: int, owners: list[int]) -> Iterator[Copy]:
    """About 1.2 of each book, nine of ten the library's own; a book has room for ten numbers."""
    chance = random.Random(-words.SEED - start)
    for book, count in enumerate(chance.choices([0, 1, 2, 5], [8, 75, 14, 3], k=end - start), start + 1):
        for place in range(count):
            yield _copy(book * 10 + place, book, chance, owners)


def _copy(number: int, book: int, chance: random.Random, owners: list[int]) -> Copy:
    owner = chance.choice(owners) if chance.random() < 0.1 else None
    shown = OF_A_PERSON if owner else OF_LIBRARY
    return Copy(
        id=number,
        book_id=book,
        barcode=f"B{number:09}",
        shelfmark=f"{chance.randrange(1000):03}",
        state=_one_of(STATES, chance),
        visibility=_one_of(shown, chance),
        owner_id=owner,
        added_at=_added(book),
    )


def _loans(copies: Iterable[Copy], cards: int) -> Iterator[Loan]:
    for copy in copies:
        if copy.state == State.ON_LOAN:
            yield Loan(id=copy.pk, copy=copy, member_id=_card(copy, cards), lent_at=copy.added_at, due_at=FAR)


def _holds(copies: Iterable[Copy], cards: int) -> Iterator[Hold]:
    for copy in copies:
        if copy.state == State.HELD:
            yield Hold(
                id=copy.pk,
                book_id=copy.book_id,
                copy=copy,
                wanted=copy if copy.is_somebodys else None,
                member_id=_card(copy, cards),
                state=HoldState.READY,
                placed_at=copy.added_at,
                ready_until=FAR,
            )


def _card(copy: Copy, cards: int) -> int:
    """Of another person for each copy of a book."""
    return copy.pk * 7919 % cards + 1


def _one_of(shares: dict[Any, int], chance: random.Random) -> Any:
    return chance.choices(list(shares), list(shares.values()))[0]


def _added(number: int) -> datetime:
    return BEGAN + timedelta(minutes=number)


def reset_sequences() -> None:
    """After rows came in with their ids, the next one made has to get a free one."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), TABLES):
            cursor.execute(statement)
