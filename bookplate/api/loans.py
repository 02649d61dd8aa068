"""/api/loans/: lending, taking back, renewing."""

from collections.abc import Callable
from typing import Any, cast

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_serializer, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from bookplate.api.lists import KeyPagination, asked
from bookplate.api.once import KEY, CreatedOnce
from bookplate.api.permissions import Rights
from bookplate.catalog.models import Copy
from bookplate.lending import checkout, finding
from bookplate.lending.models import Loan, LoanQuerySet
from bookplate.lending.rights import may_give_back, may_renew
from bookplate.people.models import Member, Scope, User
from bookplate.people.roles import is_signed_in, works_at_desk


class VisibleField(serializers.SlugRelatedField[Any]):
    """Something named by its barcode or card, among what the caller may see: hidden is unknown."""

    find: Callable[[str, User], Any]

    default_error_messages = {"does_not_exist": "There is no {slug_name} {value}.", "invalid": "This must be a text."}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or "\0" in data:
            self.fail("invalid")
        found = type(self).find(data, self.context["request"].user)
        if found is None:
            self.fail("does_not_exist", slug_name=self.slug_field, value=data)
        return found


class CopyField(VisibleField):
    find = staticmethod(finding.copy_of)

    def __init__(self, **options: Any) -> None:
        super().__init__("barcode", queryset=Copy.objects.all(), **options)


class CardField(VisibleField):
    find = staticmethod(finding.member_of)

    def __init__(self, **options: Any) -> None:
        super().__init__("card", queryset=Member.objects.all(), **options)


class LoanSerializer(serializers.Serializer[Loan]):
    # Named one by one: to make them of the model's, for each answer anew, would cost more than the loan.
    id = serializers.IntegerField(read_only=True)
    copy = CopyField(help_text="The copy's barcode.")
    book = serializers.IntegerField(source="copy.book_id", read_only=True)
    member = CardField(help_text="The number on the library card.")
    lent_at = serializers.DateTimeField(read_only=True)
    due_at = serializers.DateTimeField(read_only=True)
    returned_at = serializers.DateTimeField(read_only=True, allow_null=True)
    renewals = serializers.IntegerField(read_only=True)
    lost = serializers.BooleanField(read_only=True, help_text=Loan._meta.get_field("lost").help_text)


# Nothing in it belongs to one request.
_SHOWN = LoanSerializer()


def shown(loan: Loan) -> dict[str, Any]:
    return _SHOWN.to_representation(loan)


@extend_schema_serializer(component_name="Loan")
class LendingSerializer(serializers.Serializer[Loan]):
    copy = CopyField(help_text="The copy's barcode.")
    member = CardField(help_text="The number on the library card.")

    def to_representation(self, loan: Loan) -> dict[str, Any]:
        return shown(loan)


class LoanQuery(serializers.Serializer[Any]):
    open = serializers.BooleanField(
        default=None, allow_null=True, help_text="Only loans that are open, or only those that are over."
    )
    overdue = serializers.BooleanField(default=False, help_text="Only loans that should have been returned.")
    member = serializers.CharField(default="", max_length=40, allow_blank=True, help_text="A card number.")
    copy = serializers.CharField(default="", max_length=60, allow_blank=True, help_text="A barcode.")


@extend_schema_view(
    list=extend_schema(parameters=[LoanQuery]),
    create=extend_schema(parameters=[KEY], request=LendingSerializer, responses={201: LoanSerializer}),
)
class LoanViewSet(CreatedOnce, mixins.CreateModelMixin, mixins.RetrieveModelMixin, mixins.ListModelMixin):
    """Loans: the desk sees all, a borrower their own, an owner those of their copies that are out."""

    serializer_class = LoanSerializer
    permission_classes = [Rights]
    pagination_class = KeyPagination
    rights = {
        "list": is_signed_in,
        "retrieve": is_signed_in,
        "create": works_at_desk,
        "give_back": is_signed_in,
        "renew": is_signed_in,
        "destroy": works_at_desk,
        "undo_return": works_at_desk,
    }
    scopes = dict.fromkeys(rights, Scope.DESK)
    lookup_value_converter = "int"
    queryset = Loan.objects.all()
    in_transaction = False

    def get_queryset(self) -> "QuerySet[Loan]":
        visible = Loan.objects.visible_to(self.request.user).select_related("copy", "member")
        return self._narrowed(visible) if self.action == "list" else visible

    def get_object(self) -> Loan:
        loan = finding.loan_of(self.kwargs["pk"], cast(User, self.request.user))
        if loan is None:
            raise Http404
        return loan

    def get_serializer_class(self) -> type[serializers.Serializer[Loan]]:
        return LendingSerializer if self.action == "create" else LoanSerializer

    def get_sort_key(self) -> str:
        return "-id"

    def _narrowed(self, loans: LoanQuerySet) -> "QuerySet[Loan]":
        query = asked(LoanQuery, self.request)
        if query["open"] is not None:
            loans = loans.filter(returned_at__isnull=query["open"])
        if query["overdue"]:
            loans = loans.overdue()
        wanted = {"member__card": query["member"], "copy__barcode": query["copy"]}
        return loans.filter(**{name: value for name, value in wanted.items() if value})

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Lend a copy to a member; 409 and the reason when it cannot be."""
        return super().create(request, *args, **kwargs)

    def perform_create(self, serializer: Any) -> None:
        body = serializer.validated_data
        serializer.instance = checkout.check_out(body["copy"], body["member"], by=self.request.user)  # type: ignore[arg-type]

    def destroy(self, request: Request, pk: int) -> Response:
        """Undo a checkout that was a mistake, within a quarter of an hour, as if it had never been; else 409."""
        checkout.undo_check_out(self.get_object())
        return Response(status=204)

    @extend_schema(request=None, responses=LoanSerializer)
    @action(detail=True, methods=["post"], url_path="return")
    def give_back(self, request: Request, pk: int) -> Response:
        """Take the copy back. Doing so again changes nothing."""
        loan = self.get_object()
        if not may_give_back(request.user, loan):
            raise PermissionDenied
        return Response(shown(checkout.give_back(loan)))

    @extend_schema(request=None, responses=LoanSerializer)
    @give_back.mapping.delete
    def undo_return(self, request: Request, pk: int) -> Response:
        """Undo a return that was a mistake, within a quarter of an hour; 409 when the book has gone on."""
        return Response(shown(checkout.undo_return(self.get_object())))

    @extend_schema(request=None, responses=LoanSerializer)
    @action(detail=True, methods=["post"])
    def renew(self, request: Request, pk: int) -> Response:
        """Move the due date; 409 and the reason when it cannot be."""
        loan = self.get_object()
        if not may_renew(request.user, loan):
            raise PermissionDenied
        return Response(shown(checkout.renew(loan)))
