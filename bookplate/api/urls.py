"""The API's addresses; `/api/` lists them."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.routers import APIRootView, DefaultRouter

from bookplate.api import accounts, desk, events, privacy, problems, reminders, tokens, users
from bookplate.api.administration import AccountViewSet
from bookplate.api.audit import AuditViewSet
from bookplate.api.books import BookViewSet
from bookplate.api.copies import CopyViewSet
from bookplate.api.covers import CoverView
from bookplate.api.day_lists import DayListView
from bookplate.api.duplicates import DismissalViewSet, DuplicatesView
from bookplate.api.exports import ExportView
from bookplate.api.fillings import FillingViewSet
from bookplate.api.finding import FacetsView, SuggestionsView
from bookplate.api.friends import BlockViewSet, FriendRequestViewSet, FriendViewSet
from bookplate.api.holds import HoldViewSet
from bookplate.api.imports import ImportViewSet
from bookplate.api.invitations import InvitationViewSet
from bookplate.api.loans import LoanViewSet
from bookplate.api.members import MemberViewSet, MyCardView
from bookplate.api.merges import MergeViewSet
from bookplate.api.metadata import MetadataView
from bookplate.api.people import GroupViewSet, UserViewSet
from bookplate.api.policy import PolicyViewSet
from bookplate.api.script_tokens import ScriptTokenViewSet
from bookplate.api.sessions import SessionViewSet
from bookplate.api.webhooks import DeliveryViewSet, WebhookViewSet

ALSO_LISTED = ["users-me", "sessions", "tokens", "register", "password-reset", "fbv_list", "cbv_list", "token"]
ALSO_LISTED += ["duplicates", "events", "checkouts", "returns", "policy", "schema", "docs"]
CHANGE: dict[str, Any] = {"get": "retrieve", "put": "update", "patch": "partial_update"}


class Root(APIRootView):
    """The endpoints of Bookplate's API; `docs/` explains them."""

    permission_classes = [AllowAny]
    authentication_classes = []
    schema = None


class Router(DefaultRouter):
    include_format_suffixes = False
    APIRootView = Root

    def get_api_root_view(self, api_urls: Any = None) -> Callable[..., Any]:
        listed = {prefix: self.routes[0].name.format(basename=name) for prefix, _, name in self.registry}
        return self.APIRootView.as_view(api_root_dict=listed | {name: name for name in ALSO_LISTED})


router = Router(use_regex_path=False)
router.register("books", BookViewSet)
router.register("accounts", AccountViewSet, basename="account")
router.register("audit", AuditViewSet, basename="audit")
router.register("copies", CopyViewSet)
router.register("members", MemberViewSet)
router.register("loans", LoanViewSet)
router.register("holds", HoldViewSet)
router.register("imports", ImportViewSet)
router.register("fillings", FillingViewSet)
router.register("invitations", InvitationViewSet)
router.register("dismissals", DismissalViewSet)
router.register("merges", MergeViewSet)
router.register("users", UserViewSet, basename="user")
router.register("groups", GroupViewSet)
router.register("friends", FriendViewSet, basename="friend")
router.register("friend-requests", FriendRequestViewSet, basename="friend-request")
router.register("webhooks", WebhookViewSet)
router.register("blocks", BlockViewSet, basename="block")


class Docs(SpectacularSwaggerSplitView):
    """A page to read and try the API."""

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        # What REST Framework says of an endpoint has no template here.
        return View.options(self, request, *args, **kwargs)

    def finalize_response(self, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(*args, **kwargs)
        response.headers["Content-Security-Policy"] = STYLED
        return response


# Swagger UI styles itself with attributes; scripts stay strict.
STYLED = settings.CONTENT_SECURITY_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")


@csrf_exempt  # There is no form here, and JSON is what a client of the API expects.
def nothing_here(request: HttpRequest) -> HttpResponse:
    return problems.plain(HTTPStatus.NOT_FOUND, "There is nothing at this address; addresses end with a slash.")


urlpatterns = [
    *router.urls,
    path("books/<int:id>/cover/", CoverView.as_view(), name="book-cover"),
    path("books/facets/", FacetsView.as_view(), name="facets"),
    path("books/suggestions/", SuggestionsView.as_view(), name="suggestions"),
    path("token/", tokens.SignInView.as_view(), name="token"),
    path("token/refresh/", tokens.RefreshView.as_view(), name="token-refresh"),
    path("token/verify/", tokens.VerifyView.as_view(), name="token-verify"),
    path("token/revoke/", tokens.RevokeView.as_view(), name="token-revoke"),
    path("users/me/sessions/", SessionViewSet.as_view({"get": "list", "delete": "end_others"}), name="sessions"),
    path("users/me/sessions/<int:pk>/", SessionViewSet.as_view({"delete": "destroy"}), name="session"),
    path("users/me/tokens/", ScriptTokenViewSet.as_view({"get": "list", "post": "create"}), name="tokens"),
    path("users/me/tokens/<int:pk>/", ScriptTokenViewSet.as_view({"delete": "destroy"}), name="script-token"),
    path("users/me/data/", privacy.DataView.as_view(), name="own-data"),
    path("users/me/erasure/", privacy.ErasureView.as_view(), name="erasure"),
    path("users/me/reminders/", reminders.RemindersView.as_view(), name="reminders"),
    path("users/me/", users.MeView.as_view(), name="users-me"),
    path("users/me/password/", accounts.ChangePasswordView.as_view(), name="users-me-password"),
    path("register/", accounts.RegisterView.as_view(), name="register"),
    path("password-reset/", accounts.AskResetView.as_view(), name="password-reset"),
    path("password-reset/confirm/", accounts.ResetView.as_view(), name="password-reset-confirm"),
    path("users/me/card/", MyCardView.as_view(), name="users-me-card"),
    path("checkouts/", desk.CheckoutsView.as_view(), name="checkouts"),
    path("returns/", desk.ReturnsView.as_view(), name="returns"),
    path("duplicates/", DuplicatesView.as_view(), name="duplicates"),
    path("lists/<slug:name>/", DayListView.as_view(), name="day-list"),
    path("exports/<slug:kind>/", ExportView.as_view(), name="export"),
    path("metadata/<str:isbn>/", MetadataView.as_view(), name="metadata"),
    path("policy/", PolicyViewSet.as_view(CHANGE), name="policy"),
    path("fbv_list/", users.fbv_list, name="fbv_list"),
    path("cbv_list/", users.CBVList.as_view(), name="cbv_list"),
    path(
        "webhooks/<int:pk>/deliveries/", DeliveryViewSet.as_view({"get": "list", "post": "create"}), name="deliveries"
    ),
    path("events/", events.EventsView.as_view(), name="events"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", Docs.as_view(url_name="schema"), name="docs"),
    re_path(r"^.*$", nothing_here),
]
