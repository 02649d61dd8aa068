"""Opening an account for oneself, and inviting others to."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from bookplate.core.errors import Refusal
from bookplate.people import invitations, links, registration, roles
from bookplate.people.invitations import Offer
from bookplate.people.models import Invitation
from bookplate.people.registration import RegistrationClosed
from bookplate.web import pages
from bookplate.web.account_forms import InviteForm, RegisterForm
from bookplate.web.private import address_is_secret, behind_a_secret
from bookplate.web.rights import SignedInRequest, only_if

# Which invitation this browser came with; kept on the server's side of its session.
INVITATION = "invitation"

for_those_who_invite = only_if(roles.invites)


@address_is_secret
@require_safe
def invited(request: HttpRequest, token: str) -> HttpResponse:
    invitation = invitations.find(token)
    if invitation is None:
        return _refused(request, invitations.OVER, status=404)
    request.session[INVITATION] = invitation.pk
    return redirect("web:register")


@behind_a_secret
@sensitive_post_parameters()
def register(request: HttpRequest) -> HttpResponse:
    invitation = _invitation(request)
    try:
        registration.check_open(invited=invitation is not None)
    except RegistrationClosed as reason:
        return _refused(request, str(reason), status=403)
    form = RegisterForm(pages.sent(request), initial={"email": invitation.email if invitation else ""})
    if request.method == "POST" and form.is_valid():
        user = pages.saved(form, lambda: registration.register(form.newcomer(), invitation))
        if user:
            request.session.pop(INVITATION, None)
            return pages.done(request, f"Your account {user.username} is there. Sign in with it.", "web:sign-in")
    context = {"form": form, "invitation": invitation}
    return pages.show(request, "register.html", context, status=400 if form.errors else 200)


def _invitation(request: HttpRequest) -> Invitation | None:
    """The one that this browser came with, while it is open."""
    number = request.session.get(INVITATION)
    found = Invitation.objects.select_related("group", "made_by").filter(pk=number).first() if number else None
    return found if found and found.is_open else None


def _refused(request: HttpRequest, words: str, *, status: int) -> HttpResponse:
    return pages.show(request, "no_registration.html", {"words": words}, status=status)


@for_those_who_invite
def invite(request: SignedInRequest) -> HttpResponse:
    """The link of a new invitation is on the answer to its form and nowhere else."""
    form, link = InviteForm(pages.sent(request), by=request.user), ""
    if request.method == "POST" and form.is_valid():
        made = pages.saved(form, lambda: _make(request, form))
        link, form = (made[1], InviteForm(by=request.user)) if made else (link, form)
    unused = Invitation.objects.visible_to(request.user).unused().select_related("group", "made_by")
    context = {"form": form, "link": link, "invitations": unused}
    return pages.show(request, "invitations.html", context, status=400 if form.errors else 200)


def _make(request: SignedInRequest, form: InviteForm) -> tuple[Invitation, str]:
    return invitations.make(Offer(**form.cleaned_data), by=request.user, site=links.site(request))


@for_those_who_invite
@require_POST
def withdraw(request: SignedInRequest, number: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation.objects.visible_to(request.user), pk=number)
    try:
        invitations.withdraw(invitation)
    except Refusal as reason:
        return pages.refused(request, reason, "web:invitations")
    return pages.done(request, "The invitation was withdrawn; its link opens nothing any more.", "web:invitations")
