"""The forms of bringing lists in."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from bookplate.catalog.importing import mapping
from bookplate.catalog.importing.choices import MOST_COPIES
from bookplate.catalog.models import Visibility
from bookplate.lending.moving.dates import Order
from bookplate.people.models import Group, User
from bookplate.people.roles import keeps_catalogue

LIBRARIANS = ("owner", "owner_group", "dates")


class BringInForm(forms.Form):
    file = forms.FileField(
        label="A list",
        error_messages={
            "required": "Choose a file first.",
            "empty": "This file is empty. Export your list once more.",
        },
    )
    copies = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=MOST_COPIES,
        initial=1,
        label="Copies of each new book",
        help_text="How many there are, so that they can be lent; 0 for a list of books that are not here.",
    )
    owner = forms.CharField(
        required=False,
        max_length=150,
        label="For the shelf of",
        help_text="A username, when these are somebody's own books. The library's otherwise.",
    )
    owner_group = forms.ModelChoiceField(
        required=False, queryset=Group.objects.order_by("name"), label="Or of a group", empty_label="No group"
    )
    shelfmark = forms.CharField(
        required=False, max_length=200, label="Shelf mark", help_text="Of the copies that the list gives none."
    )
    visibility = forms.ChoiceField(
        required=False, choices=[("", "As is usual"), *Visibility.choices], label="Copies are visible to"
    )
    dates = forms.ChoiceField(
        required=False,
        choices=[
            (Order.UNTOLD.value, "Told from the file"),
            (Order.DAY_FIRST.value, "The day first: 3 April"),
            (Order.MONTH_FIRST.value, "The month first: 4 March"),
        ],
        label="Dates such as 03/04/2026",
        help_text="Of members, loans and holds, for files that leave it open.",
    )
    dry_run = forms.BooleanField(
        required=False, label="Only try", help_text="Say what would happen, and change nothing."
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not keeps_catalogue(viewer):
            for name in LIBRARIANS:
                del self.fields[name]
            self.fields["copies"].label = "Copies of each book"
        for name in ("copies", "owner", "owner_group", "shelfmark", "visibility", "dates"):
            if name in self.fields:
                self.fields[name].optional = "if you like"  # type: ignore[attr-defined]

    def clean_copies(self) -> int:
        copies: int | None = self.cleaned_data["copies"]
        return 1 if copies is None else copies

    def clean_owner(self) -> User | None:
        name = self.cleaned_data["owner"]
        found = User.objects.filter(username=name, is_active=True).first() if name else None
        if name and found is None:
            raise ValidationError(f"There is no account “{name}”.")
        return found

    def chosen(self) -> dict[str, Any]:
        """What `intake` is told of it."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("file", "dates")}

    @property
    def order(self) -> Order:
        return Order(self.cleaned_data.get("dates", ""))


class ColumnsForm(forms.Form):
    """For each field of a book the column it is in, by its number from 1; `examples` say what stands in each."""

    def __init__(self, *args: Any, header: Sequence[str], examples: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "Not in this list")]
        for place, (name, example) in enumerate(zip(header, examples, strict=False), 1):
            choices.append((str(place), (name or f"Column {place}") + (f" ({example})" if example else "")))
        for name, label in mapping.FIELDS.items():
            self.fields[name] = forms.ChoiceField(required=False, choices=choices, label=label)
            self.fields[name].optional = ""  # type: ignore[attr-defined]

    def told(self) -> dict[str, int]:
        """Those that were chosen; what is no column is as if nobody had."""
        self.is_valid()
        return {name: int(place) for name, place in self.cleaned_data.items() if place}
