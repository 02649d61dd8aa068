"""Signing in and out, and the page from which people look after their own account."""

from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpResponse

from bookplate.people.models import Member
from bookplate.people.roles import keeps_catalogue
from bookplate.web import pages
from bookplate.web.forms import SignInForm
from bookplate.web.rights import SignedInRequest, for_people


class SignIn(views.LoginView):
    template_name = "web/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_invalid(form)
        if isinstance(form, SignInForm) and form.paused:
            pages.told_to_wait(response, form.paused)
        return response


sign_in = SignIn.as_view()
sign_out = views.LogoutView.as_view()


@for_people
def account(request: SignedInRequest) -> HttpResponse:
    card = Member.objects.filter(user=request.user).first()
    return pages.show(request, "account.html", {"card": card, "has_webhooks": keeps_catalogue(request.user)})
