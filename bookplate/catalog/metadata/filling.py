"""One round through the catalogue: what books lack is asked for by their ISBN, one at a time and without haste."""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django_tasks import task

from bookplate.catalog import books, covers
from bookplate.catalog.metadata import answers, asking
from bookplate.catalog.metadata.answers import Outcome
from bookplate.catalog.metadata.errors import FillingRuns, LookUpIsOff, NoSourceKnows, SourcesAway, Unusable
from bookplate.catalog.metadata.models import Filling, State
from bookplate.catalog.models import Book
from bookplate.core import events
from bookplate.core.models import Audience
from bookplate.people.models import User

logger = logging.getLogger(__name__)

SLICE = 30.0
"""So many seconds a worker is at it; then its other tasks have their turn."""
LONGEST_REST = 300
GIVES_UP = 10
AWAY = "No source could be asked about ten books in a row ({}). Begin again later: what is filled in stays."
BROKEN = "Something unexpected happened; the server's log says what. What is filled in stays; begin again."

Progress = Callable[[Filling], None]
Queue = Callable[[int], object]


class Done(NamedTuple):
    """What became of one book."""

    filled: bool = False
    cover: bool = False
    away: SourcesAway | None = None
    asked: bool = False


def lacking() -> QuerySet[Book]:
    """Those that a source may know more of."""
    empty = Q(author="") | Q(published_year=None) | Q(publisher="") | Q(language="") | Q(subjects="")
    return Book.objects.filter(empty | Q(cover="") if settings.COVERS else empty, isbn__isnull=False)


@transaction.atomic
def begin(by: User | None, queue: Queue | None = None) -> Filling:
    """A new round, by a worker unless `queue` says otherwise; raises `FillingRuns`, `LookUpIsOff`."""
    if not settings.METADATA_SOURCES:
        raise LookUpIsOff("Looking books up elsewhere is turned off in this library (BOOKPLATE_METADATA).")
    try:
        with transaction.atomic():
            filling = Filling.objects.create(by=by, total=lacking().count())
    except IntegrityError:
        raise FillingRuns("A round is under way already. Wait for its end, or cancel it.") from None
    (queue or fill_missing.enqueue)(filling.pk)
    events.record("filling.begun", (Audience.STAFF, None))
    return filling


def cancel(filling: Filling) -> None:
    """Stop after the book that is being asked about; what is filled in stays."""
    _end(filling, State.CANCELLED)


def _end(filling: Filling, state: State, problem: str = "") -> None:
    running = Filling.objects.running().filter(pk=filling.pk)
    running.update(state=state, problem=problem, finished_at=timezone.now())
    filling.refresh_from_db()


@task()
def fill_missing(number: int) -> None:
    """A slice of a round; then it is put off again, behind what else there is to do."""
    filling = Filling.objects.running().filter(pk=number).first()
    if filling is None:
        return
    try:
        rest = run(filling, seconds=SLICE)
    except Exception:
        logger.exception("Filling %s stopped after book %s", number, filling.position)
        _end(filling, State.FAILED, BROKEN)
        return
    if not filling.is_over:
        fill_missing.using(run_after=timezone.now() + timedelta(seconds=rest)).enqueue(number)


def run(filling: Filling, progress: Progress = lambda filling: None, seconds: float = float("inf")) -> float:
    """Go on with a round for so long, or until the sources want a rest; how many seconds that is to be.

    Safe to call again at any time, and by somebody else. `progress` is called after each book.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        book = lacking().filter(pk__gt=filling.position).order_by("pk").first()
        if book is None:
            _end(filling, State.DONE)
            break
        done = _fill(book)
        if not _account(filling, book, done):
            break
        progress(filling)
        if done.away:
            return _rest(filling, done.away)
        time.sleep(settings.METADATA_PAUSE if done.asked else 0)
    return 0


def _fill(book: Book) -> Done:
    """Ask about one book; no transaction is open meanwhile."""
    isbn = book.isbn or ""
    wanted = answers.wanted(isbn)
    outcome = asyncio.run(asking.ask(wanted)) if wanted.sources else Outcome(is_kept=True)
    answers.keep(isbn, outcome)
    try:
        found = answers.finding(isbn, outcome.failed)
    except NoSourceKnows:
        return Done(asked=bool(wanted.sources))
    except SourcesAway as away:
        return Done(away=away)
    filled = books.complete(book, {name: told.value for name, told in found.values.items()})
    return Done(filled, _cover(book), asked=bool(wanted.sources) or found.cover is not None)


def _cover(book: Book) -> bool:
    try:
        return covers.fetch(book)
    except Unusable:
        return False  # the next round tries again


def _account(filling: Filling, book: Book, done: Done) -> bool:
    """Count it; False when the round is over meanwhile, or somebody else goes on with it."""
    ours = Filling.objects.running().filter(pk=filling.pk, position=filling.position)
    counted = ours.update(
        position=book.pk,
        done=F("done") + 1,
        filled=F("filled") + int(done.filled),
        covers=F("covers") + int(done.cover),
        failed=F("failed") + int(bool(done.away)),
        in_a_row=F("in_a_row") + 1 if done.away else 0,
    )
    filling.refresh_from_db()
    return bool(counted)


def _rest(filling: Filling, away: SourcesAway) -> float:
    if filling.in_a_row >= GIVES_UP:
        _end(filling, State.FAILED, AWAY.format(away))
    return min(away.wait, LONGEST_REST)
