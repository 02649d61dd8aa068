"""Django's admin: every model, and every write through its room's function, as at any other door."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.contrib.auth.models import Group as PermissionGroup
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from bookplate.catalog import books, copies
from bookplate.catalog.models import Book, Copy
from bookplate.catalog.rights import may_change
from bookplate.catalog.search import finding
from bookplate.core.errors import Refusal
from bookplate.lending import checkout, holds
from bookplate.lending.models import Hold, Loan
from bookplate.people import accounts, administration, groups, members, passwords, privacy
from bookplate.people.folding import fold
from bookplate.people.models import (
    Group,
    Member,
    Profile,
    User,
)
from bookplate.people.roles import is_admin, is_signed_in
from bookplate.web.admin_records import AuditedAdmin

if TYPE_CHECKING:
    BaseUserAdmin = UserAdmin[User]
else:
    BaseUserAdmin = UserAdmin

admin.site.site_header = admin.site.site_title = "Bookplate"
admin.site.index_title = "All tables"
# Nothing here asks Django's own permission groups; two tables called "Groups" would only be mistaken.
admin.site.unregister(PermissionGroup)


def sign_in_on_our_page(request: HttpRequest, extra_context: object = None) -> HttpResponse:
    """One place where passwords are judged and failures counted."""
    if is_signed_in(request.user) and not admin.site.has_permission(request):
        raise PermissionDenied  # signing in again would only lead back here
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"), reverse("web:sign-in"))


def change_password_on_our_page(request: HttpRequest, extra_context: object = None) -> HttpResponse:
    """For the same reason."""
    return HttpResponseRedirect(reverse("web:password"))


admin.site.login = sign_in_on_our_page  # type: ignore[method-assign]
admin.site.password_change = change_password_on_our_page  # type: ignore[method-assign,assignment]


class RoomAdmin(AuditedAdmin):
    """A refusal of the room is shown on the page that caused it, and nothing is changed."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().delete_view(request, *args, **kwargs)
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect("../change/")

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        self.each(request, queryset, lambda row: self.delete_model(request, row))

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows = super().get_queryset(request)
        return rows.visible_to(request.user) if hasattr(rows, "visible_to") else rows

    def each(self, request: HttpRequest, rows: "QuerySet[Any]", act: Any) -> None:
        """Do `act` to each row; a refusal is shown and the others go on."""
        for row in rows:
            try:
                act(row)
            except Refusal as refusal:
                self.message_user(request, str(refusal), messages.ERROR)


class FoundByItsBook(RoomAdmin):
    """Searched by the book's folded search text, so by folded words."""

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        return super().get_search_results(request, queryset, fold(search_term))


def _is_theirs(request: HttpRequest, copy: Copy | None) -> bool:
    """Without a row the question is whether there are any."""
    return copy is None or may_change(request.user, copy)


def _sees_accounts(request: HttpRequest) -> bool:
    """Whether somebody may choose among accounts and groups; who may not, cannot give a copy or a card to one."""
    return is_admin(request.user)


@admin.register(Book)
class BookAdmin(RoomAdmin):
    list_display = ["title", "author", "published_year", "isbn", "language"]
    list_filter = ["language"]
    search_fields = ["words"]  # says that there is a search; `get_search_results` does it
    show_full_result_count = False

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Book]", search_term: str
    ) -> "tuple[QuerySet[Book], bool]":
        return finding.narrowed(queryset, search_term) if search_term else queryset, False

    def save_model(self, request: HttpRequest, obj: Book, form: ModelForm[Book], change: bool) -> None:
        if change:
            books.change(obj, **form.cleaned_data)
        else:
            obj.pk = books.add(**form.cleaned_data).pk

    def delete_model(self, request: HttpRequest, obj: Book) -> None:
        books.remove(obj)


