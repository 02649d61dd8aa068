"""The forms of the policy's pages."""

from datetime import date
from typing import Any

from django import forms

from bookplate.lending.models import GroupTerms, Policy
from bookplate.lending.models.policy import WEEKDAYS

CHOICES = [(str(number), name.capitalize()) for number, name in enumerate(WEEKDAYS, 1)]


class WeekdaysField(forms.MultipleChoiceField):
    """Kept as digits in one text."""

    widget = forms.CheckboxSelectMultiple

    def clean(self, value: Any) -> str:
        days: list[str] = super().clean(value)
        if len(days) == len(WEEKDAYS):
            raise forms.ValidationError("The library must be open on some day of the week.")
        return "".join(sorted(days))

    def prepare_value(self, value: Any) -> Any:
        return list(value or "")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(list(initial or ""), data)


class DatesField(forms.CharField):
    """One day in each line."""

    widget = forms.Textarea(attrs={"rows": 5, "placeholder": "2026-12-25"})

    def clean(self, value: Any) -> list[str]:
        lines = super().clean(value).split()
        return sorted({self._day(line).isoformat() for line in lines})

    def _day(self, text: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise forms.ValidationError(f"“{text}” is no day. Write one in each line, such as 2026-12-25.") from None

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value


class PolicyForm(forms.ModelForm[Policy]):
    closed_weekdays = WeekdaysField(choices=CHOICES, required=False, label="Closed every")
    closed_dates = DatesField(
        required=False,
        max_length=12_000,
        label="Closed on",
        help_text="One day in each line, such as 2026-12-25. Nothing is ever due on a day when the library is closed.",
    )

    class Meta:
        model = Policy
        fields = ["loan_days", "short_days", "loans_at_once", "renewals", "hold_days", "closed_weekdays"]
        fields += ["closed_dates", "members_lend", "remind_before", "remind_on_day", "remind_overdue", "remind_hour"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("closed_weekdays", "closed_dates"):
            self.fields[name].optional = "if any"  # type: ignore[attr-defined]


class TermsForm(forms.ModelForm[GroupTerms]):
    class Meta:
        model = GroupTerms
        fields = ["loan_days", "short_days", "loans_at_once", "renewals"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.optional = "if other than usual"  # type: ignore[attr-defined]
