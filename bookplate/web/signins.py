"""Where the signed-in person is signed in, and ending it from here."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from bookplate.people import page_sessions, sessions
from bookplate.web import pages
from bookplate.web.rights import SignedInRequest, for_people


@for_people
def sign_ins(request: SignedInRequest) -> HttpResponse:
    context = {"sign_ins": sessions.of_user(request.user), "here": request.session.get(page_sessions.KEY)}
    return pages.show(request, "sign_ins.html", context)


@for_people
@require_POST
def end(request: SignedInRequest, number: int) -> HttpResponse:
    found = get_object_or_404(sessions.of_user(request.user), pk=number)
    sessions.end(found.pk)
    return pages.done(request, f"{found.device or 'That device'} is signed out.", "web:sign-ins")


@for_people
@require_POST
def end_others(request: SignedInRequest) -> HttpResponse:
    sessions.end_all(request.user, keep=page_sessions.of(request.session))
    return pages.done(request, "Every other device is signed out.", "web:sign-ins")
