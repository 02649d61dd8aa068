"""The forms about accounts. What makes a name, an address or a password acceptable is said in the room `people`."""

from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm

from bookplate.lending.models import How
from bookplate.people import invitations, roles
from bookplate.people.models import Group, User
from bookplate.people.registration import Newcomer
from bookplate.people.roles import Role

LONGEST_PASSWORD = 4096
EASY_TO_GUESS = "At least 8 characters, and not a common word. A sentence is good."


def password_field(label: str, *, new: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST_PASSWORD,
        strip=False,
        help_text=EASY_TO_GUESS if new else "",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password" if new else "current-password"}),
    )


def mail_field(label: str = "Mail address", **options: Any) -> forms.EmailField:
    return forms.EmailField(
        label=label, max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"}), **options
    )


class RegisterForm(forms.Form):
    firstname = forms.CharField(label="First name", max_length=150)
    lastname = forms.CharField(label="Last name", max_length=150, required=False)
    username = forms.CharField(
        label="Username",
        max_length=150,
        help_text="You sign in with it. Letters, digits and @ . + - _ only.",
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    email = mail_field(help_text="For a new password when you forget yours.")
    password = password_field("Password", new=True)

    def newcomer(self) -> Newcomer:
        return Newcomer(**self.cleaned_data)


class InviteForm(forms.Form):
    role = forms.ChoiceField(label="As", initial=Role.MEMBER)
    group = forms.ModelChoiceField(label="Into the group", queryset=Group.objects.all(), empty_label=None)
    email = mail_field("Mail the link to", required=False)
    days = forms.IntegerField(
        label="Good for how many days",
        min_value=1,
        max_value=invitations.MOST_DAYS,
        initial=invitations.DAYS,
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        possible = [(role.value, role.label) for role in Role if roles.may_invite_as(by, role)]
        self.fields["role"].choices = possible  # type: ignore[attr-defined]
        self.fields["group"].initial = by.group_id

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class ChangePasswordForm(forms.Form):
    old = password_field("Your password now")
    new = password_field("New password", new=True)


class ForgottenPasswordForm(forms.Form):
    email = mail_field(help_text="The one that your account has.")


class NewPasswordForm(SetPasswordForm):  # type: ignore[type-arg]
    """Django's, which asks twice: whoever mistypes here has no old password to go back to."""

    new_password1 = password_field("New password", new=True)
    new_password2 = password_field("And once more", new=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password2"].help_text = ""


class NameForm(forms.Form):
    username = forms.CharField(
        label="New username",
        max_length=150,
        help_text="Letters, digits and @ . + - _ only.",
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = password_field("Your password")


class AddressForm(forms.Form):
    email = mail_field("New mail address", help_text="It counts once you have opened the link that is sent there.")
    password = password_field("Your password")


class ReminderForm(forms.Form):
    how = forms.ChoiceField(
        choices=How.choices,
        label="How you are reminded by mail",
        help_text="Before a book is due, when it is due, when it is overdue, and when one is ready for you.",
    )
