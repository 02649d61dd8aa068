"""What is asked of the contenders."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench import queries
from bench.contenders import Contender
from bench.people import PASSWORD, READER

LIST = "/api/books/?limit=100"
FORM = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    path: str
    """`{dialect}` is the contender's own way; `{id}` and `{query}` are others at each request."""
    bookplate_only: bool = False
    at_every_size: bool = False
    signed_in: bool = False
    connections: int = 0
    """0 is as many as the run has."""
    times: int = 1
    """How many times as long as the others it is measured, because its answers take long."""
    sent: Mapping[str, str] = field(default_factory=dict)
    queries: str = ""
    """The kind of words that are looked for, one of `bench.queries.KINDS`."""


@dataclass(frozen=True)
class Facts:
    """What the addresses of one library need to know."""

    size: int
    cursor: str
    """Bookplate's, of the page that begins half-way."""
    token: str = ""


@dataclass(frozen=True)
class Asked:
    """A request as the load generator makes it, `{id}` and `{query}` still in it."""

    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    queries: str = ""
    """The file whose lines replace `{query}`, one after the other."""


def asked(workload: Workload, contender: Contender, facts: Facts) -> Asked:
    path = workload.path.replace("{dialect}", _dialect(workload, contender))
    path = path.replace("{half}", str(facts.size // 2)).replace("{cursor}", facts.cursor)
    headers = {"Authorization": f"Bearer {facts.token}"} if workload.signed_in else {}
    if workload.sent:
        return Asked(path, "POST", headers | FORM, json.dumps(dict(workload.sent)))
    return Asked(path, headers=headers, queries=str(queries.file_of(workload.queries)) if workload.queries else "")


def _dialect(workload: Workload, contender: Contender) -> str:
    dialect = contender.dialect
    return dialect.search if workload.queries else dialect.next_page if workload.name == "next" else dialect.by_title


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


def _finding(name: str, title: str, kind: str, path: str = "{dialect}", *, compared: bool = False) -> Workload:
    """By one client alone, for it is how long one waits that counts."""
    return Workload(name, title, path, bookplate_only=not compared, at_every_size=True, connections=1, queries=kind)


SEARCH: Sequence[Workload] = [
    _finding("one-word", "one word", "one", compared=True),
    _finding("two-words", "two words", "two", compared=True),
    _finding("common", "a very common word", "common"),
    _finding("prefix", "three letters", "prefix"),
    _finding("misspelt", "a misspelt word", "misspelt"),
    _finding("facets", "facets of one word", "one", "/api/books/facets/?search={query}"),
    _finding("suggestions", "suggestions while typing", "prefix", "/api/books/suggestions/?q={query}"),
    _finding("page", "one word, as a page", "one", "/?search={query}"),
]
