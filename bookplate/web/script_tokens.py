"""The signed-in person's tokens for scripts: making one, seeing it once, ending it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from bookplate.core.errors import Refusal
from bookplate.people import scripts
from bookplate.people.models import ScriptToken
from bookplate.web import pages
from bookplate.web.forms import ScriptTokenForm
from bookplate.web.rights import SignedInRequest, for_people


@for_people
def tokens(request: SignedInRequest) -> HttpResponse:
    form = ScriptTokenForm(pages.sent(request), offered=scripts.offered(request.user))
    made = _made(request, form) if request.method == "POST" and form.is_valid() else ""
    live = ScriptToken.objects.live().filter(user=request.user)
    context = {"form": form, "made": made, "tokens": live, "days": scripts.LONGEST_DAYS}
    return pages.show(request, "script_tokens.html", context, status=400 if form.errors else 200)


def _made(request: SignedInRequest, form: ScriptTokenForm) -> str:
    try:
        return scripts.make(request.user, **form.cleaned_data)[1]
    except Refusal as reason:
        form.add_error(None, str(reason))
        return ""


@for_people
@require_POST
def end(request: SignedInRequest, number: int) -> HttpResponse:
    token = get_object_or_404(ScriptToken.objects.live().filter(user=request.user), pk=number)
    scripts.end(token)
    return pages.done(request, f"The token “{token.name}” is good for nothing now.", "web:script-tokens")
