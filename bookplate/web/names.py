"""Changing one's own username and mail address."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from bookplate.people import accounts, links
from bookplate.people.links import LinkOver
from bookplate.web import pages
from bookplate.web.account_forms import AddressForm, NameForm
from bookplate.web.private import behind_a_secret, leading_to
from bookplate.web.rights import SignedInRequest, for_people

ADDRESS_TOKEN = "address-token"  # noqa: S105


@for_people
@sensitive_post_parameters()
def name(request: SignedInRequest) -> HttpResponse:
    form = NameForm(pages.sent(request), initial={"username": request.user.username})
    if request.method == "POST" and form.is_valid():
        user = pages.saved(form, lambda: accounts.change(request.user, site=links.site(request), **form.cleaned_data))
        if user:
            return pages.done(request, f"You sign in as {user.username} from now on.", "web:account")
    return _form(request, form, "Change your username")


@for_people
@sensitive_post_parameters()
def address(request: SignedInRequest) -> HttpResponse:
    form = AddressForm(pages.sent(request))
    if request.method == "POST" and form.is_valid():
        user = pages.saved(form, lambda: accounts.change(request.user, site=links.site(request), **form.cleaned_data))
        if user:
            words = f"A link was mailed to {form.cleaned_data['email']}. Open it, and the new address counts."
            return pages.done(request, words, "web:account")
    return _form(request, form, "Change your mail address")


def _form(request: SignedInRequest, form: NameForm | AddressForm, heading: str) -> HttpResponse:
    context = {"form": form, "heading": heading, "back": reverse("web:account")}
    return pages.show(request, "form.html", context, status=400 if form.errors else 200)


@behind_a_secret
def confirm_address(request: HttpRequest) -> HttpResponse:
    """A button, for programs that look into mails open their links, too."""
    token = request.session.get(ADDRESS_TOKEN, "")
    try:
        user, email = accounts.address_asked(token)
        if request.method != "POST":
            return pages.show(request, "confirm_address.html", {"account": user, "email": email})
        accounts.confirm_address(token)
    except LinkOver as reason:
        return _over(request, reason)
    del request.session[ADDRESS_TOKEN]
    return pages.done(request, f"{email} is the mail address of {user.username} now.", "web:catalogue")


def _over(request: HttpRequest, reason: LinkOver) -> HttpResponse:
    return pages.show(request, "confirm_address.html", {"words": str(reason)}, status=404)


address_link = leading_to("web:confirm-address", ADDRESS_TOKEN, accounts.address_asked, _over)
