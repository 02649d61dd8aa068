"""The signed-in person's webhooks: making one and seeing its secret once, what was sent, sending it again."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from bookplate.core.errors import Refusal
from bookplate.feed import webhooks as room
from bookplate.feed.models import Webhook
from bookplate.web import pages
from bookplate.web.forms import WebhookForm
from bookplate.web.rights import SignedInRequest, for_librarians

AT_ONCE = 50


@for_librarians
def webhooks(request: SignedInRequest) -> HttpResponse:
    form = WebhookForm(pages.sent(request))
    made = None
    if request.method == "POST" and form.is_valid():
        made = pages.saved(form, lambda: room.add(request.user, **form.cleaned_data))
    context = {
        "form": form,
        "made": made,
        "webhooks": Webhook.objects.visible_to(request.user),
        "most": room.MOST,
    }
    return pages.show(request, "webhooks.html", context, status=400 if form.errors else 200)


@for_librarians
def webhook(request: SignedInRequest, number: int) -> HttpResponse:
    found = _found(request, number)
    kept: dict[str, Any] = {"address": found.address, "kinds": found.types}
    form = WebhookForm(pages.sent(request), initial=kept)
    valid = request.method == "POST" and form.is_valid()
    changed = pages.saved(form, lambda: room.change(found, **form.cleaned_data)) if valid else None
    if changed:
        return pages.done(request, "It is changed.", "web:webhook", number)
    page = pages.listed(request, found.deliveries.all(), "-id", AT_ONCE)
    context = {"webhook": found, "form": form, "page": page}
    return pages.show(request, "webhook.html", context, status=400 if form.errors else 200)


@for_librarians
@require_POST
def resume(request: SignedInRequest, number: int) -> HttpResponse:
    room.resume(_found(request, number))
    return pages.done(request, "It goes on where it was.", "web:webhook", number)


@for_librarians
@require_POST
def remove(request: SignedInRequest, number: int) -> HttpResponse:
    found = _found(request, number)
    room.remove(found)
    return pages.done(request, f"The webhook to {found.host} is removed.", "web:webhooks")


@for_librarians
@require_POST
def send_again(request: SignedInRequest, number: int, event: int) -> HttpResponse:
    try:
        room.send_again(_found(request, number), event)
    except Refusal as reason:
        return pages.refused(request, reason, "web:webhook", number)
    return pages.done(request, f"Event {event} is sent again.", "web:webhook", number)


def _found(request: SignedInRequest, number: int) -> Webhook:
    return get_object_or_404(Webhook.objects.visible_to(request.user), pk=number)
