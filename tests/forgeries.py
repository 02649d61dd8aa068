"""Tokens that nobody should believe (G1), each made from a good one with the server's own key."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

ANOTHER_KEY = "another-key-of-more-than-32-bytes-length"
Claims = dict[str, Any]


def encoded(part: Claims) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def signed(head: Claims, claims: Claims, key: str) -> str:
    """HMAC-SHA256 whatever the header says."""
    text = f"{encoded(head)}.{encoded(claims)}"
    mac = hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def without(claims: Claims, name: str) -> Claims:
    return {key: value for key, value in claims.items() if key != name}


def flipped(token: str, bit: int) -> str:
    head, body, signature = token.split(".")
    mac = bytearray(base64.urlsafe_b64decode(f"{signature}=="))
    mac[bit // 8] ^= 1 << bit % 8
    return f"{head}.{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def raised(token: str) -> str:
    """Another user's id in a body that is signed for one's own."""
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(f"{body}=="))
    return f"{head}.{encoded(claims | {'sub': '1', 'sid': 1})}.{signature}"


HS256 = {"alg": "HS256", "typ": "JWT"}
HOUR = timedelta(hours=1)

FORGERIES: dict[str, Callable[[str, Claims, str], str]] = {
    "alg none": lambda token, claims, key: jwt.encode(claims, "", algorithm="none"),
    "alg None with a signature": lambda token, claims, key: signed({"alg": "None"}, claims, key),
    "no alg": lambda token, claims, key: signed({"typ": "JWT"}, claims, key),
    "no signature": lambda token, claims, key: token.rpartition(".")[0] + ".",
    "no third part": lambda token, claims, key: token.rpartition(".")[0],
    "another key": lambda token, claims, key: jwt.encode(claims, ANOTHER_KEY, algorithm="HS256"),
    "an empty key": lambda token, claims, key: signed(HS256, claims, ""),
    "HS512": lambda token, claims, key: jwt.encode(claims, key, algorithm="HS512"),
    "HS384": lambda token, claims, key: jwt.encode(claims, key, algorithm="HS384"),
    "RS256 with our key": lambda token, claims, key: signed({"alg": "RS256", "typ": "JWT"}, claims, key),
    "the first bit": lambda token, claims, key: flipped(token, 0),
    "the last bit": lambda token, claims, key: flipped(token, 255),
    "another body": lambda token, claims, key: raised(token),
    "a key id and another key": lambda token, claims, key: signed(HS256 | {"kid": "../../dev/null"}, claims, ""),
    "a key of its own": lambda token, claims, key: signed(
        HS256 | {"jwk": {"kty": "oct", "k": encoded({})}, "jku": "http://127.0.0.1/"}, claims, ANOTHER_KEY
    ),
    "a critical header": lambda token, claims, key: signed(HS256 | {"crit": ["x"], "x": 1}, claims, key),
    "expired": lambda token, claims, key: signed(HS256, claims | {"exp": stamp(-timedelta(seconds=1))}, key),
    "no expiry": lambda token, claims, key: signed(HS256, without(claims, "exp"), key),
    "an expiry that is none": lambda token, claims, key: signed(HS256, claims | {"exp": "never"}, key),
    "issued in the future": lambda token, claims, key: signed(HS256, claims | {"iat": stamp(HOUR)}, key),
    "not yet good": lambda token, claims, key: signed(HS256, claims | {"nbf": stamp(HOUR)}, key),
    "another audience": lambda token, claims, key: signed(HS256, claims | {"aud": "another"}, key),
    "no audience": lambda token, claims, key: signed(HS256, without(claims, "aud"), key),
    "no sign-in": lambda token, claims, key: signed(HS256, without(claims, "sid"), key),
    "no type": lambda token, claims, key: signed(HS256, without(claims, "token_type"), key),
    "another type": lambda token, claims, key: signed(HS256, claims | {"token_type": "sliding"}, key),
    "a huge one": lambda token, claims, key: signed(HS256, claims | {"x": "a" * 3000}, ANOTHER_KEY),
    "a huger one": lambda token, claims, key: "a" * 30_000,
    "dots": lambda token, claims, key: "." * 3000,
    "rubbish": lambda token, claims, key: "x.y.z",
    "no Latin": lambda token, claims, key: "é",
    "two words": lambda token, claims, key: "a b",
    "null": lambda token, claims, key: "null",
}


def stamp(ahead: timedelta) -> int:
    return int((datetime.now(UTC) + ahead).timestamp())


def forged(token: str, how: str, key: str) -> str:
    return FORGERIES[how](token, jwt.decode(token, options={"verify_signature": False}), key)
