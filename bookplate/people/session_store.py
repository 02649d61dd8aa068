"""Where Django keeps the sessions of browsers: in the database, under keys as it makes them.

A cookie is whatever a client says; a NUL in it is more than PostgreSQL can compare.
"""

from typing import Any

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    def _validate_session_key(self, key: Any) -> bool:
        return bool(super()._validate_session_key(key)) and key.isascii() and key.isalnum()  # type: ignore[misc]
