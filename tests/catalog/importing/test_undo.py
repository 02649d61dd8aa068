"""Taking a whole import back: the library is as it was before."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db.models import Model

from bookplate.catalog import books
from bookplate.catalog.importing import pipeline, tasks, undo
from bookplate.catalog.importing.models import Import, State
from bookplate.catalog.models import Book, Copy
from bookplate.core.models import Event
from bookplate.lending import checkout, holds
from bookplate.lending.models import Hold, Loan
from bookplate.people.models import Member, User
from tests.catalog.importing.conftest import Bring, counts

pytestmark = pytest.mark.django_db

LIST = """title,author,isbn,year,barcode
Solaris,Lem,,,K1
Dune,Herbert,9780441172719,1965,K2
Solaris,Lem,,,K3
Emma,Austen,,1815,
"""
KEPT: list[type[Model]] = [Book, Copy, Member, Hold, Loan]


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 2)


@pytest.fixture
def library(alice: User, bob: User) -> None:
    """Books of which the list fills one in and adds copies to one; some are lent and waited for."""
    Book.objects.create(title="Dune", isbn="9780441172719")
    emma = Book.objects.create(title="Emma", author="Austen", published_year=1815)
    checkout.check_out(Copy.objects.create(book=emma, barcode="B1"), alice.member, by=None)
    holds.place(emma, bob.member)


def everything() -> dict[str, Any]:
    return {model.__name__: serializers.serialize("python", model._default_manager.order_by("pk")) for model in KEPT}


def no_queue(number: int) -> None:
    pass


def undone(job: Import) -> Import:
    return undo.run(undo.begin(job, no_queue))


def in_full(receive: Bring, content: str) -> Import:
    job = receive(content)
    Import.objects.filter(pk=job.pk).update(copies=1)
    return pipeline.run(Import.objects.get(pk=job.pk))


def test_the_library_is_as_it_was(receive: Bring, library: None) -> None:
    before = everything()
    job = in_full(receive, LIST)
    assert counts(job) == (4, 1, 2, 1, 0)
    assert everything() != before

    assert undone(job).state == State.UNDONE
    assert everything() == before
    told = list(Event.objects.filter(type__in=["book.removed", "copy.removed", "import.undone"]).values_list("type"))
    assert sorted(told) == [("book.removed",), *[("copy.removed",)] * 3, ("import.undone",)]


def test_an_import_that_was_cancelled_and_one_that_was_killed_can_be_undone(receive: Bring, library: None) -> None:
    before = everything()
    job = receive(LIST)
    pipeline.run(job, lambda now: pipeline.cancel(Import.objects.get(pk=now.pk)))
    assert (job.state, job.read, Book.objects.count()) == (State.CANCELLED, 2, 3)

    assert (undone(job).state, everything()) == (State.UNDONE, before)
    tasks.bring_in.call(job.pk)
    assert everything() == before


def test_undoing_goes_on_where_a_worker_was_killed_over_it(
    receive: Bring, library: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything()
    job = undo.begin(in_full(receive, LIST), no_queue)
    assert undo._undo_last_step(job)
    assert (job.steps.count(), everything() == before) == (1, False)

    tasks.take_back.call(job.pk)
    tasks.take_back.call(job.pk)
    assert (Import.objects.get().state, everything()) == (State.UNDONE, before)


def lend(copy: Copy, member: Member) -> str:
    loan = checkout.check_out(copy, member, by=None)
    checkout.give_back(loan)
    return f"There is a loan by now: {loan}."


def reserve(copy: Copy, member: Member) -> str:
    return f"There is a hold by now: {holds.place(copy.book, member)}."


def another_copy(copy: Copy, member: Member) -> str:
    return f"There is a copy by now: {Copy.objects.create(book=copy.book)}."


@pytest.mark.parametrize("use", [lend, reserve, another_copy])
def test_what_somebody_has_used_is_not_taken_back(
    receive: Bring, alice: User, use: Callable[[Copy, Member], str]
) -> None:
    job = in_full(receive, LIST)
    why = use(Copy.objects.get(barcode="K3"), alice.member)
    before = everything()

    with pytest.raises(undo.CannotUndo) as refused:
        undo.begin(job, no_queue)
    assert str(refused.value) == f"{why} Only what nobody has used since it came can be taken back."
    assert (everything(), Import.objects.get().state) == (before, State.DONE)


def test_what_is_lent_while_it_is_undone_stays(receive: Bring, alice: User) -> None:
    job = undo.begin(in_full(receive, LIST), no_queue)
    lend(Copy.objects.get(barcode="K1"), alice.member)
    undo.run(job)

    assert (job.state, Book.objects.count(), Copy.objects.count()) == (State.FAILED, 2, 2)
    assert job.problem.startswith("Undoing it came to a halt, and what is left stays: There is a loan by now:")


def test_what_somebody_wrote_since_stays(receive: Bring, library: None) -> None:
    job = in_full(receive, LIST)
    dune = Book.objects.get(isbn="9780441172719")
    books.change(dune, author="Frank Herbert")
    undone(job)

    dune.refresh_from_db()
    assert (dune.author, dune.published_year) == ("Frank Herbert", None)


def test_members_are_taken_back_and_their_cards_as_they_were(bring: Bring, alice: User) -> None:
    before = everything()
    job = bring("card,name,expires,notes\ncard-alice,Alice Example,2031-01-02,Owes a cake\n7,Dora Ek,,\n")
    assert counts(job) == (2, 1, 1, 0, 0)

    assert (undone(job).state, everything()) == (State.UNDONE, before)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("card,barcode,due\n7,B1,2031-01-10\n", "Loans and holds are not taken back as a whole."),
        ("title,isbn\nX,1\n", "It has changed nothing, or came before undoing was known."),
    ],
)
def test_what_cannot_be_undone_says_so(bring: Bring, content: str, why: str) -> None:
    job = bring(content)

    assert not undo.may_be_undone(job)
    with pytest.raises(undo.CannotUndo) as refused:
        undo.begin(job, no_queue)
    assert str(refused.value).startswith(why)


def test_one_that_is_not_over_is_cancelled_first(receive: Bring) -> None:
    with pytest.raises(undo.CannotUndo) as refused:
        undo.begin(receive(LIST), no_queue)

    assert str(refused.value) == "It is not over yet. Cancel it first."


def test_a_worker_that_was_killed_does_not_go_on_with_what_was_cancelled(receive: Bring) -> None:
    class Killed(BaseException):
        pass

    def kill(now: Import) -> None:
        raise Killed

    job = receive(LIST)
    with pytest.raises(Killed):
        pipeline.run(job, kill)
    pipeline.cancel(job)
    tasks.bring_in.call(job.pk)

    job.refresh_from_db()
    assert (job.state, job.read, Book.objects.count()) == (State.CANCELLED, 2, 2)


def test_the_command(tmp_path: Path, alice: User, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "list.csv"
    path.write_text(LIST)
    call_command("import_books", str(path))
    number = Import.objects.get().pk
    call_command("undo_import", str(number))

    assert "list.csv is undone.\n" in capsys.readouterr().out
    assert (Import.objects.get().state, Book.objects.count()) == (State.UNDONE, 0)
    call_command("import_books", str(path))
    lend(Copy.objects.get(barcode="K1"), alice.member)
    for wrong, why in ((number + 1, "There is a loan by now"), (999, "There is no import 999.")):
        with pytest.raises(CommandError, match=why):
            call_command("undo_import", str(wrong))
