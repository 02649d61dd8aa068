"""What Django's admin only shows: rows that nobody but the rooms themselves writes."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from bookplate.catalog.duplicates.models import Dismissal, Merge
from bookplate.catalog.importing.models import Import, ImportFailure, ImportStep
from bookplate.catalog.kept_marc import KeptMarc
from bookplate.catalog.labels.models import BarcodeRun, LabelSheet
from bookplate.catalog.metadata.models import Answer, Filling
from bookplate.catalog.search.models import Word
from bookplate.core.models import Event, IdempotencyKey, Lease
from bookplate.feed.models import Delivery, Webhook
from bookplate.lending.models import GroupTerms, Policy, Reminder, ReminderChoice
from bookplate.people import administration
from bookplate.people.models import Attempt, Block, FriendRequest, Invitation, Profile, ScriptToken, Session

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


class AuditedAdmin(ModelAdmin):
    """The audit keeps who did what (`feed.audit`); Django's log would keep names that were to be erased."""

    def log_addition(self, *args: Any) -> Any:
        return None

    def log_change(self, *args: Any) -> Any:
        return None

    def log_deletions(self, *args: Any) -> Any:
        return None


class ReadOnlyAdmin(AuditedAdmin):
    """What is only ever written by the rooms themselves."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin):
    list_display = ["user", "device", "created_at", "last_used_at", "ended_at"]
    list_select_related = ["user"]
    actions = ["end"]
    exclude = ["refresh_id", "stamp"]

    @admin.action(description="End the chosen sign-ins", permissions=["view"])
    def end(self, request: HttpRequest, chosen: "QuerySet[Session]") -> None:
        for session in chosen:
            administration.end_sign_in(session)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ["id", "type", "at", "audience", "book", "copy"]
    list_filter = ["type", "audience"]
    show_full_result_count = False


@admin.register(Import)
class ImportAdmin(ReadOnlyAdmin):
    list_display = ["name", "state", "read", "created", "updated", "unchanged", "failed"]


@admin.register(Merge)
class MergeAdmin(ReadOnlyAdmin):
    list_display = ["id", "title", "kept", "merged", "at", "undone_at"]


@admin.register(Dismissal)
class DismissalAdmin(ReadOnlyAdmin):
    list_display = ["id", "first", "second", "at"]
    list_select_related = ["first", "second"]


@admin.register(ScriptToken)
class ScriptTokenAdmin(ReadOnlyAdmin):
    list_display = ["name", "user", "scope", "expires_at", "last_used_at", "ended_at"]
    list_select_related = ["user"]
    exclude = ["digest", "stamp"]


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ["id", "role", "group", "email", "made_by", "expires_at", "used_by"]
    list_select_related = ["group", "made_by", "used_by"]
    exclude = ["token_hash"]


@admin.register(Webhook)
class WebhookAdmin(ReadOnlyAdmin):
    """Without the address, which may hold a secret of the receiver's, and what the webhook's own secret is made of."""

    list_display = ["id", "owner", "host", "kinds", "upto", "problem"]
    list_select_related = ["owner"]
    exclude = ["address", "salt"]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ["webhook", "event", "type", "state", "attempts", "tried_at", "status"]
    list_select_related = ["webhook"]
    list_filter = ["state"]


admin.site.register(
    [Attempt, Block, FriendRequest, Profile, ImportFailure, IdempotencyKey, Lease, Policy, GroupTerms],
    ReadOnlyAdmin,
)
admin.site.register(
    [Answer, BarcodeRun, Filling, ImportStep, KeptMarc, LabelSheet, Reminder, ReminderChoice, Word], ReadOnlyAdmin
)
