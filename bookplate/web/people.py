"""People: one's friends, somebody's page, a group's page, and one's own profile."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from bookplate.catalog.models import Copy, CopyQuerySet
from bookplate.core.errors import Refusal
from bookplate.feed import reading
from bookplate.people import friends, profiles
from bookplate.people.models import FriendRequest, Group, User
from bookplate.web import pages
from bookplate.web.forms import AskForm, ProfileForm
from bookplate.web.rights import SignedInRequest, for_people

AT_ONCE = 48

PARTS_OF_PERSON = {"person": "_whole_person.html", "more": "_owned.html"}
PARTS_OF_GROUP = {"more": "_owned.html", "more-people": "_group_people.html"}

Verb = Callable[[User, User], object]
VERBS: dict[str, tuple[Verb, str]] = {
    "ask": (lambda me, other: friends.ask(me, other.username), "You have asked {} to be your friend."),
    "accept": (friends.accept, "You and {} are friends now."),
    "decline": (friends.decline, "The request between you and {} is gone."),
    "end": (friends.end, "You and {} are friends no longer."),
    "block": (friends.block, "You have blocked {}, who is not told so."),
    "unblock": (friends.unblock, "{} is blocked no longer."),
}


@for_people
def people(request: SignedInRequest) -> HttpResponse:
    since, form = reading.latest(), AskForm(pages.sent(request))
    if request.method == "POST" and form.is_valid() and (asked := _asked(request.user, form)):
        words = "You and {} are friends now." if asked.accepted else "You have asked {} to be your friend."
        other = asked.asker if asked.accepted else asked.asked
        return pages.done(request, words.format(other), "web:people")
    part = "_people.html" if pages.part_wanted(request) == "people" else "people.html"
    context = _circle(request.user) | {"form": form, "since": since}
    return pages.show(request, part, context, status=400 if form.errors else 200)


def _asked(me: User, form: AskForm) -> FriendRequest | None:
    return pages.saved(form, lambda: friends.ask(me, form.cleaned_data["username"]))


def _circle(me: User) -> dict[str, Any]:
    requests = list(FriendRequest.objects.visible_to(me).with_people())
    shown = User.objects.visible_to(me).filter(pk__in=friends.known_to(me).values("pk"))
    return {
        "friends": friends.of(me).order_by("username"),
        "askers": [request.asker for request in requests if request.asked_id == me.pk],
        "asked": [request.asked for request in requests if request.asker_id == me.pk],
        "blocked": friends.blocked_by(me).order_by("username"),
        "shown": set(shown.values_list("pk", flat=True)),
    }


@for_people
def person(request: SignedInRequest, number: int) -> HttpResponse:
    since = reading.latest()
    seen = User.objects.visible_to(request.user).select_related("group", "profile")
    found = get_object_or_404(seen, pk=number)
    part = PARTS_OF_PERSON.get(pages.part_wanted(request), "person.html")
    books = _listed(request, Copy.objects.visible_to(request.user).filter(owner=found))
    context = {"person": found, "standing": friends.standing(request.user, found), "since": since}
    return pages.show(request, part, context | books)


@for_people
@require_POST
def do(request: SignedInRequest, number: int) -> HttpResponse:
    """What the button `do` says, between the signed-in person and this one."""
    other = get_object_or_404(friends.known_to(request.user), pk=number)
    if request.POST.get("do") not in VERBS:
        raise BadRequest("There is no such thing to do.")
    verb, words = VERBS[request.POST["do"]]
    try:
        verb(request.user, other)
    except Refusal as reason:
        return pages.refused(request, reason, "web:people")
    return pages.done(request, words.format(other), "web:people")


@for_people
def group(request: SignedInRequest, number: int) -> HttpResponse:
    found = get_object_or_404(Group, pk=number)
    seen = User.objects.visible_to(request.user).filter(group=found)
    books = Copy.objects.visible_to(request.user).filter(Q(owner_group=found) | Q(owner__in=seen.values("pk")))
    part = PARTS_OF_GROUP.get(pages.part_wanted(request), "group.html")
    people = pages.listed(request, seen, "username", AT_ONCE, after="after_person")
    return pages.show(request, part, {"group": found, "people": people} | _listed(request, books))


def _listed(request: SignedInRequest, copies: CopyQuerySet) -> dict[str, Any]:
    page = pages.listed(request, copies.select_related("book"), "book__title_key", AT_ONCE)
    return {"page": page, "at_once": AT_ONCE, "later": pages.part_wanted(request).startswith("more")}


@for_people
def profile(request: SignedInRequest) -> HttpResponse:
    form = ProfileForm(pages.sent(request), instance=request.user.profile)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        if pages.saved(form, lambda: profiles.change(request.user, **values)):
            return pages.done(request, "Your profile was changed.", "web:account")
    context = {"form": form, "heading": "My profile", "back": reverse("web:account")}
    return pages.show(request, "form.html", context, status=400 if form.errors else 200)
