"""Holds keep the order of the other system, and stand before those who came here since."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bookplate.catalog.importing import pipeline
from bookplate.catalog.models import Book, Copy, State
from bookplate.core.models import Event
from bookplate.lending import checkout, holds
from bookplate.lending.models import Hold
from bookplate.people.models import Member, User
from tests.catalog.importing.conftest import Bring, counts, failures
from tests.lending.moving.conftest import queue

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[500, 1])
def batches(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All in one batch, and each row in one of its own."""
    monkeypatch.setattr(pipeline, "BATCH", request.param)


@pytest.mark.usefixtures("batches")
@pytest.mark.parametrize(
    ("content", "line"),
    [
        (["reservedate,priority", "2026-11-01,3", "2026-11-02,1", "2026-11-03,2"], ["2", "3", "1"]),
        (["reservedate", "2026-11-03", "2026-11-01", "2026-11-02"], ["2", "3", "1"]),
        (["priority", "2", "3", "1"], ["3", "1", "2"]),
        (["reservedate", "2026-11-01", "2026-11-01", "2026-11-01"], ["1", "2", "3"]),
        (["reservedate,priority", "2026-11-01,", "2026-10-01,", "2026-11-03,0"], ["3", "2", "1"]),
    ],
)
def test_the_order_of_the_queue_is_kept(
    bring: Bring, shelf: dict[str, Copy], cards: dict[str, Member], content: list[str], line: list[str]
) -> None:
    header, *rows = content
    job = bring(
        "\n".join([f"cardnumber,isbn,{header}", *(f"{n},9780156027601,{row}" for n, row in enumerate(rows, 1))])
    )

    assert (job.format, counts(job), queue("Solaris")) == ("holds", (3, 3, 0, 0, 0), line)


@pytest.mark.parametrize("rows", [["priority", "7", "9"], ["placed", "2026-11-01", "2026-11-02"], ["placed", "", ""]])
def test_who_came_here_since_stands_behind(
    bring: Bring, shelf: dict[str, Copy], cards: dict[str, Member], rows: list[str]
) -> None:
    dora = Member.objects.create(firstname="Dora", card="4")
    header, first, second = rows
    holds.place(shelf["B1"].book, cards["1"])
    bring(f"card,isbn,{header}\n2,9780156027601,{first}\n")
    holds.place(shelf["B1"].book, cards["3"])
    bring(f"card,isbn,{header}\n4,9780156027601,{second}\n")

    assert queue("Solaris") == ["2", dora.card, "1", "3"]


def test_behind_those_who_moved_in_nobody_overtakes(
    bring: Bring, shelf: dict[str, Copy], cards: dict[str, Member]
) -> None:
    bring("card,isbn,priority\n1,9780156027601,1\n")
    holds.place(shelf["B1"].book, cards["2"])
    bring("card,isbn,priority\n3,9780156027601,5\n")

    assert queue("Solaris") == ["1", "3", "2"]


@pytest.mark.parametrize(
    "row",
    ["B9,,,", ",0-15-602760-7,,", ",,SOLARIS,Lem Stanislaw", ",,Solaris,", "B1,9780000000002,Nonsense,x"],
)
def test_a_book_is_known_by_any_of_its_names(
    bring: Bring, shelf: dict[str, Copy], cards: dict[str, Member], row: str
) -> None:
    job = bring(f"card,barcode,isbn,title,author,placed\n1,{row},2026-11-01\n")

    assert (failures(job), queue("Solaris")) == ([], ["1"])


def test_two_files_in_a_row_make_nobody_wait_twice(
    bring: Bring, shelf: dict[str, Copy], cards: dict[str, Member]
) -> None:
    holds.place(shelf["B2"].book, cards["1"])
    content = "card,title,placed\n1,Emma,2026-11-01\n1,Solaris,2026-11-01\n1,solaris,2026-11-02\n"

    assert (counts(bring(content)), counts(bring(content))) == ((3, 1, 0, 2, 0), (3, 0, 0, 3, 0))
    assert Hold.objects.count() == 2


def test_what_is_over_is_counted_as_skipped(bring: Bring, shelf: dict[str, Copy], cards: dict[str, Member]) -> None:
    today, tomorrow = timezone.localdate(), timezone.localdate() + timedelta(days=1)
    job = bring(
        "cardnumber,title,reservedate,cancellationdate,expirationdate\n"
        f"1,Emma,2026-01-01,2026-02-01,\n2,Emma,2026-01-01,,{today}\n3,Emma,2026-01-01,0000-00-00,{tomorrow}\n"
    )

    assert (counts(job), job.skipped, queue("Emma")) == ((3, 1, 0, 0, 0), 2, ["3"])


def test_what_cannot_be_is_told(bring: Bring, shelf: dict[str, Copy], cards: dict[str, Member], alice: User) -> None:
    Book.objects.create(title="Emma", author="Somebody Else")
    Copy.objects.filter(barcode="B3").update(state=State.LOST)
    Copy.objects.create(book=shelf["B3"].book, barcode="MINE", owner=alice)
    checkout.check_out(shelf["B1"], cards["1"], by=None)
    tomorrow = timezone.localdate() + timedelta(days=1)
    rows = ["9,Emma,Jane Austen,,", "1,Emma,,,", "1,Emma,Nobody,,", "1,,,,", "1,Dune,,,", "1,Solaris,,,"]
    rows += ["2,,,X,", "2,,,,9780441172719", "2,,,,12"]
    content = "\n".join(f"{row},2026-11-01" for row in rows) + f"\n2,Solaris,,,,{tomorrow}\n"
    job = bring(f"card,title,author,barcode,isbn,placed\n{content}")

    assert (counts(job), Hold.objects.count()) == ((10, 0, 0, 0, 10), 0)
    assert failures(job) == [
        (2, "card", "There is no card 9 here. Bring the members in first."),
        (3, "title", "There are 2 books “Emma”. Name it by its ISBN or barcode."),
        (4, "title", "There is no book “Emma” here. Bring it in first."),
        (5, "title", "There is nothing that names the book: no barcode, no ISBN, no title."),
        (6, "title", "The library has no copy of “Dune” to wait for."),
        (7, "card", "This member has “Solaris” now, so there is nothing to wait for."),
        (8, "barcode", "There is no copy with the barcode X. Bring it in first."),
        (9, "isbn", "There is no book with the ISBN 9780441172719. Bring it in first."),
        (10, "isbn", "12 is not an ISBN: it has 2 digits instead of 10 or 13."),
        (11, "placed", f"The hold begins on {tomorrow}, which is in the future."),
    ]


def test_the_desk_hears_and_the_first_in_line_gets_the_copy(
    bring: Bring, shelf: dict[str, Copy], cards: dict[str, Member]
) -> None:
    checkout.check_out(shelf["B2"], cards["3"], by=None)
    bring("card,title,priority\n1,Emma,2\n2,Emma,1\n")
    checkout.take_back(shelf["B2"])

    assert Event.objects.filter(type="hold.placed", audience="staff").count() == 2
    ready = Hold.objects.get(state="ready")
    assert (ready.member, ready.copy, queue("Emma")) == (cards["2"], shelf["B2"], ["1"])