@admin.register(Copy)
class CopyAdmin(FoundByItsBook):
    list_display = ["barcode", "book", "shelfmark", "state", "visibility", "owner", "owner_group"]
    list_filter = ["state", "visibility"]
    list_select_related = ["book", "owner", "owner_group"]
    search_fields = ["barcode", "book__title_key", "book__author_key"]

    autocomplete_fields = ["book", "owner", "owner_group"]

    def has_change_permission(self, request: HttpRequest, obj: Copy | None = None) -> bool:
        return super().has_change_permission(request, obj) and _is_theirs(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Copy | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_theirs(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Copy | None = None) -> list[str]:
        return ["state"] if _sees_accounts(request) else ["state", "owner", "owner_group"]

    def save_model(self, request: HttpRequest, obj: Copy, form: ModelForm[Copy], change: bool) -> None:
        if change:
            copies.change(obj, **form.cleaned_data)
        else:
            obj.pk = copies.add(**form.cleaned_data).pk

    def delete_model(self, request: HttpRequest, obj: Copy) -> None:
        copies.remove(obj)


@admin.register(Member)
class MemberAdmin(RoomAdmin):
    list_display = ["card", "firstname", "lastname", "user"]
    list_select_related = ["user"]
    search_fields = ["card"]
    autocomplete_fields = ["user"]

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> tuple["QuerySet[Any]", bool]:
        return Member.objects.filter(pk__in=queryset).matching(search_term), False

    def get_readonly_fields(self, request: HttpRequest, obj: Member | None = None) -> list[str]:
        return [] if _sees_accounts(request) else ["user"]

    def save_model(self, request: HttpRequest, obj: Member, form: ModelForm[Member], change: bool) -> None:
        if change:
            members.change(obj, **form.cleaned_data)
        else:
            obj.pk = members.add(**form.cleaned_data).pk

    def delete_model(self, request: HttpRequest, obj: Member) -> None:
        members.remove(obj)


@admin.register(Loan)
class LoanAdmin(RoomAdmin):
    """Lend by adding one; take back with the action."""

    list_display = ["copy", "member", "lent_at", "due_at", "returned_at", "renewals"]
    list_select_related = ["copy", "member"]
    search_fields = ["copy__barcode", "member__card"]
    fields = ["copy", "member"]
    autocomplete_fields = ["copy", "member"]
    actions = ["take_back"]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "copy":
            kwargs["queryset"] = Copy.objects.visible_to(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Loan, form: ModelForm[Loan], change: bool) -> None:
        by = request.user if isinstance(request.user, User) else None
        obj.pk = checkout.check_out(obj.copy, form.cleaned_data["member"], by=by).pk

    @admin.action(description="Take the books of the chosen loans back", permissions=["add"])
    def take_back(self, request: HttpRequest, loans: "QuerySet[Loan]") -> None:
        self.each(request, loans, checkout.give_back)


@admin.register(Hold)
class HoldAdmin(FoundByItsBook):
    list_display = ["book", "member", "state", "placed_at", "ready_until"]
    list_filter = ["state"]
    list_select_related = ["book", "member"]
    search_fields = ["book__title_key", "book__author_key", "member__card"]

    fields = ["book", "member"]
    autocomplete_fields = ["book", "member"]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Hold, form: ModelForm[Hold], change: bool) -> None:
        obj.pk = holds.place(obj.book, obj.member).pk


class ProfileInline(admin.StackedInline):  # type: ignore[type-arg]
    model = Profile
    can_delete = False


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]
    def save(self, commit: bool = True) -> User:
        wanted = self.cleaned_data["password1"] if self.cleaned_data["set_usable_password"] else None
        user: User = self.user
        user.password = passwords.set_by_admin(user, wanted).password
        return user


@admin.register(User)
class AccountAdmin(RoomAdmin, BaseUserAdmin):
    change_password_form = PasswordForm
    list_display = ["username", "email", "role", "group", "is_active"]
    list_filter = ["role", "is_active", "group"]
    list_select_related = ["group"]
    search_fields = ["username", "email"]
    filter_horizontal = []  # friendships are made by the two themselves (`people.friends`)
    ordering = ["username"]
    readonly_fields = ["date_joined", "last_login"]
    fieldsets = [
        (None, {"fields": ["username", "password", "email"]}),
        ("Rights", {"fields": ["role", "is_active"]}),
        ("Circles", {"fields": ["group"]}),
        ("Dates", {"fields": ["date_joined", "last_login"]}),
    ]
    add_fieldsets = [(None, {"fields": ["username", "usable_password", "password1", "password2", "role", "group"]})]

    def get_form(  # type: ignore[override]  # as `UserAdmin` has it, not as its stubs do
        self, request: HttpRequest, obj: User | None = None, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, **kwargs)
        if obj is None:
            # Left empty it is the default group, as for every other way to an account.
            form.base_fields["group"].required = False
        return form

    def get_inlines(self, request: HttpRequest, obj: User | None) -> list[Any]:
        return [ProfileInline] if obj else []  # A new account brings its profile with it.

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool) -> None:
        if change:
            administration.change(obj, **{name: form.cleaned_data[name] for name in form.changed_data})
        else:
            accounts.open(obj)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        accounts: QuerySet[User] = User.objects.all()  # closed ones too
        return accounts

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        privacy.erase(obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Nothing is protected here: `privacy.erase` takes out what can go and says what stands against it."""
        listed, counts, *_ = super().get_deleted_objects(objs, request)
        return listed, counts, set(), []


@admin.register(Group)
class GroupAdmin(RoomAdmin):
    search_fields = ["name"]

    def save_model(self, request: HttpRequest, obj: Group, form: ModelForm[Group], change: bool) -> None:
        if change:
            groups.rename(obj, form.cleaned_data["name"])
        else:
            obj.pk = groups.add(form.cleaned_data["name"]).pk

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        groups.remove(obj)
