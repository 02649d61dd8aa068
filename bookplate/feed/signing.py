"""What a webhook's receiver knows a message by (https://www.standardwebhooks.com/, symmetric signatures).

No secret is kept: each is made of the webhook's own salt and the server's key whenever it is needed. So there is
nothing to be read in the database or a backup of it, and nothing to encrypt; a new key of the server makes all anew.
"""

import base64
import hashlib
import hmac
import secrets

from django.utils.crypto import salted_hmac

PREFIX = "whsec_"


def new_salt() -> str:
    return secrets.token_urlsafe(32)


def secret(salt: str) -> str:
    """As the receiver gets it."""
    return PREFIX + base64.b64encode(_key(salt)).decode()


def headers(salt: str, message: str, at: int, body: bytes) -> dict[str, str]:
    """Of the request that carries `message`; `at` in seconds since 1970."""
    signed = b".".join([message.encode(), str(at).encode(), body])
    signature = base64.b64encode(hmac.digest(_key(salt), signed, hashlib.sha256)).decode()
    return {"webhook-id": message, "webhook-timestamp": str(at), "webhook-signature": f"v1,{signature}"}


def _key(salt: str) -> bytes:
    return salted_hmac("bookplate.feed.webhook", salt, algorithm="sha256").digest()
