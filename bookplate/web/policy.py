"""What the library allows, and what is otherwise for the people of one group."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from bookplate.lending import rules
from bookplate.lending.models import GroupTerms
from bookplate.lending.rights import keeps_policy
from bookplate.people.models import Group
from bookplate.web import pages
from bookplate.web.policy_forms import PolicyForm, TermsForm
from bookplate.web.rights import SignedInRequest, only_if

for_keepers_of_policy = only_if(keeps_policy)


@for_keepers_of_policy
def policy(request: SignedInRequest) -> HttpResponse:
    form = PolicyForm(pages.sent(request), instance=rules.current())
    if request.method == "POST" and form.is_valid():
        rules.change(**form.cleaned_data)
        return pages.done(request, "This is what the library allows from now on.", "web:policy")
    groups = Group.objects.select_related("terms").order_by("name", "id")
    return pages.show(request, "policy.html", {"form": form, "groups": groups}, status=400 if form.errors else 200)


@for_keepers_of_policy
def group_terms(request: SignedInRequest, number: int) -> HttpResponse:
    group = get_object_or_404(Group.objects.select_related("terms"), pk=number)
    form = TermsForm(pages.sent(request), instance=getattr(group, "terms", GroupTerms(group=group)))
    if request.method == "POST" and form.is_valid():
        rules.change_group(group, **form.cleaned_data)
        return pages.done(request, f"The terms of “{group}” hold from now on.", "web:policy")
    words = "Leave empty what is as for everybody. Loans that are open keep their due dates."
    context = {"form": form, "heading": f"Terms of {group}", "words": words, "back": reverse("web:policy")}
    return pages.show(request, "form.html", context, status=400 if form.errors else 200)
