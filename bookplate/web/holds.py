"""Waiting for books: reserving one, leaving a queue, the holds shelf and the queues for the desk."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from bookplate.catalog.models import Book, Copy
from bookplate.core.errors import Refusal
from bookplate.feed import reading
from bookplate.lending import holds, requests, rules
from bookplate.lending.models import Hold, HoldState
from bookplate.lending.rights import cares_for, may_change_hold, may_move_holds
from bookplate.people.models import Member, User
from bookplate.people.roles import Viewer
from bookplate.web import pages
from bookplate.web.hold_forms import MoveForm, RequestForm, SuspendForm
from bookplate.web.rights import SignedInRequest, for_desk, for_people, only_if
from bookplate.web.templatetags.bookplate import day

NO_CARD = "You have no library card yet. Ask at the desk for one."
SHOWN = 500


def reserving(book: Book, copies: list[Copy], viewer: Viewer) -> dict[str, Any]:
    """What the book's page offers a viewer with a card: to reserve it, or to ask for somebody's copy."""
    member = Member.objects.filter(user=viewer).select_related("user").first() if isinstance(viewer, User) else None
    if member is None:
        return {"askable": set(), "may_reserve": False, "my_hold": None}
    mine = list(Hold.objects.active().filter(member=member, book=book).with_copy().with_place())
    asked, gone = {hold.wanted_id for hold in mine}, holds.GONE
    others = [copy for copy in copies if copy.is_somebodys and copy.state not in gone and not cares_for(viewer, copy)]
    lends = bool(others) and rules.current().members_lend
    return {
        "askable": {copy.pk for copy in others if copy.pk not in asked} if lends else set(),
        "may_reserve": any(not copy.is_somebodys and copy.state not in gone for copy in copies),
        "my_hold": next((hold for hold in mine if not hold.is_request), None),
    }


@for_people
@require_POST
def reserve(request: SignedInRequest, number: int) -> HttpResponse:
    """Wait for any of the library's copies."""
    book = get_object_or_404(Book, pk=number)
    member = Member.objects.filter(user=request.user).first()
    if member is None:
        return pages.refused(request, NO_CARD, "web:book", number)
    try:
        placed = holds.place(book, member, by=request.user)
    except Refusal as reason:
        return pages.refused(request, reason, "web:book", number)
    place = Hold.objects.with_place().get(pk=placed.pk).place
    return pages.done(request, f"“{book.title}” is reserved for you: you are number {place} in line.", "web:my-loans")


@for_people
@require_POST
def ask(request: SignedInRequest, number: int) -> HttpResponse:
    """Wait for this one copy, or ask its owner for it, with a word to them."""
    copy = get_object_or_404(Copy.objects.visible_to(request.user).select_related("book"), pk=number)
    member = Member.objects.filter(user=request.user).first()
    if member is None:
        return pages.refused(request, NO_CARD, "web:book", copy.book_id)
    form = RequestForm(request.POST)
    if not form.is_valid():
        return pages.refused(request, "A word to the owner has 300 characters at most.", "web:book", copy.book_id)
    try:
        requests.reserve(copy, member, form.cleaned_data["message"])
    except Refusal as reason:
        return pages.refused(request, reason, "web:book", copy.book_id)
    return pages.done(request, f"You have asked for “{copy.book.title}”. The answer stands here.", "web:my-loans")


@for_people
@require_POST
def cancel(request: SignedInRequest, number: int) -> HttpResponse:
    hold = _changeable(request, number)
    holds.cancel(hold)
    return pages.done(request, f"{_whose(request, hold)} for “{hold.book.title}” is over.", _back(request, hold))


@for_people
@require_POST
def suspend(request: SignedInRequest, number: int) -> HttpResponse:
    """Until a day; without one, wait again at once."""
    hold, form = _changeable(request, number), SuspendForm(request.POST)
    if not form.is_valid():
        return pages.refused(request, "That is no day. Write it as 2027-01-31.", _back(request, hold))
    try:
        hold = holds.suspend(hold, form.cleaned_data["until"])
    except Refusal as reason:
        return pages.refused(request, reason, _back(request, hold))
    words = f"rests until {day(hold.suspended_until)}" if hold.suspended_until else "goes on"
    return pages.done(request, f"{_whose(request, hold)} for “{hold.book.title}” {words}.", _back(request, hold))


def _changeable(request: SignedInRequest, number: int) -> Hold:
    hold = get_object_or_404(Hold.objects.visible_to(request.user).with_copy(), pk=number)
    if not may_change_hold(request.user, hold):
        raise PermissionDenied
    return hold


def _whose(request: SignedInRequest, hold: Hold) -> str:
    return "Your wait" if hold.member.user_id == request.user.pk else f"{hold.member}’s wait"


def _back(request: SignedInRequest, hold: Hold) -> str:
    return "web:my-loans" if hold.member.user_id == request.user.pk else "web:holds-shelf"


@for_desk
def shelf(request: SignedInRequest) -> HttpResponse:
    """What is set aside, and until when."""
    since = reading.latest()
    ready = Hold.objects.visible_to(request.user).filter(state=HoldState.READY).for_library().with_copy()
    context = {"holds": ready.order_by("ready_until", "id")[:SHOWN], "shown": SHOWN, "since": since}
    part = "_holds_shelf.html" if pages.part_wanted(request) == "holds-shelf" else "holds_shelf.html"
    return pages.show(request, part, context)


@for_desk
def slip(request: SignedInRequest, number: int) -> HttpResponse:
    """What to print and put into the book."""
    ready = Hold.objects.visible_to(request.user).filter(state=HoldState.READY).with_copy()
    return pages.show(request, "slip.html", {"hold": get_object_or_404(ready, pk=number)})


@for_desk
def queue(request: SignedInRequest, number: int) -> HttpResponse:
    book = get_object_or_404(Book, pk=number)
    line = Hold.objects.visible_to(request.user).active().for_library().filter(book=book).with_copy().with_place()
    context = {"book": book, "holds": line[:SHOWN], "may_move": may_move_holds(request.user)}
    return pages.show(request, "queue.html", context)


@only_if(may_move_holds)
@require_POST
def move(request: SignedInRequest, number: int) -> HttpResponse:
    hold = get_object_or_404(Hold.objects.visible_to(request.user).with_copy(), pk=number)
    form = MoveForm(request.POST)
    if not form.is_valid():
        return pages.refused(request, "A place is a number, and a move needs a reason.", "web:queue", hold.book_id)
    try:
        holds.move(hold, form.cleaned_data["place"], form.cleaned_data["reason"])
    except Refusal as reason:
        return pages.refused(request, reason, "web:queue", hold.book_id)
    return pages.done(request, f"{hold.member} has another place now.", "web:queue", hold.book_id)
