"""What a source may do to us, line by line (G24): silent, slow, huge, redirecting, lying, limiting."""

import asyncio
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from django.utils.http import http_date

from bookplate.catalog.metadata import asking, fetching
from bookplate.catalog.metadata.answers import NEEDED, Outcome, Wanted
from bookplate.catalog.metadata.breaker import FAILURES
from bookplate.catalog.metadata.errors import Unusable
from bookplate.catalog.metadata.sources.openlibrary import OpenLibrary
from tests.upstream import DUNE, LICENCE, Upstream, google, open_library, waited

FOUND = {
    "title": "Dune",
    "author": "Frank Herbert",
    "published_year": 2005,
    "publisher": "Ace Books",
    "language": "en",
    "subjects": "Science fiction; Deserts",
}


async def ask(*sources: str, number: str = DUNE) -> Outcome:
    return await asking.ask(Wanted(number, sources or ("openlibrary",)))


async def refusal(*sources: str) -> str:
    """Why the first of them could not tell."""
    outcome = await ask(*sources)
    assert outcome.said == {}
    return str(next(iter(outcome.failed.values())))


async def test_what_a_source_knows_is_text_by_the_names_of_a_books_fields(upstream: Upstream) -> None:
    upstream.says(open_library(covers=[-1, 240727]))

    outcome = await ask()

    cover = "https://covers.openlibrary.org/b/id/240727-L.jpg?default=false"
    assert (outcome.said, outcome.failed) == ({"openlibrary": FOUND | {"cover": cover}}, {})
    assert (upstream.asked, upstream.hosts) == (
        [f"/api/books?bibkeys=ISBN:{DUNE}&jscmd=details&format=json"],
        [upstream.host],
    )


async def test_no_such_book_is_an_answer(upstream: Upstream) -> None:
    upstream.says({})

    assert (await ask()).said == {"openlibrary": None}


async def test_one_that_is_silent_is_left_in_time(upstream: Upstream) -> None:
    upstream.says_nothing()
    seconds = waited(0)

    assert await refusal() == "it did not answer in time"
    assert seconds() < 5


async def test_one_that_trickles_is_left_in_time(upstream: Upstream) -> None:
    upstream.trickles(iter([b" "] * 1000), 0.05)
    seconds = waited(0)

    assert await refusal() == "it did not answer in time"
    assert seconds() < 5


@pytest.mark.parametrize("says_so", [True, False])
async def test_more_than_a_megabyte_is_not_read(upstream: Upstream, settings: Any, says_so: bool) -> None:
    settings.METADATA_SECONDS = 5
    sent = 0

    def flood() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 100_000
            yield b" " * 100_000

    if says_so:
        upstream.says(b'"' + b"x" * 2_000_000 + b'"')
    else:
        upstream.trickles(flood(), 0)

    assert await refusal() == "it answers with more than 1,000,000 bytes"
    assert sent < 50_000_000  # what the kernel's buffers take


INWARD = ["http://127.0.0.1:1/", "https://127.0.0.1/", "http://169.254.169.254/latest/", "https://localhost/"]
INWARD += ["https://example.org/", "//10.0.0.1/", "http://[::1]/", "https://openlibrary.org.example.org/"]
NOWHERE = ["file:///etc/passwd", "gopher://127.0.0.1/", "http://user@127.0.0.1/", "http://127.0.0.1:x/"]
NOWHERE += ["//[", "http://[::1", "http://[x]/"]


@pytest.mark.parametrize("where", INWARD)
async def test_a_redirect_inward_or_to_strangers_is_not_followed(upstream: Upstream, where: str) -> None:
    upstream.says(b"", status=302, Location=where)

    assert "which is not one of its own" in await refusal()
    assert len(upstream.asked) == 1


@pytest.mark.parametrize("where", NOWHERE)
async def test_a_redirect_to_what_is_no_address_is_not_followed(upstream: Upstream, where: str) -> None:
    upstream.says(b"", status=302, Location=where)

    assert await refusal() == "it sends to something that is no address"
    assert len(upstream.asked) == 1


async def test_a_covers_machine_at_the_archive_is_open_librarys_own_and_a_look_alike_is_not() -> None:
    origins = OpenLibrary("https://openlibrary.org").origins
    good = ["https://covers.openlibrary.org/b/id/1-L.jpg", "https://archive.org/x", "https://ia8.us.archive.org/x"]
    for address in good:
        fetching._check(address, origins)

    bad = ["http://archive.org/", "https://xarchive.org/", "https://archive.org:8443/", "https://archive.org.x.org/"]
    for address in bad:
        with pytest.raises(Unusable):
            fetching._check(address, origins)


