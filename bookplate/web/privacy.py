"""What is held about the signed-in person, in plain words, as a download, and how to end it."""

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.cache import add_never_cache_headers

from bookplate.people import passwords
from bookplate.people import privacy as own
from bookplate.web import pages
from bookplate.web.forms import ErasureForm
from bookplate.web.rights import SignedInRequest, for_people


@for_people
def privacy(request: SignedInRequest) -> HttpResponse:
    form = ErasureForm(pages.sent(request))
    if request.method == "POST" and form.is_valid() and _erased(request, form):
        return redirect("web:catalogue")
    context = {"form": form, "days": settings.HISTORY_DAYS}
    return pages.show(request, "privacy.html", context, status=400 if form.errors else 200)


def _erased(request: SignedInRequest, form: ErasureForm) -> bool:
    def erase() -> bool:
        passwords.prove(request.user, form.cleaned_data["password"])
        own.erase(request.user)
        logout(request)
        return True

    return bool(pages.saved(form, erase))


@for_people
def data(request: SignedInRequest) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="bookplate-{request.user.pk}.zip"'}
    response = HttpResponse(own.archive(request.user), content_type="application/zip", headers=headers)
    add_never_cache_headers(response)
    return response
