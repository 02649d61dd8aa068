"""/api/policy/: what the library allows."""

from typing import Any

from rest_framework import mixins, serializers

from bookplate.api.copies import KeyField
from bookplate.api.objects import CHANGING, ChangeableObjects
from bookplate.api.permissions import Rights
from bookplate.lending import rules
from bookplate.lending.models import GroupTerms, Policy
from bookplate.lending.models.policy import WEEKDAYS
from bookplate.lending.rights import keeps_policy
from bookplate.people.models import Group
from bookplate.people.roles import is_signed_in


class DaysField(serializers.ListField):
    """Each day once, however often it is named."""

    def to_internal_value(self, data: Any) -> Any:
        # REST Framework would look at the length of what is kept.
        if isinstance(data, list) and self.max_length is not None and len(data) > self.max_length:
            raise serializers.ValidationError(f"Name at most {self.max_length} days.")
        return super().to_internal_value(data)


class WeekdaysField(DaysField):
    """Names of days, kept as digits; never all seven."""

    child = serializers.ChoiceField(choices=WEEKDAYS)

    def to_internal_value(self, data: Any) -> Any:
        digits = sorted({str(WEEKDAYS.index(name) + 1) for name in super().to_internal_value(data)})
        if len(digits) == len(WEEKDAYS):
            raise serializers.ValidationError("The library must be open on some day of the week.")
        return "".join(digits)

    def to_representation(self, data: Any) -> list[str]:
        return [WEEKDAYS[int(digit) - 1] for digit in data]


class DatesField(DaysField):
    """Kept as texts, the earliest first."""

    child = serializers.DateField()

    def to_internal_value(self, data: Any) -> Any:
        return sorted({day.isoformat() for day in super().to_internal_value(data)})


class TermsSerializer(serializers.ModelSerializer[GroupTerms]):
    serializer_related_field = KeyField
    group = KeyField(queryset=Group.objects.all())

    class Meta:
        model = GroupTerms
        fields = ["group", *rules.TERMS]


class PolicySerializer(serializers.ModelSerializer[Policy]):
    closed_weekdays = WeekdaysField(max_length=7, required=False, help_text="A due date never falls on one.")
    closed_dates = DatesField(max_length=1000, required=False, help_text="A due date never falls on one.")
    groups = TermsSerializer(
        many=True, required=False, help_text="What is otherwise for a group's people; `null` is as for everybody."
    )

    class Meta:
        model = Policy
        fields = ["loan_days", "short_days", "loans_at_once", "renewals", "hold_days", "closed_weekdays"]
        fields += ["closed_dates", "members_lend", "remind_before", "remind_on_day", "remind_overdue", "remind_hour"]
        fields += ["groups"]

    def to_representation(self, instance: Policy) -> dict[str, Any]:
        answer: dict[str, Any] = super().to_representation(instance)
        return answer | {"groups": TermsSerializer(GroupTerms.objects.all(), many=True).data}

    def validate_groups(self, groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
        # Of a PATCH, REST Framework lets parts of the list be left out, too.
        if not all("group" in row for row in groups):
            raise serializers.ValidationError("Each of these terms needs its group.")
        if len({row["group"] for row in groups}) < len(groups):
            raise serializers.ValidationError("A group is named twice. Give its terms once.")
        return groups


class PolicyViewSet(ChangeableObjects, mixins.RetrieveModelMixin, mixins.UpdateModelMixin):
    """What the library allows: everybody signed in may know, librarians change it."""

    serializer_class = PolicySerializer
    permission_classes = [Rights]
    pagination_class = None
    rights = {"retrieve": is_signed_in, "update": keeps_policy, "partial_update": keeps_policy}
    queryset = Policy.objects.all()

    def get_object(self) -> Policy:
        if self.action not in CHANGING:
            return rules.current()
        found = rules.locked()
        self._check_if_match(found)
        return found

    def perform_update(self, serializer: Any) -> None:
        serializer.instance = rules.change(**serializer.validated_data)
