"""/api/token/: signing in, new tokens, sign-out."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bookplate.api.authentication import BearerAuthentication
from bookplate.api.permissions import Rights, anybody
from bookplate.people import attempts, sessions
from bookplate.people.models import Session

LONGEST_TOKEN = 4000


class SignInSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=4096, trim_whitespace=False)


class PairSerializer(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField()


class RefreshSerializer(serializers.Serializer[Any]):
    refresh = serializers.CharField(max_length=LONGEST_TOKEN)


class VerifySerializer(serializers.Serializer[Any]):
    token = serializers.CharField(max_length=LONGEST_TOKEN)


class RevokeSerializer(serializers.Serializer[Any]):
    refresh = serializers.CharField(max_length=LONGEST_TOKEN, required=False)


class TokenView(APIView):
    """What the four endpoints share: open to all, the body checked, a dead token is a 401."""

    # Declared, but not asked: what these need is in the body, and an old header must not stop them.
    authentication_classes = [BearerAuthentication]
    permission_classes = [Rights]
    rights = {"post": anybody}
    serializer_class: type[serializers.Serializer[Any]]

    def perform_authentication(self, request: Request) -> None:
        return None

    def check_permissions(self, request: Request) -> None:
        return None

    def asked(self, request: Request) -> dict[str, Any]:
        serializer = self.serializer_class(data=request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response["Cache-Control"] = "no-store"  # RFC 6749, 5.1
        return super().finalize_response(request, response, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, sessions.SignedOut):
            exc = AuthenticationFailed("The token is not valid or its sign-in has ended. Sign in again.")
        return super().handle_exception(exc)


class SignInView(TokenView):
    serializer_class = SignInSerializer

    @extend_schema(responses=PairSerializer, auth=[])
    def post(self, request: Request) -> Response:
        """Sign in: an access token for 5 minutes and a refresh token that works once."""
        asked = self.asked(request)
        user = attempts.authenticate(request._request, asked["username"], asked["password"])
        if user is None:
            raise AuthenticationFailed("The user name or the password is wrong.")
        tokens = sessions.open(user, request.headers.get("User-Agent", ""))
        return Response({"access": tokens.access, "refresh": tokens.refresh})


class RefreshView(TokenView):
    serializer_class = RefreshSerializer

    @extend_schema(responses=PairSerializer, auth=[])
    def post(self, request: Request) -> Response:
        """A new pair for a refresh token; using one again ends the whole sign-in."""
        tokens = sessions.refresh(self.asked(request)["refresh"])
        return Response({"access": tokens.access, "refresh": tokens.refresh})


class VerifyView(TokenView):
    serializer_class = VerifySerializer

    @extend_schema(responses={200: None}, auth=[])
    def post(self, request: Request) -> Response:
        """Whether a token, of either kind, is good now; 401 when its sign-in has ended."""
        sessions.verify(self.asked(request)["token"])
        return Response({})


class RevokeView(TokenView):
    serializer_class = RevokeSerializer

    @extend_schema(responses={204: None})
    def post(self, request: Request) -> Response:
        """Sign out: end the sign-in of the `Authorization` header, or of `refresh` in the body."""
        asked = self.asked(request)
        if "refresh" in asked:
            sessions.end(sessions.of_refresh_token(asked["refresh"]))
        elif isinstance(request.auth, Session):
            sessions.end(request.auth.pk)
        else:
            raise AuthenticationFailed("Name the sign-in: an Authorization header or `refresh` in the body.")
        return Response(status=status.HTTP_204_NO_CONTENT)
