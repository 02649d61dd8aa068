"""/api/holds/: waiting for a book, asking for somebody's copy."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from bookplate.api.copies import KeyField
from bookplate.api.lists import KeyPagination, asked
from bookplate.api.loans import CardField, CopyField, LoanSerializer
from bookplate.api.once import KEY, CreatedOnce
from bookplate.api.permissions import Rights
from bookplate.catalog.models import Book
from bookplate.lending import checkout, holds, requests
from bookplate.lending.models import Hold, HoldState
from bookplate.lending.rights import may_answer, may_change_hold, may_hand_over, may_move_holds
from bookplate.people.models import Member, Scope
from bookplate.people.roles import Viewer, is_signed_in, works_at_desk


class HoldSerializer(serializers.ModelSerializer[Hold]):
    copy = serializers.SerializerMethodField(help_text="The barcode of the copy that is asked for or set aside.")
    member = serializers.CharField(source="member.card", help_text="The number on the library card.")
    name = serializers.CharField(source="member", help_text="Who waits.")
    place = serializers.IntegerField(allow_null=True, help_text="In the queue, 1 being the front; null out of it.")

    class Meta:
        model = Hold
        fields = ["id", "book", "copy", "member", "name", "state", "place", "placed_at", "ready_until"]
        fields += ["suspended_until", "message", "answer"]
        read_only_fields = fields

    def get_copy(self, hold: Hold) -> str | None:
        copy = hold.copy or hold.wanted
        return copy.barcode if copy else None


class PlaceSerializer(serializers.Serializer[Hold]):
    book = KeyField(queryset=Book.objects.all(), required=False, help_text="Wait for any of the library's copies.")
    copy = CopyField(required=False, help_text="Or for this very one.")
    member = CardField(required=False, help_text="A card; your own unless told.")
    message = serializers.CharField(
        default="", allow_blank=True, max_length=300, help_text="A word to the owner of the copy that is asked for."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("book" in attrs) == ("copy" in attrs):
            raise serializers.ValidationError("Name a book or a copy, one of them.")
        if attrs["message"] and not ("copy" in attrs and attrs["copy"].is_somebodys):
            raise serializers.ValidationError({"message": ["Nobody would read it: the library owns this copy."]})
        return attrs | {"member": attrs.get("member") or self._own_card()}

    def _own_card(self) -> Member:
        card = Member.objects.filter(user=self.context["request"].user).first()
        if card is None:
            raise serializers.ValidationError({"member": ["You have no library card yet. Ask at the desk for one."]})
        return card

    def create(self, validated_data: dict[str, Any]) -> Hold:
        member, viewer = validated_data["member"], self.context["request"].user
        if "copy" in validated_data:
            return requests.reserve(validated_data["copy"], member, validated_data["message"])
        return holds.place(validated_data["book"], member, by=viewer)

    def to_representation(self, instance: Hold) -> dict[str, Any]:
        placed = Hold.objects.with_copy().with_place().get(pk=instance.pk)
        return HoldSerializer(placed).data


class SuspensionSerializer(serializers.Serializer[Any]):
    suspended_until = serializers.DateField(allow_null=True, help_text="Passed over before this day; null: not at all.")


class MoveSerializer(serializers.Serializer[Any]):
    place = serializers.IntegerField(min_value=1, max_value=1_000_000)
    reason = serializers.CharField(max_length=150, help_text="For the audit.")


class AnswerSerializer(serializers.Serializer[Any]):
    accepted = serializers.BooleanField()
    answer = serializers.CharField(default="", allow_blank=True, max_length=300, help_text="A word to whoever asks.")


class ShelfSerializer(serializers.Serializer[Any]):
    copy = CopyField(help_text="A copy that is in.")


class HoldQuery(serializers.Serializer[Any]):
    state = serializers.ChoiceField(default="", choices=HoldState.choices, allow_blank=True)
    active = serializers.BooleanField(default=None, allow_null=True, help_text="Only those that wait or are ready.")
    asked = serializers.BooleanField(default=False, help_text="Only requests to you, for your copies or your group's.")
    book = serializers.IntegerField(default=None, min_value=1, max_value=2**63 - 1)
    member = serializers.CharField(default="", max_length=40, allow_blank=True, help_text="A card number.")
    copy = serializers.CharField(default="", max_length=60, allow_blank=True, help_text="A barcode.")


@extend_schema_view(
    list=extend_schema(parameters=[HoldQuery]),
    create=extend_schema(request=PlaceSerializer, responses={201: HoldSerializer}, parameters=[KEY]),
    destroy=extend_schema(responses={204: None}),
)
class HoldViewSet(CreatedOnce, mixins.CreateModelMixin, mixins.RetrieveModelMixin, mixins.ListModelMixin):
    """Holds: the desk sees all, whoever waits their own, an owner the requests for their copies."""

    serializer_class = HoldSerializer
    permission_classes = [Rights]
    pagination_class = KeyPagination
    rights = {
        "list": is_signed_in,
        "retrieve": is_signed_in,
        "create": is_signed_in,
        "partial_update": is_signed_in,
        "destroy": is_signed_in,
        "move": may_move_holds,
        "answer": is_signed_in,
        "hand_over": is_signed_in,
        "shelve": works_at_desk,
    }
    scopes = dict.fromkeys(rights, Scope.DESK)
    lookup_value_converter = "int"
    queryset = Hold.objects.all()

    def get_serializer_class(self) -> Any:
        return PlaceSerializer if self.action == "create" else HoldSerializer

    def get_queryset(self) -> "QuerySet[Hold]":
        visible = Hold.objects.visible_to(self.request.user).with_copy().with_place()
        return visible.filter(self._asked()) if self.action == "list" else visible

    def get_sort_key(self) -> str:
        return "-id"

    def _asked(self) -> Q:
        query = asked(HoldQuery, self.request)
        wanted = Q(pk__in=Hold.objects.asking(self.request.user)) if query["asked"] else Q()  # type: ignore[arg-type]
        if query["active"] is not None:
            wanted &= Q(pk__in=Hold.objects.active()) if query["active"] else ~Q(pk__in=Hold.objects.active())
        if query["copy"]:
            wanted &= Q(copy__barcode=query["copy"]) | Q(wanted__barcode=query["copy"])
        exact = {"state": query["state"], "book": query["book"], "member__card": query["member"]}
        return wanted & Q(**{name: value for name, value in exact.items() if value})

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Wait for a book, or ask for a copy; 409 and the reason when it cannot be."""
        return super().create(request, *args, **kwargs)

    @extend_schema(request=SuspensionSerializer, responses=HoldSerializer)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Be passed over before a day, the place kept; or wait again at once."""
        hold = self._if(may_change_hold)
        return self._now(holds.suspend(hold, self._body(SuspensionSerializer)["suspended_until"]))

    def destroy(self, request: Request, pk: int) -> Response:
        """Wait no longer. The hold stays to be seen, as cancelled; doing so again changes nothing."""
        holds.cancel(self._if(may_change_hold))
        return Response(status=204)

    @extend_schema(request=MoveSerializer, responses=HoldSerializer)
    @action(detail=True, methods=["put"], url_path="place")
    def move(self, request: Request, pk: int) -> Response:
        """Another place in the queue, for a reason."""
        body = self._body(MoveSerializer)
        return self._now(holds.move(self.get_object(), body["place"], body["reason"]))

    @extend_schema(request=AnswerSerializer, responses=HoldSerializer)
    @action(detail=True, methods=["put"])
    def answer(self, request: Request, pk: int) -> Response:
        """Accept or refuse the request for a copy of yours, with a word."""
        hold, body = self._if(may_answer), self._body(AnswerSerializer)
        say = requests.accept if body["accepted"] else requests.refuse
        return self._now(say(hold, body["answer"]))

    @extend_schema(request=None, responses={201: LoanSerializer})
    @action(detail=True, methods=["post"], url_path="loan")
    def hand_over(self, request: Request, pk: int) -> Response:
        """The copy that is set aside has been handed over: the loan."""
        loan = checkout.hand_over(self._if(may_hand_over), by=request.user)  # type: ignore[arg-type]
        return Response(LoanSerializer(loan).data, status=201)

    @extend_schema(request=ShelfSerializer, responses=HoldSerializer)
    @action(detail=False, methods=["post"], url_path="shelf")
    def shelve(self, request: Request) -> Response:
        """Put a copy that is in on the holds shelf, for the first who waits for it."""
        return self._now(holds.set_aside(self._body(ShelfSerializer)["copy"]))

    def _if(self, allowed: Callable[[Viewer, Hold], bool]) -> Hold:
        hold: Hold = self.get_object()
        if not allowed(self.request.user, hold):
            raise PermissionDenied
        return hold

    def _body(self, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        serializer = shape(data=self.request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def _now(self, hold: Hold) -> Response:
        """As it is after the change, whether the caller still sees it or not."""
        return Response(HoldSerializer(Hold.objects.with_copy().with_place().get(pk=hold.pk)).data)
