"""What happened, for a page whose WebSocket something in between does not let through (`bookplate-client.js`)."""

from django.http import HttpResponse, JsonResponse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from bookplate.feed import reading
from bookplate.feed.polls import told_to
from bookplate.web.rights import SignedInRequest, for_people

LONGEST_NUMBER = 19


@for_people
@require_safe
def events(request: SignedInRequest) -> HttpResponse:
    """As `/api/events/`, with the cookie; `?wait=` is heeded before it comes here (`live.polling`)."""
    asked = request.GET.get("since", "")
    known = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < LONGEST_NUMBER else 0
    told_to(request, request.user.pk)
    read = reading.since(request.user, known)
    told = [reading.frame(event) for event in read.events]
    answer = JsonResponse(told, safe=False, headers=reading.headers(known, read))
    add_never_cache_headers(answer)
    return answer
