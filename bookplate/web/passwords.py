"""Changing the password, and getting a new one when it is forgotten."""

from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from bookplate.core.errors import TooOften
from bookplate.people import links, page_sessions, passwords
from bookplate.people.models import User
from bookplate.web import pages
from bookplate.web.account_forms import ChangePasswordForm, ForgottenPasswordForm, NewPasswordForm
from bookplate.web.private import address_is_secret, behind_a_secret
from bookplate.web.rights import SignedInRequest, for_people


@for_people
@sensitive_post_parameters()
def change(request: SignedInRequest) -> HttpResponse:
    form = ChangePasswordForm(pages.sent(request))
    if request.method == "POST" and form.is_valid():
        keep = page_sessions.of(request.session)
        user = pages.saved(form, lambda: passwords.change(request.user, **form.cleaned_data, keep=keep))
        if user:
            update_session_auth_hash(request, user)
            words = "Your password was changed, and your other sign-ins were ended."
            return pages.done(request, words, "web:account")
    context = {"form": form, "heading": "Change your password", "back": reverse("web:account")}
    return pages.show(request, "form.html", context, status=400 if form.errors else 200)


def forgotten(request: HttpRequest) -> HttpResponse:
    form = ForgottenPasswordForm(pages.sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            passwords.ask_reset(form.cleaned_data["email"], links.site(request))
        except TooOften as reason:
            form.add_error(None, str(reason))
            return pages.told_to_wait(_show_forgotten(request, form), reason)
        return pages.show(request, "password_mailed.html", {"email": form.cleaned_data["email"]})
    return _show_forgotten(request, form)


def _show_forgotten(request: HttpRequest, form: ForgottenPasswordForm) -> HttpResponse:
    context = {
        "form": form,
        "heading": "Password forgotten",
        "words": "A link to choose a new one is mailed to you.",
        "button": "Mail me a link",
        "back": reverse("web:sign-in"),
    }
    return pages.show(request, "form.html", context, status=400 if form.errors else 200)


class NewPassword(PasswordResetConfirmView):
    """Django's: it puts the token of the link into the session and goes on to an address without it."""

    form_class = NewPasswordForm
    template_name = "web/new_password.html"

    def get_user(self, uidb64: str) -> User | None:
        user = super().get_user(uidb64)
        return user if isinstance(user, User) and user.is_active else None

    def form_valid(self, form: NewPasswordForm) -> HttpResponse:  # type: ignore[override]
        token = self.request.session[INTERNAL_RESET_SESSION_TOKEN]
        new = form.cleaned_data["new_password1"]
        user = pages.saved(form, lambda: passwords.reset(self.kwargs["uidb64"], token, new))
        if user is None:
            return self.render_to_response(self.get_context_data(form=form), status=400)
        del self.request.session[INTERNAL_RESET_SESSION_TOKEN]
        return pages.done(self.request, "Your new password is set. Sign in with it.", "web:sign-in")

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        if not context["validlink"]:
            options["status"] = 404
        return super().render_to_response(context, **options)


_new = NewPassword.as_view()


def new(request: HttpRequest, uidb64: str, token: str) -> HttpResponseBase:
    is_secret = token != NewPassword.reset_url_token
    view = address_is_secret(_new) if is_secret else behind_a_secret(_new)
    return view(request, uidb64=uidb64, token=token)
