"""`verify` sees what does not agree, names it, and repairs what follows from the rows alone."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from bookplate.catalog.models import Book, Copy, State
from bookplate.core.models import Event
from bookplate.lending import checkout, holds
from bookplate.lending.models import Hold, HoldState, Loan
from bookplate.people.models import Member, User

pytestmark = pytest.mark.django_db


def said(*arguments: str) -> str:
    """What the command prints, and why it failed if it did."""
    out = StringIO()
    try:
        call_command("verify", *arguments, stdout=out)
    except CommandError as error:
        return f"{out.getvalue()}{error}"
    return out.getvalue().strip()


@pytest.fixture
def library(book: Book, alice: User, bob: User) -> dict[str, Copy]:
    """One copy in each state, with what belongs to it."""
    copies = {name: Copy.objects.create(book=Book.objects.create(title=name), barcode=name) for name in "ABC"}
    checkout.check_out(copies["A"], alice.member, by=None)
    holds.place(copies["B"].book, bob.member)
    holds.set_aside(copies["B"])
    return copies


def test_all_is_well(library: dict[str, Copy]) -> None:
    assert said() == "All 3 copies agree."


BROKEN: dict[str, tuple[Callable[[], Any], str, dict[str, str]]] = {
    "a loan, shown as in": (
        lambda: Copy.objects.filter(barcode="A").update(state=State.IN),
        "Copy A is shown as in, but it has a loan.",
        {"A": "on_loan", "B": "held", "C": "in"},
    ),
    "no loan, shown as on loan": (
        lambda: Loan.objects.update(returned_at=timezone.now()),
        "Copy A is shown as on loan, but it has no loan and nobody's hold.",
        {"A": "in", "B": "held", "C": "in"},
    ),
    "set aside, shown as in": (
        lambda: Copy.objects.filter(barcode="B").update(state=State.IN),
        "Copy B is shown as in, but it is set aside for somebody.",
        {"A": "on_loan", "B": "held", "C": "in"},
    ),
    "held for nobody": (
        lambda: Hold.objects.update(state=HoldState.CANCELLED),
        "Copy B is shown as held, but it has no loan and nobody's hold.",
        {"A": "on_loan", "B": "in", "C": "in"},
    ),
    "lost and set aside": (
        lambda: Copy.objects.filter(barcode="B").update(state=State.LOST),
        "Copy B is shown as lost, but it is set aside for somebody.",
        {"A": "on_loan", "B": "lost", "C": "in"},
    ),
    "lent and set aside": (
        lambda: Hold.objects.update(copy=Copy.objects.get(barcode="A"), book=Book.objects.get(title="A")),
        "Copy A is shown as on loan, but it has a loan and is set aside as well.",
        {"A": "on_loan", "B": "in", "C": "in"},
    ),
    "waiting with a copy": (
        lambda: (Hold.objects.update(state=HoldState.WAITING), Copy.objects.filter(barcode="B").update(state="in")),
        "waits, but keeps something of a copy that was set aside for it.",
        {"A": "on_loan", "B": "in", "C": "in"},
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_what_does_not_agree_is_named_and_repaired(library: dict[str, Copy], fault: str) -> None:
    damage, words, repaired = BROKEN[fault]
    damage()

    assert words in said()
    assert words in said()
    assert said("--repair").endswith("All 3 copies agree now.")
    assert said() == "All 3 copies agree."
    assert dict(Copy.objects.values_list("barcode", "state")) == repaired


def test_a_repair_is_told(library: dict[str, Copy]) -> None:
    Copy.objects.filter(barcode="A").update(state=State.IN)
    said("--repair")

    assert Event.objects.latest("id").note == "Copy A is shown as in, but it has a loan."


def left_alone() -> None:
    """Somebody waits for a book whose last copy was struck off unheard."""
    lonely = Copy.objects.create(book=Book.objects.create(title="D"))
    holds.place(lonely.book, Member.objects.get(firstname="Alice"))
    Copy.objects.filter(pk=lonely.pk).delete()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda: Hold.objects.update(book=Book.objects.get(title="C")), "is for another book than its copy"),
        (left_alone, "waits for a book of which the library has no copy."),
        (lambda: Loan.objects.update(returned_at="2020-01-01T00:00Z"), "ended before it began."),
    ],
)
def test_what_only_people_can_decide_is_named(library: dict[str, Copy], damage: Callable[[], Any], words: str) -> None:
    damage()

    assert words in said("--repair")
    assert "not agree." in said("--repair")


def test_a_batch_ends_and_another_begins(library: dict[str, Copy], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bookplate.lending.verify.BATCH", 1)
    Copy.objects.filter(barcode__in="AC").update(state=State.HELD)

    assert said().count("is shown as held") == 2
