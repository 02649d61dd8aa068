"""What waits for somebody, as numbers beside the places where it is answered."""

from django.http import HttpResponse

from bookplate.lending.models import Hold, HoldState
from bookplate.people.models import User
from bookplate.web import pages
from bookplate.web.rights import SignedInRequest, for_people


@for_people
def notices(request: SignedInRequest) -> HttpResponse:
    """For a page that is open while they change; any other has them in its navigation."""
    return pages.show(request, "_notices.html", {"notices": of(request.user)})


def of(user: User) -> dict[str, int]:
    """Books that can be fetched, requests to answer, people who would be friends: by the page that shows them."""
    mine = Hold.objects.filter(member__user=user, state=HoldState.READY)
    asked = Hold.objects.visible_to(user).asking(user).filter(state=HoldState.WAITING)
    return {"loans": mine.count(), "shelf": asked.count(), "people": user.requests_got.count()}
