"""The pages' forms: they name what was wrong with a value; the rules themselves are the models'."""

from typing import Any, cast

from django import forms
from django.contrib.auth.forms import AuthenticationForm, UsernameField
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from bookplate.catalog.listing import LARGEST_ID
from bookplate.catalog.models import Book, Copy, Visibility
from bookplate.core.errors import TooOften
from bookplate.feed import audit, catalogue
from bookplate.lending.conditions import Condition
from bookplate.people import attempts, scripts
from bookplate.people.models import Member, Profile, Scope, User
from bookplate.people.roles import Role

ORDERINGS = {
    "": "Best match",
    "title": "Title",
    "author": "Author",
    "-published_year": "Newest editions first",
    "published_year": "Oldest editions first",
    "-added": "Latest arrivals first",
}


class SignInForm(AuthenticationForm):
    # Django tells the browser how long a name may be, and does not check it.
    username = UsernameField(max_length=150, widget=forms.TextInput(attrs={"autofocus": True}))
    error_messages = {
        "invalid_login": "This name and password do not go together. Check both; capitals in the password matter.",
        "inactive": "This account is closed. Ask the library to open it again.",
    }
    paused: TooOften | None = None

    def clean(self) -> dict[str, Any]:
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if name and password:
            self.user_cache = self._authenticated(cast(HttpRequest, self.request), name, password)
        return self.cleaned_data

    def _authenticated(self, request: HttpRequest, name: str, password: str) -> User:
        try:
            user = attempts.authenticate(request, name, password)
        except TooOften as refusal:
            self.paused = refusal
            raise ValidationError(str(refusal)) from None
        if user is None:
            raise self.get_invalid_login_error()
        return user


class FindForm(forms.Form):
    search = forms.CharField(required=False, max_length=200, label="Find a book")
    ordering = forms.ChoiceField(required=False, choices=list(ORDERINGS.items()), label="Sort by")
    available = forms.BooleanField(required=False, label="Only what is in")
    language = forms.CharField(required=False, max_length=8)
    subject = forms.CharField(required=False, max_length=500)
    decade = forms.IntegerField(required=False, min_value=-10_000, max_value=10_000)
    exact = forms.BooleanField(required=False)

    def wanted(self) -> dict[str, Any]:
        """What was asked for, without what is empty: the shortest address of these results."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None, False)}

    @property
    def looks_for_something(self) -> bool:
        return bool(self.wanted().keys() - {"ordering"})


class BookForm(forms.ModelForm[Book]):
    class Meta:
        model = Book
        fields = ["title", "author", "published_year", "isbn", "publisher", "edition", "language", "subjects"]
        error_messages = {"title": {"required": "A book needs a title."}}


class CopyForm(forms.ModelForm[Copy]):
    class Meta:
        model = Copy
        fields = ["barcode", "shelfmark", "kind", "visibility"]
        help_texts = {"barcode": "Scan the label on the book, or keep the number made for you."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        possible = self.instance.possible_visibilities
        choices = [(choice.value, self._shown_to(choice)) for choice in possible]
        self.fields["visibility"].choices = choices  # type: ignore[attr-defined]

    def _shown_to(self, choice: Visibility) -> str:
        owned = self.instance.owner_id or self.instance.owner_group_id
        return "Only the desk" if choice == Visibility.OWNER and not owned else str(choice.label)


class MembersForm(forms.Form):
    search = forms.CharField(required=False, max_length=200, label="Find a member")
    since = forms.DateField(
        required=False, label="Cards made since", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class MemberForm(forms.ModelForm[Member]):
    class Meta:
        model = Member
        fields = ["firstname", "lastname", "card", "expires_on", "notes"]
        widgets = {
            "notes": forms.Textarea(attrs={"rows": 4}),
            "expires_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }
        error_messages = {"firstname": {"required": "A card needs a name."}}
        help_texts = {"card": "Scan a card you have, or keep the number made for you."}


class CodeForm(forms.Form):
    code = forms.CharField(
        max_length=40,
        label="The code from the desk",
        help_text="Such as K7QM-3XPA.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": "Type the code that the desk gave you."},
    )


class OwnBookForm(BookForm):
    """An edition and, with it, a copy of one's own."""

    visibility = forms.ChoiceField(
        choices=Visibility.choices, initial=Visibility.FRIENDS, label="My copy is visible to"
    )


class AskForm(forms.Form):
    username = forms.CharField(max_length=150, label="Their username")


class ProfileForm(forms.ModelForm[Profile]):
    class Meta:
        model = Profile
        fields = ["info", "visibility"]
        help_texts = {
            "info": "Whoever may see your account may read this.",
            "visibility": "The people at the desk see every account. Friends keep your name in their list.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["info"].optional = "if you like"  # type: ignore[attr-defined]


class DeskForm(forms.Form):
    entry = forms.CharField(required=False, max_length=200)
    card = forms.CharField(required=False, max_length=200)


class DeskActForm(forms.Form):
    card = forms.CharField(required=False, max_length=200)


class DeskRenewForm(DeskActForm):
    loan = forms.IntegerField(min_value=1, max_value=LARGEST_ID)


class UndoForm(DeskRenewForm):
    was = forms.ChoiceField(choices=[("lent", "lent"), ("returned", "returned")])


class DeskReserveForm(DeskActForm):
    book = forms.IntegerField(min_value=1, max_value=LARGEST_ID)


class DeskConditionForm(DeskActForm):
    copy = forms.CharField(max_length=200)
    condition = forms.ChoiceField(choices=[(one, one) for one in (Condition.GOOD, Condition.DAMAGED, Condition.LOST)])


class AccountsForm(forms.Form):
    search = forms.CharField(required=False, max_length=150, label="Name or mail address")


class RoleForm(forms.Form):
    role = forms.ChoiceField(
        choices=Role.choices,
        help_text="Assistants lend and take back; librarians keep the catalogue and the cards; admins do everything.",
    )


class ScriptTokenForm(forms.Form):
    name = forms.CharField(max_length=100, help_text="What the script is for, as in “the sign at the door”.")
    scopes = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, label="It may")
    days = forms.IntegerField(min_value=1, max_value=scripts.LONGEST_DAYS, initial=90, label="Good for how many days")

    def __init__(self, *args: Any, offered: list[Scope], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [(scope.value, scope.label) for scope in offered]  # type: ignore[attr-defined]


class WebhookForm(forms.Form):
    address = forms.CharField(max_length=500, help_text="Such as https://example.org/hook.")
    kinds = forms.MultipleChoiceField(
        required=False,
        choices=lambda: [(type, f"{type}: {did}") for type, did in catalogue.choices()],
        widget=forms.CheckboxSelectMultiple,
        help_text="None means all of them.",
    )


class ErasureForm(forms.Form):
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        strip=False,
        help_text="So that nobody else does this for you.",
    )
    sure = forms.BooleanField(label="I know that this cannot be undone")


class AuditForm(forms.Form):
    person = forms.CharField(required=False, max_length=150, label="Username")
    type = forms.ChoiceField(
        required=False,
        label="What",
        choices=[("", "Everything"), *((name, name.capitalize()) for name in audit.families())],
    )
    since = forms.DateField(required=False, label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, label="To", widget=forms.DateInput(attrs={"type": "date"}))
