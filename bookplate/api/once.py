"""A `POST` that may be sent again: the same `Idempotency-Key` has one effect and one answer."""

from typing import Any, cast

from drf_spectacular.utils import OpenApiParameter
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from bookplate.api.objects import SafeObjects
from bookplate.core import idempotency, json
from bookplate.core.idempotency import Answer

KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": idempotency.LONGEST_KEY, "pattern": f"^{idempotency.KEY.pattern}$"},
    OpenApiParameter.HEADER,
    description="Repeats of this request have one effect.",
)


class CreatedOnce(SafeObjects):
    """Stands before DRF's own mixins, as `SafeObjects` does."""

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return self._create(request)
        fingerprint = idempotency.fingerprint(request.path, self.sent(request))
        answer = idempotency.once(cast(int, request.user.pk), key, fingerprint, lambda: self._create_once(request))
        made = json.loads(answer.body.encode())
        return Response(made, status=answer.status, headers=self.get_success_headers(made))

    def sent(self, request: Request) -> bytes:
        """What makes two requests the same one."""
        return JSONRenderer().render(request.data)

    def _create(self, request: Request) -> Response:
        return super().create(request)

    def _create_once(self, request: Request) -> Answer:
        response = self._create(request)
        return Answer(response.status_code, JSONRenderer().render(response.data).decode())
