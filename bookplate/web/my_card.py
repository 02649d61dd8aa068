"""The card of the signed-in person: making one theirs with the code that the desk gave them."""

from django.http import HttpResponse

from bookplate.core.errors import Refusal, TooOften
from bookplate.people import members
from bookplate.people.models import Member
from bookplate.web import pages
from bookplate.web.forms import CodeForm
from bookplate.web.rights import SignedInRequest, for_people


@for_people
def my_card(request: SignedInRequest) -> HttpResponse:
    form = CodeForm(pages.sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            card = members.link(request.user, form.cleaned_data["code"]).card
        except Refusal as reason:
            return _refused(request, form, reason)
        return pages.done(request, f"The card {card} is yours now.", "web:account")
    return _show(request, form, 400 if form.errors else 200)


def _refused(request: SignedInRequest, form: CodeForm, reason: Refusal) -> HttpResponse:
    form.add_error(None, str(reason))
    response = _show(request, form, reason.status)
    return pages.told_to_wait(response, reason) if isinstance(reason, TooOften) else response


def _show(request: SignedInRequest, form: CodeForm, status: int) -> HttpResponse:
    context = {"form": form, "member": Member.objects.filter(user=request.user).first()}
    return pages.show(request, "my_card.html", context, status=status)
