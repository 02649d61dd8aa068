"""The socket's contract, against a real server (design.md, WebSocket; G4, G25 to G27)."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.forgeries import FORGERIES, forged
from tests.servers import BookplateServer
from tests.visitors import Socket, Visitor

LISTED = "https://app.example.org"


@pytest.fixture(scope="module")
def server(database_url_of_module: str | None) -> Iterator[BookplateServer]:
    settings = {"BOOKPLATE_CORS_ORIGINS": LISTED}
    with BookplateServer(demo=True, database_url=database_url_of_module, env=settings) as server:
        yield server


def available_copy(visitor: Visitor) -> dict[str, Any]:
    copies: list[dict[str, Any]] = visitor.get("/api/copies/?state=in").json()
    return next(copy for copy in copies if copy["owner"] is None)


def test_a_loan_is_seen_by_another_at_once_and_can_be_read(librarian: Visitor, alice: Visitor) -> None:
    copy = available_copy(librarian)
    with alice.socket() as socket:
        loan = librarian.post("/api/loans/", {"copy": copy["barcode"], "member": "M0005"}).json()
        opened = socket.next(1.0)
        state = alice.get(f"/api/copies/{copy['id']}/").json()["state"]
        librarian.post(f"/api/loans/{loan['id']}/return/")
        closed = socket.next(1.0)

    assert (opened["type"], opened["book"], opened["copy"], state) == (
        "loan.opened",
        copy["book"],
        copy["id"],
        "on_loan",
    )
    assert (closed["type"], closed["id"]) == ("loan.closed", opened["id"] + 1)
    assert sorted(opened) == ["at", "book", "copy", "id", "type"]


def test_books_are_told_too(librarian: Visitor, alice: Visitor) -> None:
    with alice.socket() as socket:
        number = librarian.post("/api/books/", {"title": "New"}).json()["id"]
        librarian.http.patch(f"/api/books/{number}/", json={"title": "Newer"})
        librarian.http.delete(f"/api/books/{number}/")
        told = [socket.next() for _ in range(3)]

    assert [(event["type"], event["book"]) for event in told] == [
        ("book.added", number),
        ("book.changed", number),
        ("book.removed", number),
    ]


def test_a_refused_change_is_not_told(librarian: Visitor, alice: Visitor) -> None:
    with alice.socket() as socket:
        librarian.post("/api/books/", {"title": ""})
        number = librarian.post("/api/books/", {"title": "Good"}).json()["id"]

        assert socket.next()["book"] == number


def test_nobody_hears_of_what_they_may_not_see(librarian: Visitor, alice: Visitor) -> None:
    copy = available_copy(librarian)
    with alice.socket() as socket:
        librarian.http.patch(f"/api/copies/{copy['id']}/", json={"visibility": "owner"})
        librarian.post("/api/loans/", {"copy": copy["barcode"], "member": "M0006"})
        number = librarian.post("/api/books/", {"title": "Public"}).json()["id"]

        assert socket.next()["book"] == number
    assert alice.get(f"/api/copies/{copy['id']}/").status_code == 404


def test_since_brings_what_was_missed_in_order_and_once(librarian: Visitor, alice: Visitor) -> None:
    with alice.socket() as socket:
        last = socket.ready["last"]
    numbers = [librarian.post("/api/books/", {"title": f"Missed {n}"}).json()["id"] for n in range(5)]

    with alice.socket(since=last) as socket:
        missed = [socket.next()["book"] for _ in range(5)]
        numbers.append(librarian.post("/api/books/", {"title": "Live"}).json()["id"])
        missed.append(socket.next()["book"])
    polled = [event["book"] for event in alice.get(f"/api/events/?since={last}").json()]

    assert missed == polled == numbers


def test_who_missed_what_is_not_kept_any_more_is_told_so(
    server: BookplateServer, librarian: Visitor, alice: Visitor
) -> None:
    for title in ("Dune", "Emma"):
        librarian.post("/api/books/", {"title": title})
    newest = int(alice.get("/api/events/?since=9007199254740991").headers["Last-Event"])
    server.remove_events_before(newest)

    gaps = []
    for since in (1, newest - 1, newest, None):
        with alice.socket(since=since) as socket:
            gaps.append(socket.ready)
    ready = {"type": "ready", "user": "alice", "last": newest}
    assert gaps == [ready | {"gap": True}, ready, ready, ready]


def test_a_pong_says_up_to_where_all_was_sent(librarian: Visitor, alice: Visitor) -> None:
    with alice.socket() as socket:
        last = socket.ready["last"]
    librarian.post("/api/books/", {"title": "Missed"})

    with alice.socket(since=last) as socket:
        missed = socket.next()
        pong = {"type": "pong", "last": last}
        while pong["last"] == last:  # what was missed may have been sent before it is written down
            socket.send({"type": "ping"})
            pong = socket.next()
    assert pong == {"type": "pong", "last": missed["id"]}


def test_who_polls_is_told_where_to_go_on(librarian: Visitor, alice: Visitor) -> None:
    begin = alice.get("/api/events/?since=9007199254740991").headers["Last-Event"]
    librarian.post("/api/members/", {"firstname": "Dora"})  # the desk alone hears of it

    answer = alice.get(f"/api/events/?since={begin}")
    assert (answer.json(), int(answer.headers["Last-Event"])) == ([], int(begin) + 1)


@pytest.mark.alone
def test_who_says_nothing_is_closed_with_4408(server: BookplateServer) -> None:
    """A page of ours on which nobody is signed in, too."""
    began = time.monotonic()
    with Socket(server) as program, Socket(server, origin=server.url) as page:
        assert (program.close_code(), page.close_code()) == (4408, 4408)
    assert 4.5 < time.monotonic() - began < 7


@pytest.mark.parametrize("token", ["", "x.y.z", "null"])
def test_a_bad_token_is_closed_with_4401(server: BookplateServer, token: str) -> None:
    with Socket(server) as socket:
        socket.send({"type": "authenticate", "token": token})
        assert socket.close_code() == 4401


def test_a_forged_token_is_closed_with_4401(server: BookplateServer, alice: Visitor) -> None:
    key = (server.data / "secret-key").read_text()
    for how in FORGERIES:
        with Socket(server) as socket:
            socket.send({"type": "authenticate", "token": forged(alice.access, how, key)})
            assert socket.close_code() == 4401, how


def test_a_refresh_token_is_no_access_token(server: BookplateServer, alice: Visitor) -> None:
    with Socket(server) as socket:
        socket.send({"type": "authenticate", "token": alice.refresh})
        assert socket.close_code() == 4401


def test_sign_out_closes_the_socket_within_5_seconds(alice: Visitor) -> None:
    with alice.socket() as socket:
        began = time.monotonic()
        alice.post("/api/token/revoke/")
        assert socket.close_code() == 4401
    assert time.monotonic() - began < 5


def test_a_socket_ends_with_its_token(database_url: str | None) -> None:
    settings = {"BOOKPLATE_ACCESS_SECONDS": "2"}
    with BookplateServer(demo=True, database_url=database_url, env=settings) as server:
        began = time.monotonic()
        with Visitor(server, "alice").socket() as socket:
            assert socket.close_code(12) == 4401
        assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "frame",
    [
        *("", "x", "[]", "1", '{"type": "hello"}', "[" * 5000, b"\x00\x01"),
        '{"type": "authenticate", "token": 5}',
        '{"type": "authenticate", "token": "\\ud800"}',
    ],
)
def test_a_bad_frame_gets_an_error_and_may_be_mended(
    server: BookplateServer, alice: Visitor, frame: str | bytes
) -> None:
    with Socket(server) as socket:
        socket.send(frame)
        assert socket.next()["type"] == "error"
        socket.send({"type": "authenticate", "token": alice.access})
        assert socket.next()["type"] == "ready"


@pytest.mark.parametrize("since", [-1, "5", 1.5, True, 2**63, [], {}])
def test_a_bad_since_gets_an_error(server: BookplateServer, alice: Visitor, since: object) -> None:
    with Socket(server) as socket:
        socket.send({"type": "authenticate", "token": alice.access, "since": since})
        assert socket.next()["type"] == "error"


def test_a_frame_over_64_kib_closes_that_socket_alone(
    server: BookplateServer, alice: Visitor, librarian: Visitor
) -> None:
    with alice.socket() as other, Socket(server) as socket:
        socket.send("x" * 70_000)
        assert socket.close_code() == 1009
        librarian.post("/api/books/", {"title": "Still here"})
        assert other.next()["type"] == "book.added"


def test_a_foreign_page_cannot_open_a_socket(server: BookplateServer) -> None:
    port = server.port
    for origin in (
        "https://evil.example",
        "null",
        f"http://127.0.0.1:{port + 1}",
        f"https://127.0.0.1:{port}",
        f"http://127.0.0.1:{port}.evil",
    ):
        with pytest.raises(InvalidStatus) as refused:
            Socket(server, origin=origin)
        assert refused.value.response.status_code == 403


@pytest.mark.parametrize("address", ["/", "/ws", "/ws/x/", "/api/books/"])
def test_there_is_a_socket_at_one_address_only(server: BookplateServer, address: str) -> None:
    with pytest.raises(InvalidStatus) as refused, connect(server.url.replace("http", "ws") + address):
        pass

    assert (refused.value.response.status_code, "Traceback" in server.output()) == (403, False)


def test_our_own_page_may_with_a_token(server: BookplateServer, alice: Visitor) -> None:
    with Socket(server, origin=server.url) as socket:
        socket.send({"type": "authenticate", "token": alice.access})
        assert socket.next()["type"] == "ready"


def test_a_page_of_a_listed_origin_may(server: BookplateServer, alice: Visitor) -> None:
    with Socket(server, origin=LISTED) as socket:
        socket.send({"type": "authenticate", "token": alice.access})
        assert socket.next()["type"] == "ready"
