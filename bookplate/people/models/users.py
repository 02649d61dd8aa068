"""Who signs in (`User`), what they tell (`Profile`), their circle (`Group`)."""

from collections.abc import Iterable
from typing import Any, Self

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from bookplate.core.models import at_most
from bookplate.people import roles
from bookplate.people.roles import Role


class GroupQuerySet(models.QuerySet["Group"]):
    def default(self) -> "Group":
        """The circle of those who were put in no other."""
        return self.get_or_create(name__iexact="Everyone", defaults={"name": "Everyone"})[0]


class Group(models.Model):
    """A circle of people: a class, a branch, a household, a reading group."""

    name = models.CharField(max_length=200)

    objects = GroupQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                name="group_name_once",
                violation_error_message="There is a group with this name already.",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="group_has_a_name"),
            *at_most("group", name=200),
        ]

    def __str__(self) -> str:
        return self.name


class Details(models.TextChoices):
    """Who finds somebody's account and reads what they tell about themself."""

    MEMBERS = "members", "Signed-in people"
    GROUP = "group", "My group and my friends"
    FRIENDS = "friends", "My friends"
    NOBODY = "nobody", "Only I"


class UserQuerySet(models.QuerySet["User"]):
    """Every way of making a user makes their profile and puts them in a group."""

    @transaction.atomic
    def create(self, **fields: Any) -> "User":
        if fields.get("group") is None and fields.get("group_id") is None:
            fields["group"] = Group.objects.default()
        user = super().create(**fields)
        Profile.objects.create(user=user)
        return user

    @transaction.atomic
    def bulk_create(self, objs: Iterable["User"], *args: Any, **kwargs: Any) -> list["User"]:
        users = list(objs)
        if homeless := [user for user in users if user.group_id is None]:
            group = Group.objects.default()
            for user in homeless:
                user.group = group
        users = super().bulk_create(users, *args, **kwargs)
        Profile.objects.bulk_create([Profile(user=user) for user in users if user.pk])
        return users

    def named(self, text: str) -> Self:
        """Those whose username or mail address holds `text`."""
        return self.filter(Q(username__icontains=text) | Q(email__icontains=text)) if text else self

    def visible_to(self, viewer: roles.Viewer) -> Self:
        """The desk sees every account, anybody else those that are open to them."""
        if roles.works_at_desk(viewer):
            return self.filter(is_active=True)
        return self.open_to(viewer) if isinstance(viewer, User) else self.none()

    def open_to(self, user: "User") -> Self:
        """Themself, and those whose profile lets `user` see them and who do not block `user`; whatever their role."""
        friend, mate = Q(pk__in=user.friends.values("pk")), Q(group=user.group_id)
        seen = Q(pk=user.pk) | Q(profile__visibility=Details.MEMBERS)
        seen |= (friend | mate) & Q(profile__visibility=Details.GROUP)
        seen |= friend & Q(profile__visibility=Details.FRIENDS)
        return self.filter(seen, is_active=True).exclude(blocks__whom=user.pk)


class UserManager(DjangoUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Django's own `create_user` and `create_superuser`, with our roles and profile."""

    def get_by_natural_key(self, username: str | None) -> "User":
        user: User = self.get(username__iexact=username)
        return user

    def create_user(
        self, username: str, email: str | None = None, password: str | None = None, **fields: Any
    ) -> "User":
        user = User(username=User.normalize_username(username), email=self.normalize_email(email))
        user.set_password(password)
        created: User = self.create(username=user.username, email=user.email, password=user.password, **fields)
        return created

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **fields: Any
    ) -> "User":
        return self.create_user(username, email, password, **fields | {"role": Role.ADMIN})


class User(AbstractBaseUser):
    """An account that signs in. What it may do follows from `role` alone, read at each request."""

    username = models.CharField(
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": "This username is taken."},
        help_text="Letters, digits and @ . + - _ only.",
    )
    email = models.EmailField("mail address", blank=True)
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="users")
    friends = models.ManyToManyField("self", blank=True, symmetrical=True)
    is_active = models.BooleanField("may sign in", default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        ordering = ["username"]
        constraints = [
            models.UniqueConstraint(
                Lower("username"), name="username_once_in_any_case", violation_error_message="This username is taken."
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_is_known"),
            *at_most("user", username=150, email=254),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.group_id is None:
            self.group = Group.objects.default()
        super().save(*args, **kwargs)

    # What Django's admin asks; our own code asks `people.roles`.

    @property
    def is_staff(self) -> bool:
        return self.is_active and roles.keeps_catalogue(self)

    @property
    def is_superuser(self) -> bool:
        return self.is_active and roles.is_admin(self)

    def has_perm(self, permission: str, obj: object = None) -> bool:
        return self.is_active and roles.administers(self, permission)

    def has_perms(self, permissions: Iterable[str], obj: object = None) -> bool:
        return all(self.has_perm(permission, obj) for permission in permissions)

    def has_module_perms(self, app: str) -> bool:
        return self.is_staff


class Profile(models.Model):
    """What a user tells about themself, and to whom."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="profile")
    info = models.TextField("about me", blank=True, max_length=10_000)
    visibility = models.CharField("who may see my account", max_length=10, choices=Details, default=Details.GROUP)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(visibility__in=Details.values), name="profile_visibility_is_known"),
            *at_most("profile", info=10_000),
        ]

    def __str__(self) -> str:
        return f"Profile of {self.user}"
