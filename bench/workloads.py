"""What is asked of the contenders."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.contenders import Contender
from bench.people import PASSWORD, READER

LIST = "/api/books/?limit=100"
FORM = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    path: str
    """`{dialect.…}` is the contender's own way; `{id}` is another number at each request."""
    bookplate_only: bool = False
    at_every_size: bool = False
    signed_in: bool = False
    connections: int = 0
    """0 is as many as the run has."""
    times: int = 1
    """How many times as long as the others it is measured, because its answers take long."""
    sent: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What the addresses of one library need to know."""

    size: int
    cursor: str
    """Bookplate's, of the page that begins half-way."""
    token: str = ""


@dataclass(frozen=True)
class Asked:
    """A request as the load generator makes it, `{id}` still in it."""

    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


def asked(workload: Workload, contender: Contender, facts: Facts) -> Asked:
    dialect = contender.dialect.next_page if workload.name == "next" else contender.dialect.by_title
    path = workload.path.replace("{dialect}", dialect)
    path = path.replace("{half}", str(facts.size // 2)).replace("{cursor}", facts.cursor)
    headers = {"Authorization": f"Bearer {facts.token}"} if workload.signed_in else {}
    if workload.sent:
        return Asked(path, "POST", headers | FORM, json.dumps(dict(workload.sent)))
    return Asked(path, headers=headers)


CREDENTIALS = {"username": READER, "password": PASSWORD}
API = [
    Workload("list", "100 books", LIST, at_every_size=True),
    Workload("one", "one book", "/api/books/{id}/", at_every_size=True),
    Workload("next", "next 100, half-way", "{dialect}", at_every_size=True),
    Workload("title", "100 by title", "{dialect}"),
    Workload("year", "100 of a year", LIST + "&published_year=1987"),
]
OWN = [
    Workload("list-jwt", "100 books with a JWT", LIST, bookplate_only=True, signed_in=True),
    Workload("one-jwt", "one book with a JWT", "/api/books/{id}/", bookplate_only=True, signed_in=True),
    Workload("catalogue", "catalogue page", "/", bookplate_only=True),
    Workload("book-page", "book page", "/books/{id}/", bookplate_only=True),
    Workload("catalogue-alone", "catalogue page, one client", "/", bookplate_only=True, connections=1),
    Workload("book-page-alone", "book page, one client", "/books/{id}/", bookplate_only=True, connections=1),
    Workload("sign-in", "signing in", "/api/token/", bookplate_only=True, sent=CREDENTIALS, times=3),
]
SERVING: Sequence[Workload] = [
    Workload("empty", "an empty answer", "/healthz/live"),
    Workload("list", "100 books", LIST),
]
