"""/api/register/, /api/password-reset/ and /api/users/me/password/: getting an account, and its password."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bookplate.api.permissions import Rights, anybody
from bookplate.api.users import LONGEST_PASSWORD, MeSerializer
from bookplate.people import links, passwords, registration
from bookplate.people.models import Session, User
from bookplate.people.registration import Newcomer


class PasswordField(serializers.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs | {"max_length": LONGEST_PASSWORD, "trim_whitespace": False})


class RegisterSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    email = serializers.EmailField(max_length=254)
    password = PasswordField()
    firstname = serializers.CharField(max_length=150)
    lastname = serializers.CharField(max_length=150, default="", allow_blank=True)
    invitation = serializers.CharField(
        max_length=200, default="", allow_blank=True, help_text="The last part of an invitation's link."
    )


class AskResetSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)


class ResetSerializer(serializers.Serializer[Any]):
    uid = serializers.CharField(max_length=40)
    token = serializers.CharField(max_length=200)
    password = PasswordField()


class ChangePasswordSerializer(serializers.Serializer[Any]):
    old = PasswordField()
    new = PasswordField()


class BodyView(APIView):
    """A `POST` whose body is checked by `serializer_class`."""

    serializer_class: type[serializers.Serializer[Any]]

    def asked(self, request: Request) -> dict[str, Any]:
        serializer = self.serializer_class(data=request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class OpenView(BodyView):
    """For whoever has no token; an old one must not stop them."""

    authentication_classes = []
    permission_classes = [Rights]
    rights = {"post": anybody}


class RegisterView(OpenView):
    serializer_class = RegisterSerializer

    @extend_schema(responses={201: MeSerializer})
    def post(self, request: Request) -> Response:
        """Open an account with a library card, as far as the library lets people do so themselves."""
        body = request.data
        registration.check_open(invited=isinstance(body, dict) and bool(body.get("invitation")))
        asked = self.asked(request)
        token = asked.pop("invitation")
        invitation = registration.by_token(token) if token else None
        user = registration.register(Newcomer(**asked), invitation)
        return Response(MeSerializer(user).data, status=status.HTTP_201_CREATED)


class AskResetView(OpenView):
    serializer_class = AskResetSerializer

    @extend_schema(responses={204: None})
    def post(self, request: Request) -> Response:
        """Have a link mailed that sets a new password; the answer is the same for an unknown address."""
        passwords.ask_reset(self.asked(request)["email"], links.site(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ResetView(OpenView):
    serializer_class = ResetSerializer

    @extend_schema(responses={204: None})
    def post(self, request: Request) -> Response:
        """Set a new password with the two parts of the mailed link; ends all sign-ins."""
        asked = self.asked(request)
        passwords.reset(asked["uid"], asked["token"], asked["password"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class ChangePasswordView(BodyView):
    permission_classes = [IsAuthenticated]
    serializer_class = ChangePasswordSerializer

    @extend_schema(responses={204: None})
    def post(self, request: Request) -> Response:
        """Change the own password; ends all sign-ins but the one that asks."""
        keep = request.auth if isinstance(request.auth, Session) else None
        passwords.change(cast(User, request.user), **self.asked(request), keep=keep)
        return Response(status=status.HTTP_204_NO_CONTENT)
