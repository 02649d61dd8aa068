"""/api/checkouts/ and /api/returns/: a stack of books in one go, with an answer for each."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bookplate.api import problems
from bookplate.api.holds import HoldSerializer
from bookplate.api.loans import CardField, LoanSerializer
from bookplate.api.permissions import Rights
from bookplate.api.schema import PROBLEM_BODY
from bookplate.lending import stacks
from bookplate.lending.stacks import Outcome
from bookplate.people.models import Scope, User
from bookplate.people.roles import works_at_desk

MOST = 100


class BarcodeField(serializers.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=60, **kwargs)


class ReturnsSerializer(serializers.Serializer[Any]):
    copies = serializers.ListField(child=BarcodeField(), min_length=1, max_length=MOST, help_text="Barcodes.")


class CheckoutsSerializer(ReturnsSerializer):
    member = CardField(help_text="The number on the library card.")


class OutcomeSerializer(serializers.Serializer[Any]):
    copy = serializers.CharField(source="barcode", help_text="The barcode that was sent.")
    loan = LoanSerializer(allow_null=True, help_text="As it is now; null when it cannot be.")
    hold = HoldSerializer(allow_null=True, help_text="For whom the copy is to be set aside.")
    problem = serializers.SerializerMethodField(help_text="Why it cannot be, as for one copy alone; else null.")

    @extend_schema_field({"oneOf": [PROBLEM_BODY, {"type": "null"}]})
    def get_problem(self, outcome: Outcome) -> dict[str, Any] | None:
        return problems.of_refusal(outcome.refusal) if outcome.refusal else None


class Stack(APIView):
    permission_classes = [Rights]
    rights = {"post": works_at_desk}
    scopes = {"post": Scope.DESK}

    def _asked(self, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        serializer = shape(data=self.request.data, context={"request": self.request})
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class CheckoutsView(Stack):
    @extend_schema(request=CheckoutsSerializer, responses=OutcomeSerializer(many=True))
    def post(self, request: Request) -> Response:
        """Lend several copies to one member; an answer for each, in their order."""
        body = self._asked(CheckoutsSerializer)
        outcomes = stacks.check_out(body["copies"], body["member"], by=cast(User, request.user))
        return Response(OutcomeSerializer(outcomes, many=True).data)


class ReturnsView(Stack):
    @extend_schema(request=ReturnsSerializer, responses=OutcomeSerializer(many=True))
    def post(self, request: Request) -> Response:
        """Take several copies back; an answer for each, in their order."""
        outcomes = stacks.take_back(self._asked(ReturnsSerializer)["copies"], by=cast(User, request.user))
        return Response(OutcomeSerializer(outcomes, many=True).data)
