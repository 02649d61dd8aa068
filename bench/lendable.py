"""`python -m bench.lendable NUMBER`: as JSON, copies that can be lent and who may have them, all over the library,
and what Bookplate itself sends to the database to lend one and to take it back."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookplate.config.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.db.models import Count, Q  # noqa: E402
from rest_framework.test import APIClient  # noqa: E402

from bench.desks import Pair  # noqa: E402
from bench.people import DESK  # noqa: E402
from bookplate.catalog.models import Copy, Visibility  # noqa: E402
from bookplate.people import sessions  # noqa: E402
from bookplate.people.models import Member, User  # noqa: E402

FEW = 10
LOAN = "loan"


def pairs(number: int) -> list[Pair]:
    open_loans = Count("loans", filter=Q(loans__returned_at__isnull=True))
    members = list(Member.objects.annotate(has=open_loans).filter(has__lt=FEW).order_by("-id")[:number])
    copies = Copy.objects.of_library().available().filter(visibility=Visibility.EVERYONE).order_by("-id")
    every = max(copies.count() // number, 1)
    found = copies[: every * number : every]
    return [_pair(copy, members[place % len(members)]) for place, copy in enumerate(found)]


def _pair(copy: Copy, member: Member) -> Pair:
    return Pair(copy.barcode, member.card, copy.pk, copy.book_id, member.pk)


def recorded(pair: Pair) -> dict[str, list[Any]]:
    """The statements of a checkout and of the return, each with its values; those that are the pair's are named."""
    client = APIClient(HTTP_HOST="127.0.0.1")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {sessions.open(User.objects.get(username=DESK)).access}")
    names = {value: name for name, value in asdict(pair).items()}
    with _listening(names) as lent:
        loan = client.post("/api/loans/", {"copy": pair.barcode, "member": pair.card}).json()["id"]
    with _listening({**names, loan: LOAN}) as returned:
        client.post(f"/api/loans/{loan}/return/")
    return {"checkout": lent, "return": returned}


@contextmanager
def _listening(names: Mapping[Any, str]) -> Iterator[list[Any]]:
    said: list[Any] = []

    def hear(execute: Any, sql: str, values: Any, many: bool, context: Any) -> Any:
        named = [{"of": names[value]} if value in names else value for value in values or ()]
        said.append({"sql": sql, "values": named, "within": connection.in_atomic_block})
        return execute(sql, values, many, context)

    with connection.execute_wrapper(hear):
        yield said


if __name__ == "__main__":
    found = pairs(int(sys.argv[1]))
    # The first serves to compile what is kept ready.
    told = [recorded(pair) for pair in found[:2]][-1]
    sys.stdout.write(json.dumps({"pairs": [asdict(pair) for pair in found], "statements": told}, default=str))
