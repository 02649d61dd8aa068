"""What became of a copy: lost, damaged, withdrawn, or good again."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from bookplate.catalog.models import Copy
from bookplate.lending import conditions
from bookplate.lending.conditions import Condition
from bookplate.lending.rights import may_set_condition
from bookplate.web import pages
from bookplate.web.rights import SignedInRequest, for_people

HEADING = "What became of copy {}"
WORDS = (
    "A loan ends when its copy is lost or damaged. Good again, the copy goes to the first who waits, or to its shelf. "
    "Whoever waits for a lost one stays in line; when the last copy is withdrawn, their wait ends and they are told."
)


class ConditionForm(forms.Form):
    condition = forms.ChoiceField(label="It is")

    def __init__(self, *args: Any, offered: list[Condition], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["condition"].choices = [(one.value, one.label) for one in offered]  # type: ignore[attr-defined]


@for_people
def condition(request: SignedInRequest, number: int) -> HttpResponse:
    copy = get_object_or_404(Copy.objects.visible_to(request.user).select_related("book"), pk=number)
    offered = [one for one in Condition if may_set_condition(request.user, copy, one)]
    if not offered:
        raise PermissionDenied
    now = {"condition": conditions.condition_of(copy)}
    form = ConditionForm(pages.sent(request), offered=offered, initial=now)
    if request.method == "POST" and form.is_valid():
        wanted = Condition(form.cleaned_data["condition"])
        changed = pages.saved(form, lambda: conditions.set_condition(copy, wanted))
        if changed:
            words = (
                f"Copy {copy.barcode} is {changed.get_state_display().lower()}. {conditions.word_on_waiting(changed)}"
            )
            return pages.done(request, words.rstrip(), "web:book", copy.book_id)
    context = {"form": form, "heading": HEADING.format(copy.barcode), "words": WORDS, "about": copy.book}
    context["back"] = reverse("web:book", args=[copy.book_id])
    return pages.show(request, "form.html", context, status=400 if form.errors else 200)
