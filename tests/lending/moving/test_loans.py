"""Open loans in the middle of a term: the engine's invariants hold, its limits do not stop what is so already."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from bookplate.catalog.models import Copy, Kind, State
from bookplate.core.models import Event
from bookplate.lending import checkout, holds, rules
from bookplate.lending.models import Hold, HoldState, Loan
from bookplate.people.models import Member, User
from tests.catalog.importing.conftest import Bring, counts, failures
from tests.lending.moving.conftest import loans, states

pytestmark = pytest.mark.django_db

KOHA = """cardnumber,surname,barcode,title,issuedate,date_due,renewals,returndate
1,Example,B1,Solaris,2026-10-05 10:15:00,2026-12-31 23:59:00,1,
1,Example,B2,Emma,2026-10-05 10:16:00,2026-11-02 23:59:00,,
2,Example,B3,Dune,2026-09-01 09:00:00,2026-09-22 23:59:00,0,2026-09-20 12:00:00
"""


def test_koha(bring: Bring, shelf: dict[str, Copy], cards: dict[str, Member]) -> None:
    job = bring(KOHA)

    assert (job.format, counts(job), job.skipped) == ("loans", (3, 2, 0, 0, 0), 1)
    assert loans() == [
        ("B1", "1", "2026-10-05", "2026-12-31T23:59:59", 1),
        ("B2", "1", "2026-10-05", "2026-11-02T23:59:59", 0),
    ]
    assert states() == {"B1": "on_loan", "B2": "on_loan", "B3": "in", "B9": "in"}
    opened = list(Event.objects.filter(type="loan.opened").order_by("id").values_list("copy", "member", "audience"))
    assert opened == [(shelf[code].pk, cards["1"].pk, "public") for code in ("B1", "B2")]


def test_two_files_in_a_row_lend_nothing_twice(bring: Bring, shelf: dict[str, Copy], cards: dict[str, Member]) -> None:
    bring(KOHA)
    again = bring(KOHA)

    assert (counts(again), again.skipped, Loan.objects.count()) == ((3, 0, 0, 2, 0), 1, 2)


def test_a_later_due_date_moves_the_loan_and_an_earlier_does_not(
    bring: Bring, shelf: dict[str, Copy], cards: dict[str, Member]
) -> None:
    bring("card,barcode,due,renewals\n1,B1,2026-12-10,0\n1,B2,2026-12-10,2\n")
    job = bring("card,barcode,due,renewals\n1,B1,2026-12-31,1\n1,B2,2026-12-01,0\n1,B2,2026-12-01,3\n")

    assert counts(job) == (3, 0, 2, 1, 0)
    assert [row[3:] for row in loans()] == [("2026-12-31T23:59:59", 1), ("2026-12-10T23:59:59", 3)]
    assert Event.objects.filter(type="loan.renewed").count() == 2


def test_the_limits_of_the_policy_do_not_stop_it(
    bring: Bring, shelf: dict[str, Copy], cards: dict[str, Member]
) -> None:
    rules.change(loans_at_once=1, renewals=0, loan_days=1, closed_dates=["2027-12-24"])
    Member.objects.update(expires_on=date(2020, 1, 1))
    Copy.objects.filter(barcode="B2").update(kind=Kind.REFERENCE)

    assert counts(bring("card,barcode,due,renewals\n1,B1,2027-12-24,9\n1,B2,2027-12-24,\n"))[1] == 2
    assert {row[3] for row in loans()} == {"2027-12-24T23:59:59"}


def test_one_open_loan_per_copy(bring: Bring, shelf: dict[str, Copy], cards: dict[str, Member]) -> None:
    checkout.check_out(shelf["B1"], cards["1"], by=None)
    job = bring("card,barcode,due\n2,B1,2026-12-10\n2,B2,2026-12-10\n3,B2,2026-12-10\n")

    assert counts(job) == (3, 1, 0, 0, 2)
    assert failures(job) == [
        (2, "card", "“Solaris” (B1) is on loan to another member. Take it back first."),
        (4, "card", "“Emma” (B2) is on loan to another member. Take it back first."),
    ]


@pytest.mark.parametrize("state", [State.LOST, State.DAMAGED, State.WITHDRAWN])
def test_a_copy_that_is_not_good_is_told(
    bring: Bring, shelf: dict[str, Copy], cards: dict[str, Member], state: State
) -> None:
    Copy.objects.filter(barcode="B1").update(state=state)
    job = bring("card,barcode,due\n1,B1,2026-12-10\n")

    assert failures(job) == [(2, "barcode", f"“Solaris” (B1) is {state} here. Say first that it is good.")]
    assert (loans(), states()["B1"]) == ([], state)


def test_what_nobody_knows_is_told(bring: Bring, shelf: dict[str, Copy], cards: dict[str, Member]) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    rows = ["1,X,2026-12-10,,", "9,B1,2026-12-10,,", "1,B1,,,", f"1,B1,2030-01-01,{tomorrow},", ",,2026-12-10,,"]
    rows += ["1,B1,2026-01-02,2026-01-03,", "1,B1,2026-12-10,,1001", "1,B1,2026-12-10,,-1", "1,B1,03/04/2026,,"]
    job = bring("card,barcode,due,lent,renewals\n" + "\n".join(rows))

    assert (counts(job), loans()) == ((9, 0, 0, 0, 9), [])
    assert failures(job) == [
        (2, "barcode", "There is no copy with the barcode X. Bring it in first."),
        (3, "card", "There is no card 9 here. Bring the members in first."),
        (4, "due", "There is no due date."),
        (5, "lent", f"The loan begins on {tomorrow}, which is in the future."),
        (6, "barcode", "There is no copy with the barcode (none). Bring it in first."),
        (7, "due", "The loan is due on 2026-01-02, before it begins on 2026-01-03."),
        (8, "renewals", "A loan cannot have been renewed 1001 times."),
        (9, "renewals", "“-1” is not a whole number from 0 to 999999."),
        (
            10,
            "due",
            "03/04/2026 may begin with the day or with the month: no other date of the file tells. "
            "Write it as 2026-12-31, or choose which.",
        ),
    ]


def test_the_dates_of_a_file_are_read_in_one_way(
    bring: Bring, shelf: dict[str, Copy], cards: dict[str, Member]
) -> None:
    bring(
        "Patron Barcode,Copy Barcode,Due Date,Checkout Date\n1,B1,12/01/2026,10/05/2026\n2,B2,12/31/2026,10/06/2026\n"
    )

    assert [row[2:4] for row in loans()] == [
        ("2026-10-05", "2026-12-01T23:59:59"),
        ("2026-10-06", "2026-12-31T23:59:59"),
    ]


def test_a_wait_ends_with_the_loan(bring: Bring, shelf: dict[str, Copy], cards: dict[str, Member]) -> None:
    other = holds.place(shelf["B1"].book, cards["2"])
    hold = holds.place(shelf["B1"].book, cards["1"])
    bring("card,barcode,due\n1,B1,2026-12-10\n")

    assert [(one.pk, one.state) for one in Hold.objects.order_by("id")] == [
        (other.pk, HoldState.WAITING),
        (hold.pk, HoldState.PICKED_UP),
    ]


def test_what_is_set_aside_goes_to_whom_it_is_for(
    bring: Bring, shelf: dict[str, Copy], cards: dict[str, Member]
) -> None:
    holds.place(shelf["B1"].book, cards["1"])
    holds.set_aside(shelf["B1"])
    job = bring("card,barcode,due\n2,B1,2026-12-10\n1,B1,2026-12-10\n")

    assert failures(job) == [(2, "card", "“Solaris” (B1) is held for another member.")]
    assert (loans()[0][:2], states()["B1"], Hold.objects.get().state) == (("B1", "1"), "on_loan", "picked_up")


def test_a_copy_that_a_librarian_may_not_see_is_not_there(
    receive: Bring, shelf: dict[str, Copy], cards: dict[str, Member], alice: User, librarian: User
) -> None:
    from bookplate.catalog.importing import pipeline

    Copy.objects.create(book=shelf["B1"].book, barcode="MINE", owner=alice, visibility="owner")
    job = receive("card,barcode,due\n1,MINE,2026-12-10\n1,B1,2026-12-10\n")
    job.by = librarian
    job.save()
    pipeline.run(job)

    assert failures(job) == [(2, "barcode", "There is no copy with the barcode MINE. Bring it in first.")]
    assert counts(job)[1] == 1


def test_the_desk_takes_a_moved_in_loan_back(bring: Bring, shelf: dict[str, Copy], cards: dict[str, Member]) -> None:
    bring(KOHA)
    checkout.take_back(shelf["B1"])

    assert states()["B1"] == "in"
    assert [row[0] for row in loans()] == ["B2"]
