"""What each connection to a database is told."""

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db

ASKED = {"sqlite": ("PRAGMA cache_size", -8000), "postgresql": ("SHOW jit", "off")}


def test_a_connection_is_told_how_we_want_it() -> None:
    question, answer = ASKED[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(question)
        assert cursor.fetchone() == (answer,)