async def test_a_name_of_its_own_that_is_private_now_is_not_asked(upstream: Upstream, settings: Any) -> None:
    """DNS rebinding: the name is good, what it resolves to is not."""
    settings.METADATA_ADDRESSES = {"openlibrary": f"https://localhost:{upstream.host.partition(':')[2]}"}
    settings.REACHABLE_NETWORKS = []

    assert "localhost is no public address" in await refusal()
    assert upstream.asked == []


PRIVATE = ["10.0.0.1", "169.254.169.254", "0.0.0.1", "::1", "fe80::1%2", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1"]
PRIVATE += ["2002:a00:1::", "::10.0.0.1"]


@pytest.mark.parametrize("place", PRIVATE)
async def test_a_redirect_to_a_host_of_its_own_that_resolves_inward_is_not_followed(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    known = socket.getaddrinfo

    def look_up(host: str, port: int, **options: Any) -> Any:
        there = [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", (place, port))]
        return there if host.endswith("archive.org") else known(host, port, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    upstream.says(b"", status=302, Location="https://ia800.us.archive.org/x.json")

    assert "ia800.us.archive.org is no public address" in await refusal()
    assert len(upstream.asked) == 1


async def test_redirects_on_its_own_host_are_followed_to_an_end(upstream: Upstream) -> None:
    upstream.says(b"", path="/api", status=301, Location="/moved")
    upstream.says(open_library(), path="/moved")
    assert (await ask()).said == {"openlibrary": FOUND}

    upstream.says(b"", path="/moved", status=307, Location="/moved")
    assert await refusal() == "it sends from one address to the next without an end"
    assert len(upstream.asked) == 2 + 4


LIES: dict[str, tuple[dict[str, Any], str]] = {
    "another book": ({"body": open_library(DUNE, isbn_13=[LICENCE])}, "it tells of another book"),
    "no book": ({"body": {f"ISBN:{DUNE}": {"details": {"title": "Dune"}}}}, "it tells of another book"),
    "no object": ({"body": [1, 2]}, "it answers with something else than it used to"),
    "no JSON": ({"body": b"{'title': 'Dune'}"}, "it answers with JSON that cannot be read"),
    "deep JSON": ({"body": b"[" * 100_000}, "it answers with JSON that cannot be read"),
    "no text": ({"body": b'{"\xff": 1}'}, "it answers with JSON that cannot be read"),
    "a zero": ({"body": b'{"a": "\\u0000"}'}, "it answers with JSON that cannot be read"),
    "HTML": (
        {"body": b"<h1>Hello</h1>", "kind": "text/html"},
        "it answers with text/html instead of application/json",
    ),
    "nothing said": ({"body": open_library(), "kind": ""}, "it answers with nothing known instead of application/json"),
    "packed": (
        {"body": open_library(), "Content_Encoding": "gzip"},
        "it answers with something packed, which was not asked for",
    ),
    "a fault": ({"body": {}, "status": 500}, "it answers with 500"),
    "not there": ({"body": {}, "status": 404}, "it answers with 404"),
    "forbidden": ({"body": {}, "status": 403}, "it answers with 403"),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_lie_is_neither_believed_nor_taken_for_a_no(upstream: Upstream, lie: str) -> None:
    answer, reason = LIES[lie]
    upstream.says(**answer)

    assert await refusal() == reason


async def test_values_of_another_kind_are_nothing(upstream: Upstream) -> None:
    odd: dict[str, Any] = {"authors": {"name": "x"}, "publishers": [7, None], "languages": "en", "subjects": [{}]}
    upstream.says(open_library(title=["Dune"], publish_date=1965, covers="x", subtitle=None, **odd))

    assert (await ask()).said == {"openlibrary": None}


async def test_what_comes_back_is_text_on_one_line_and_no_longer_than_can_be_kept(upstream: Upstream) -> None:
    title = "<script>alert(1)</script>\n\t\u202e &amp; " + "x" * 5000
    upstream.says(open_library(title=title, subjects=["y" * 15_000, "z" * 15_000], publish_date="in 9999"))

    said = (await ask()).said["openlibrary"] or {}

    assert said["title"] == ("<script>alert(1)</script> &amp; " + "x" * 5000)[:2000]
    assert said["subjects"] == "y" * 15_000
    assert "published_year" not in said


def cut_off(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{")


def no_http(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"220 mail.example.org ESMTP\r\n")


def hangs_up(request: BaseHTTPRequestHandler) -> None: ...


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (cut_off, "127.0.0.1 answered with something that is not HTTP"),
        (no_http, "127.0.0.1 answered with something that is not HTTP"),
        (hangs_up, "127.0.0.1 answered with something that is not HTTP"),
    ],
)
async def test_what_is_no_whole_answer_is_none(upstream: Upstream, act: Any, reason: str) -> None:
    upstream.does(act)

    assert await refusal() == reason


async def test_one_that_nobody_listens_at_fails_at_once(settings: Any, upstream: Upstream) -> None:
    settings.METADATA_ADDRESSES = {"openlibrary": "http://127.0.0.1:1"}

    assert "127.0.0.1 cannot be reached" in await refusal()


async def test_the_next_is_asked_for_what_is_missing_and_no_other(upstream: Upstream) -> None:
    upstream.says(open_library(publishers=[]), path="/api")
    upstream.says(google(), path="/books")

    outcome = await ask("openlibrary", "google", "sru")

    assert list(outcome.said) == ["openlibrary", "google"]
    assert {name for said in outcome.said.values() for name in said or {}} >= NEEDED


async def test_one_that_is_silent_leaves_time_for_the_next(upstream: Upstream) -> None:
    upstream.says_nothing("/api")
    upstream.says(google(), path="/books")

    outcome = await ask("openlibrary", "google")

    assert (list(outcome.said), list(outcome.failed)) == (["google"], ["openlibrary"])


async def test_google_telling_of_what_is_near_knows_no_such_book(upstream: Upstream) -> None:
    upstream.says(google(LICENCE))
    assert (await ask("google")).said == {"google": None}

    upstream.says({"kind": "books#volumes", "totalItems": 0})
    assert (await ask("google")).said == {"google": None}

    upstream.says({})
    assert await refusal("google") == "it answers with something else than it used to"


MARC = """<?xml version="1.0" encoding="UTF-8"?>
<searchRetrieveResponse xmlns="http://www.loc.gov/zing/srw/"><records><record><recordData>
<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam a2200000 c 4500</leader>
<controlfield tag="008">900101s1990    xxu           000 1 eng  </controlfield>
<datafield tag="020" ind1=" " ind2=" "><subfield code="a">{isbn}</subfield></datafield>
<datafield tag="100" ind1="1" ind2=" "><subfield code="a">Herbert, Frank</subfield></datafield>
<datafield tag="245" ind1="1" ind2="0"><subfield code="a">Dune</subfield></datafield>
</record></recordData></record></records></searchRetrieveResponse>"""


SRU_FAULT = b"""<searchRetrieveResponse xmlns="http://www.loc.gov/zing/srw/"><numberOfRecords>0</numberOfRecords>
<diagnostics><diag:diagnostic xmlns:diag="http://www.loc.gov/zing/srw/diagnostic/">
<diag:uri>info:srw/diagnostic/1/2</diag:uri>
<diag:message>System temporarily unavailable</diag:message></diag:diagnostic>
</diagnostics></searchRetrieveResponse>"""


async def test_a_national_library_answers_with_marcxml(upstream: Upstream, settings: Any) -> None:
    settings.METADATA_ADDRESSES = {"sru": f"{upstream.url}/sru?query=num%3D{{isbn}}"}
    upstream.says(MARC.format(isbn=DUNE).encode(), "text/xml")
    known = {"title": "Dune", "author": "Frank Herbert", "published_year": 1990, "language": "en"}

    assert (await ask("sru")).said == {"sru": known}
    assert upstream.asked == [f"/sru?query=num%3D{DUNE}"]

    upstream.says(MARC.format(isbn=LICENCE).encode(), "text/xml")
    assert (await ask("sru")).said == {"sru": None}

    upstream.says(SRU_FAULT, "text/xml")
    assert await refusal("sru") == "it answers that something went wrong"

    upstream.says(b"<!DOCTYPE searchRetrieveResponse SYSTEM 'file:///etc/passwd'>", "text/xml")
    assert await refusal("sru") == "it answers with XML that cannot be read"


async def test_many_who_want_the_same_cause_one_call(upstream: Upstream) -> None:
    upstream.says(open_library(), after=0.1)

    outcomes = await asyncio.gather(*(ask() for _ in range(50)))

    assert len(upstream.asked) == 1
    assert [outcome.said for outcome in outcomes] == [{"openlibrary": FOUND}] * 50


async def test_one_who_leaves_does_not_end_it_for_the_others(upstream: Upstream) -> None:
    upstream.says(open_library(), after=0.1)
    leaves, stays = asyncio.create_task(ask()), asyncio.create_task(ask())
    await asyncio.sleep(0)
    leaves.cancel()

    assert (await stays).said == {"openlibrary": FOUND}


async def test_only_a_few_are_asked_about_at_once_and_nobody_waits_longer(upstream: Upstream) -> None:
    upstream.says(open_library())
    asker = asking.Asker()
    for _ in range(asking.MOST_AT_ONCE):
        await asker._turns.acquire()
    seconds = waited(0)

    outcome = await asker.ask(Wanted(DUNE, ("openlibrary",)))

    assert seconds() < 5
    assert str(outcome.failed["openlibrary"]) == "too many books are looked up at once"
    assert upstream.asked == []

    asker._turns.release()
    assert (await asker.ask(Wanted(DUNE, ("openlibrary",)))).said == {"openlibrary": FOUND}


async def test_one_that_limits_is_left_alone_as_long_as_it_asks_for(upstream: Upstream) -> None:
    upstream.says({}, status=429, Retry_After="40")
    assert await refusal() == "it answers with 429"

    upstream.says(open_library())
    outcome = await ask()

    assert str(outcome.failed["openlibrary"]) == "it is left alone for a while after it failed"
    assert 30 < outcome.failed["openlibrary"].wait <= 40
    assert len(upstream.asked) == 1


WAITS: dict[str, tuple[str | timedelta, int]] = {
    "seconds": ("40", 40),
    "years": ("99999999999", 3600),
    "ages": ("9" * 5000, 3600),
    "date": (timedelta(seconds=300), 300),
    "far date": (timedelta(days=4000), 3600),
}


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("how", WAITS)
async def test_it_may_say_so_in_seconds_or_by_a_date_and_no_longer_than_an_hour(
    upstream: Upstream, status: int, how: str
) -> None:
    says, seconds = WAITS[how]
    if isinstance(says, timedelta):
        says = http_date((datetime.now(UTC) + says).timestamp())
    upstream.says({}, status=status, Retry_After=says)

    outcome = await ask()

    assert seconds - 60 < outcome.failed["openlibrary"].wait <= seconds
    await ask()
    assert len(upstream.asked) == 1


@pytest.mark.parametrize("says", ["", "0", "-5", "1e9", "soon", "Fri, 27 Nov 2020 03:55:32 GMT", "Fri, 99 Foo 9999"])
async def test_one_that_limits_without_saying_how_long_is_asked_again(upstream: Upstream, says: str) -> None:
    upstream.says({}, status=429, Retry_After=says)
    for _ in range(FAILURES + 1):
        await ask()

    assert len(upstream.asked) == FAILURES


async def test_what_takes_long_to_understand_leaves_the_loop_to_others(upstream: Upstream, settings: Any) -> None:
    settings.METADATA_SECONDS = 30
    upstream.says(open_library(covers=[[[[[]]]]] * 80_000))
    asked, longest = asyncio.create_task(ask()), 0.0
    while not asked.done():
        begun = time.process_time()  # others on this machine take time, too
        await asyncio.sleep(0.01)
        longest = max(longest, time.process_time() - begun)

    assert (await asked).said == {"openlibrary": FOUND}
    assert longest < 0.5


async def test_a_text_that_takes_for_ever_to_compose_is_taken_in_time(upstream: Upstream) -> None:
    """Marks that have to be put in order, 100,000 of them on one letter."""
    upstream.says(open_library(title="e" + "\u0315\u0301" * 50_000))
    seconds = waited(0)

    said = (await ask()).said["openlibrary"] or {}

    assert (said["title"][0], len(said["title"]), seconds() < 2) == ("\u00e9", 30, True)


async def test_one_that_fails_again_and_again_is_left_alone_then_tried_by_one(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream.says({}, status=500)
    for _ in range(FAILURES + 2):
        await ask()
    assert len(upstream.asked) == FAILURES

    upstream.says(open_library(), after=0.1)
    monkeypatch.setattr(asking._breakers["openlibrary"], "_until", 0.0)
    tried, refused = await asyncio.gather(ask(), ask(number=LICENCE))

    assert (tried.said, list(refused.failed)) == ({"openlibrary": FOUND}, ["openlibrary"])
    assert (await ask()).said == {"openlibrary": FOUND}
