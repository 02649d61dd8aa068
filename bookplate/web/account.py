"""Signing in and out."""

from django.contrib.auth import views

from bookplate.web.forms import SignInForm


class SignIn(views.LoginView):
    template_name = "web/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


sign_in = SignIn.as_view()
sign_out = views.LogoutView.as_view()
