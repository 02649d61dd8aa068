"""The same request sent twice has one effect and one answer (draft-ietf-httpapi-idempotency-key-header).

A client that got no answer sends its request again with the same `Idempotency-Key`; the key is
kept in the transaction of the change itself, so either both are there or neither.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from bookplate.core.errors import Conflict, Invalid
from bookplate.core.models import IdempotencyKey

LONGEST_KEY = 200
KEY = re.compile("[!-~]([ -~]*[!-~])?")


class KeyUsedOtherwise(Conflict):
    title = "The Idempotency-Key was used for another request"


@dataclass(frozen=True)
class Answer:
    status: int
    body: str


def fingerprint(path: str, body: bytes) -> str:
    return hashlib.sha256(path.encode() + b"\0" + body).hexdigest()


def once(user: int, key: str, request: str, act: Callable[[], Answer]) -> Answer:
    """The answer of `act`, or the one that was given to `user` for this key and request before.

    Raises `Invalid` for an unusable key and `KeyUsedOtherwise` when it came with another request.
    """
    if not KEY.fullmatch(key) or len(key) > LONGEST_KEY:
        raise Invalid(
            "Idempotency-Key", f"A key has 1 to {LONGEST_KEY} printable ASCII characters; a UUID is a good one."
        )
    if given := _given(user, key, request):
        return given
    try:
        with transaction.atomic():
            answer = act()
            IdempotencyKey.objects.create(user=user, key=key, request=request, status=answer.status, body=answer.body)
            return answer
    except Exception:
        # Another request with this key may have been quicker, and ours then failed on what that one
        # did: on its key, or already on its effect. Ours was rolled back with all it did.
        if given := _given(user, key, request):
            return given
        raise


def _given(user: int, key: str, request: str) -> Answer | None:
    kept = IdempotencyKey.objects.filter(user=user, key=key).first()
    if kept is None:
        return None
    if kept.request != request:
        raise KeyUsedOtherwise("Use a new key for a new request; the same key repeats the very same request only.")
    return Answer(kept.status, kept.body)
