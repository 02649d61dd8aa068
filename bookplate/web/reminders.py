"""Reminders: what went to whom and what would go today, for the desk; and how one wants to get one's own."""

from itertools import chain, islice

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from bookplate.lending import reminders as engine
from bookplate.lending import rules
from bookplate.lending.models import How, Policy, Reminder
from bookplate.web import pages
from bookplate.web.account_forms import ReminderForm
from bookplate.web.rights import SignedInRequest, for_desk, for_people

AT_ONCE = 50


@for_desk
def reminders(request: SignedInRequest) -> HttpResponse:
    policy = rules.current()
    context = {
        "going": _going(policy),
        "shown": AT_ONCE,
        "hour": policy.remind_hour,
        "page": pages.listed(request, Reminder.objects.with_all(), "-id", AT_ONCE),
    }
    return pages.show(request, "reminders.html", context)


def _going(policy: Policy) -> list[Reminder]:
    """The first of those that would go today."""
    now = timezone.now()
    of_each = (engine.reminders(reason, rows[:AT_ONCE], now) for reason, rows in engine.due(policy, now).items())
    return list(islice(chain.from_iterable(of_each), AT_ONCE))


@for_people
def choice(request: SignedInRequest) -> HttpResponse:
    form = ReminderForm(pages.sent(request), initial={"how": engine.chosen(request.user.pk)})
    if request.method == "POST" and form.is_valid():
        how = How(form.cleaned_data["how"])
        engine.choose(request.user, how)
        return pages.done(request, f"Reminders: {how.label.lower()}.", "web:account")
    words = "" if request.user.email else "Your account has no mail address, so no reminder reaches you."
    context = {"form": form, "heading": "Reminders", "words": words, "back": reverse("web:account")}
    return pages.show(request, "form.html", context, status=400 if form.errors else 200)
