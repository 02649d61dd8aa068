"""/api/users/ and /api/groups/: whom and what circles the caller may see."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.validators import UniqueValidator
from rest_framework.viewsets import ModelViewSet, ReadOnlyModelViewSet

from bookplate.api.lists import KeyPagination, asked
from bookplate.api.objects import ChangeableObjects, ReadableObjects
from bookplate.api.permissions import Rights
from bookplate.people import groups
from bookplate.people.models import Group, User, UserQuerySet
from bookplate.people.roles import is_signed_in, keeps_groups


class UserSerializer(serializers.ModelSerializer[User]):
    group = serializers.CharField(source="group.name", read_only=True)
    info = serializers.CharField(source="profile.info", read_only=True)

    class Meta:
        model = User
        fields = ["id", "username", "group", "group_id", "info"]
        read_only_fields = fields


class UserQuery(serializers.Serializer[Any]):
    search = serializers.CharField(default="", max_length=150, allow_blank=True, help_text="Part of the username.")
    group = serializers.IntegerField(default=None, min_value=1, max_value=2**63 - 1, help_text="The id of a group.")


@extend_schema_view(list=extend_schema(parameters=[UserQuery]))
class UserViewSet(ReadableObjects, ReadOnlyModelViewSet[User]):
    """People: whoever does not show themself to the caller is not there."""

    serializer_class = UserSerializer
    permission_classes = [Rights]
    pagination_class = KeyPagination
    rights = {"list": is_signed_in, "retrieve": is_signed_in}
    lookup_value_converter = "int"
    queryset = User.objects.all()

    def get_queryset(self) -> "QuerySet[User]":
        visible = User.objects.visible_to(self.request.user).select_related("group", "profile")
        return self._narrowed(visible) if self.action == "list" else visible

    def get_sort_key(self) -> str:
        return "username"

    def _narrowed(self, people: UserQuerySet) -> "QuerySet[User]":
        query = asked(UserQuery, self.request)
        wanted = {"username__icontains": query["search"], "group": query["group"]}
        return people.filter(**{name: value for name, value in wanted.items() if value})


LONGEST_NAME: int = Group._meta.get_field("name").max_length or 0


class FreeName(UniqueValidator):
    """Asks only about names that can be there: for very long ones SQLite refuses to look."""

    def __call__(self, value: str, serializer_field: Any) -> None:
        if len(value) <= LONGEST_NAME:
            super().__call__(value, serializer_field)


# The constraint ignores capitals; of that DRF knows nothing.
TAKEN = FreeName(Group.objects.all(), "There is a group with this name already.", lookup="iexact")


class GroupSerializer(serializers.ModelSerializer[Group]):
    class Meta:
        model = Group
        fields = ["id", "name"]
        extra_kwargs = {"name": {"validators": [TAKEN]}}


class GroupViewSet(ChangeableObjects, ModelViewSet[Group]):
    """Circles of people. Everybody signed in knows their names; who is in one is asked of /api/users/."""

    serializer_class = GroupSerializer
    permission_classes = [Rights]
    pagination_class = KeyPagination
    rights = {
        "list": is_signed_in,
        "retrieve": is_signed_in,
        "create": keeps_groups,
        "update": keeps_groups,
        "partial_update": keeps_groups,
        "destroy": keeps_groups,
    }
    lookup_value_converter = "int"
    queryset = Group.objects.all()

    def get_sort_key(self) -> str:
        return "name"

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = groups.add(**serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        name = serializer.validated_data.get("name", serializer.instance.name)
        serializer.instance = groups.rename(serializer.instance, name)

    def perform_destroy(self, instance: Group) -> None:
        groups.remove(instance)
