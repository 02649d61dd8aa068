"""Requests that wish us ill, to a real server: each a 4xx at once, with the headers of every answer (G29 to G32)."""

import os
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.api.test_hostile import BODIES
from tests.cast import PASSWORD
from tests.servers import BookplateServer
from tests.visitors import Visitor

LISTED = "https://app.example.org"
MEGABYTE = b"a" * 1_000_000
JSON, FORM, MULTIPART = "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
# What uvicorn itself answers to what is no HTTP.
NOT_HTTP = b"Invalid HTTP request received."


@dataclass(frozen=True)
class Answer:
    status: int
    headers: httpx.Headers
    body: bytes
    seconds: float  # of the server's work, as the machine does other things, too


@pytest.fixture(scope="module")
def server(database_url_of_module: str | None) -> Iterator[BookplateServer]:
    settings = {"BOOKPLATE_CORS_ORIGINS": LISTED, "BOOKPLATE_SIGN_IN_ATTEMPTS": "1000"}
    with BookplateServer(demo=True, database_url=database_url_of_module, env=settings) as server:
        yield server


def send(server: BookplateServer, head: str, *bodies: bytes, **headers: str) -> Answer:
    """Bytes as they are, which no client library would let through; the answer is read when all is sent."""
    fields = {"Host": f"127.0.0.1:{server.port}", "Connection": "close", **headers}
    lines = [f"{head} HTTP/1.1", *(f"{name.replace('_', '-')}: {value}" for name, value in fields.items() if value)]
    began = work(server)
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        for body in bodies:
            connection.sendall(body)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    top, _, rest = answer.partition(b"\r\n\r\n")
    status, *given = top.decode("latin-1").split("\r\n")
    pairs = [(name, value.strip()) for name, _, value in (line.partition(":") for line in given)]
    return Answer(int(status.split()[1]), httpx.Headers(pairs), rest, work(server) - began)


def assert_refused(answer: Answer, address: str) -> None:
    assert (400 <= answer.status < 500, answer.seconds < 1) == (True, True), answer
    if address.startswith("/api/") and answer.body != NOT_HTTP:
        assert answer.headers["Content-Type"] == "application/problem+json", answer
        assert answer.headers["Access-Control-Allow-Origin"] == LISTED, answer


LONG = "9" * 5000
PATHS = [
    *("/%00", "/%ff", "/api/%00/", "/api/%ff/", "/api/books/%00/", "/api/books/1%0d%0aX:1/", "/%0d%0aX-Evil:%201"),
    *("/../../etc/passwd", "/static/../../etc/passwd", "/static/%2e%2e/%2e%2e/etc/passwd"),
    *("/static/..%2f..%2fetc/passwd", "/static/%00", "//evil.example/", "/\\evil.example"),
    *(f"/api/books/{number}/" for number in (10**30, LONG, "-1", "1e9", "٣")),
    *(f"/books/{number}/" for number in (10**30, LONG, "-1", "1e9")),
    *(f"/api/books/?{name}={LONG}" for name in ("published_year", "limit", "after", "ordering")),
    *(f"/api/{name}=%00" for name in ("books/?search", "books/?after", "copies/?barcode", "copies/?book")),
    *("/" + "a" * 60_000, "/api/books/?search=" + "a" * 60_000, "/api/books/?search=" + "a" * 100_000),
]
VERBS = ("TRACE", "FROB", "CONNECT")
PLACES = ("/", "/sign-in/", "/admin/", "/healthz/live", "/api/books/", "/api/nothing/")
REFUSED = [f"GET {path}" for path in PATHS] + [f"{verb} {place}" for verb in VERBS for place in PLACES]


def test_strange_addresses_and_verbs(server: BookplateServer) -> None:
    for head in REFUSED:
        assert_refused(send(server, head, Origin=LISTED), head.split()[1])


@pytest.mark.parametrize("address", ["/", "/books/1/", "/api/books/", "/sign-in/", "/admin/"])
@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil example", "127.0.0.1/x", "é", "@", '"><b>']
)
def test_another_host_is_refused_and_repeated_nowhere(server: BookplateServer, address: str, host: str) -> None:
    answer = send(server, f"GET {address}", Host=host, Origin=LISTED)

    assert_refused(answer, address)
    assert host.encode() not in answer.body
    assert {"location", "link"} & set(answer.headers) == set()


def test_a_forwarded_host_is_not_believed(server: BookplateServer) -> None:
    answer = send(server, "GET /api/books/?limit=1", X_Forwarded_Host="evil.example", Forwarded="host=evil.example")

    assert (answer.status, "evil" in answer.headers["Link"]) == (200, False)


@pytest.mark.parametrize("address", ["/", "/api/books/", "/api/token/", "/static/web/live.js"])
def test_many_headers_and_long_cookies_do_no_harm(server: BookplateServer, address: str) -> None:
    many = {f"X-{number}": "a" for number in range(1000)}
    long = {"Cookie": "sessionid=" + "a" * 16_000 + '; csrftoken=";\\\xff'}
    for headers in (many, long, {"Cookie": ';"=,\xff' * 3000}, {"Authorization": "Bearer " + "a" * 50_000}):
        assert send(server, f"GET {address}", Origin=LISTED, **headers).status in (200, 401, 405, 400, 431)


def fields(kind: str) -> bytes:
    names = [f"f{number}" for number in range(10_000)]
    if kind == FORM:
        return "&".join(f"{name}=a" for name in names).encode()
    part = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\na\r\n'
    return "".join(part.format(name) for name in names).encode() + b"--x--\r\n"


def from_page(address: str, body: bytes, kind: str) -> dict[str, str]:
    """The headers with which a body gets as far as being read."""
    told = {"Content_Type": kind, "Content_Length": str(len(body))}
    return told | ({"Origin": LISTED} if address.startswith("/api/") else {"Cookie": "csrftoken=" + "a" * 32})


@pytest.mark.parametrize("address", ["/sign-in/", "/imports/", "/books/add/", "/admin/login/", "/api/token/"])
@pytest.mark.parametrize("kind", [FORM, MULTIPART])
def test_ten_thousand_fields(server: BookplateServer, address: str, kind: str) -> None:
    body = fields(kind)

    assert_refused(send(server, f"POST {address}", body, **from_page(address, body, kind)), address)


@pytest.mark.parametrize("name", BODIES)
def test_a_strange_body(server: BookplateServer, name: str) -> None:
    length = str(len(BODIES[name]))
    answer = send(server, "POST /api/token/", BODIES[name], Origin=LISTED, Content_Type=JSON, Content_Length=length)

    assert_refused(answer, "/api/token/")


CHARSETS = ["bz2_codec", "utf-7", "rot13", "idna", "unicode_escape", "utf-16", "undefined", "nonsense", "a\xff", ""]


@pytest.mark.parametrize("address", ["/sign-in/", "/imports/", "/admin/login/", "/desk/", "/api/token/"])
@pytest.mark.parametrize("kind", [FORM, MULTIPART, JSON, "text/plain"])
def test_a_charset_is_not_believed(server: BookplateServer, address: str, kind: str) -> None:
    for charset in CHARSETS:
        for body in (b"csrfmiddlewaretoken=a&username=\xff", b"BZh91AY&SY", b"", b"--x\r\n", fields(MULTIPART)[:200]):
            told = from_page(address, body, f"{kind}; charset={charset}")
            assert_refused(send(server, f"POST {address}", body, **told), address)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def work(server: BookplateServer) -> float:
    """Seconds of a processor that the serving process has used."""
    assert server.process is not None
    told = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def memory(server: BookplateServer) -> int:
    """Megabytes of the serving process."""
    assert server.process is not None
    told = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", told)[0]) // 1024


@pytest.mark.parametrize("address", ["/api/token/", "/api/books/", "/api/nothing/", "/sign-in/", "/healthz/live"])
@pytest.mark.parametrize("kind", [JSON, FORM, MULTIPART])
def test_a_hundred_megabytes_are_cut(server: BookplateServer, address: str, kind: str) -> None:
    before = memory(server)
    told = {"Origin": LISTED, "Content_Type": kind}
    announced = send(server, f"POST {address}", *[MEGABYTE] * 100, Content_Length="100000000", **told)
    streamed = send(
        server, f"POST {address}", *[chunk(MEGABYTE)] * 100, b"0\r\n\r\n", Transfer_Encoding="chunked", **told
    )

    for answer in (announced, streamed):
        assert answer.status == 413
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert_refused(answer, address)
    assert memory(server) - before < 20


def test_a_body_that_is_announced_too_large_is_not_waited_for(server: BookplateServer) -> None:
    """The answer comes before the body, and to a client that asks whether to send it, instead of "continue"."""
    head = f"POST /api/token/ HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: 100000000\r\n"
    for extra in ("", "Expect: 100-continue\r\n"):
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            connection.sendall(f"{head}{extra}\r\n".encode())
            assert connection.recv(12) == b"HTTP/1.1 413"


def page_session(server: BookplateServer, name: str) -> str:
    """The cookie of somebody signed in on a page; nobody has one that was made up."""
    with httpx.Client(base_url=server.url) as client:
        token = client.get("/sign-in/").text.split('name="csrfmiddlewaretoken" value="')[1].partition('"')[0]
        client.post("/sign-in/", data={"username": name, "password": PASSWORD, "csrfmiddlewaretoken": token})
        return client.cookies.get("sessionid") or "made-up"


@pytest.mark.parametrize(("who", "answered"), [("nobody", 403), ("alice", 413), ("librarian", 100)])
def test_a_file_from_whoever_may_bring_none_is_not_waited_for(server: BookplateServer, who: str, answered: int) -> None:
    """A librarian is asked to go on; to others, who bring small ones or none, the answer comes before a byte of it."""
    head = (
        f"POST /imports/ HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: sessionid={page_session(server, who)}\r\n"
    )
    told = f"{head}Content-Type: {MULTIPART}\r\nContent-Length: 100000000\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(told.encode())
        assert connection.recv(12) == b"HTTP/1.1 %d" % answered


def test_a_file_that_is_refused_is_not_kept_while_it_comes(server: BookplateServer) -> None:
    before = memory(server)
    answer = send(server, "POST /imports/", *[chunk(MEGABYTE)] * 100, b"0\r\n\r\n", Transfer_Encoding="chunked")

    assert (answer.status, answer.headers["Connection"]) == (403, "close")
    assert_refused(answer, "/imports/")
    assert memory(server) - before < 20


@pytest.mark.parametrize("verb", ["PUT", "GET", "DELETE", "OPTIONS"])
def test_only_a_form_may_bring_a_file(server: BookplateServer, verb: str) -> None:
    answer = send(server, f"{verb} /imports/", *[MEGABYTE] * 10, Content_Length="10000000", Content_Type=MULTIPART)

    assert answer.status == 413


@pytest.mark.parametrize("key", ['"aaaaaaaaaaaa\\000"', "a" * 5000, "'; DROP TABLE--", "é" * 12])
def test_a_session_that_is_none_is_nobody_s(server: BookplateServer, key: str) -> None:
    assert send(server, "GET /", Cookie=f"sessionid={key}").status == 200
    assert send(server, "POST /imports/", b"a=1", Cookie=f"sessionid={key}", Content_Length="3").status == 403


def test_a_body_of_the_largest_size_comes_through(server: BookplateServer) -> None:
    body = b'{"username": "' + b" " * (1_000_000 - 33) + b'", "password": "a"}'
    assert len(body) == 1_000_000
    answer = send(server, "POST /api/token/", body, Content_Type=JSON, Content_Length=str(len(body)))

    assert answer.status == 400


def test_a_client_that_leaves_in_the_middle_does_no_harm(server: BookplateServer) -> None:
    head = f"POST /api/token/ HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nTransfer-Encoding: chunked\r\n\r\n"
    for chunks in (0, 1, 3):
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            connection.sendall(head.encode() + chunk(MEGABYTE) * chunks)
    time.sleep(0.2)

    assert httpx.get(f"{server.url}/healthz/live").status_code == 200
    assert "Traceback" not in server.output()


ANSWERS = {
    "/": 200,
    "/sign-in/": 200,
    "/nothing/": 404,
    "/imports": 301,
    "/desk/": 302,
    "/admin/": 302,
    "/static/web/bookplate.css": 200,
    "/static/nothing.css": 404,
    "/healthz/live": 200,
    "/api/": 200,
    "/api/books/": 200,
    "/api/docs/": 200,
    "/api/schema/": 200,
    "/api/users/me/": 401,
    "/api/nothing/": 404,
}


@pytest.mark.parametrize("address", ANSWERS)
def test_every_answer_has_the_headers_that_protect_a_browser(server: BookplateServer, address: str) -> None:
    answer = send(server, f"GET {address}")
    policy = answer.headers["Content-Security-Policy"]

    assert answer.status == ANSWERS[address]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert re.findall(r"script-src ([^;]*)", policy) == ["'self'"]
    assert ("unsafe" in policy) == (address == "/api/docs/")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Server" not in answer.headers


@pytest.mark.parametrize("address", [address for address in ANSWERS if address.startswith("/api/")])
def test_every_answer_of_the_api_varies_by_who_asks(server: BookplateServer, address: str) -> None:
    for headers in ({}, {"Origin": LISTED}, {"Origin": "https://evil.example"}):
        varies = {word.strip().lower() for word in send(server, f"GET {address}", **headers).headers["Vary"].split(",")}
        assert {"origin", "authorization"} <= varies


def test_what_one_person_was_shown_is_kept_by_no_cache(server: BookplateServer) -> None:
    alice = Visitor(server, "alice")

    for address in ("/api/users/me/", "/api/books/", "/api/loans/", "/api/books/999999/"):
        assert "no-store" in alice.get(address).headers["Cache-Control"], address
    assert "Cache-Control" not in httpx.get(f"{server.url}/api/books/").headers


def test_secrets_are_in_no_log_and_no_file(server: BookplateServer) -> None:
    alice, wrong, reset = Visitor(server, "alice"), "a-wr0ng-passw0rd", "c8ymz4-3f0dd1e5"
    with httpx.Client(base_url=server.url) as client:
        for name in ("alice", "nobody-like-this", wrong):
            client.post("/api/token/", json={"username": name, "password": wrong})
        client.post("/api/token/", content=f'{{"username": "alice", "password": "{wrong}"')
        pair = client.post("/api/token/refresh/", json={"refresh": alice.refresh}).json()
        client.post("/api/token/refresh/", json={"refresh": alice.refresh})
        client.post("/api/token/verify/", json={"token": pair["access"]})
        client.get("/api/users/me/", headers={"Authorization": f"Bearer {alice.access}"})
        form = {"username": "bob", "password": PASSWORD}
        client.post("/sign-in/", data=form | {"password": wrong})
        token = client.get("/sign-in/").text.split('name="csrfmiddlewaretoken" value="')[1].partition('"')[0]
        assert client.post("/sign-in/", data=form | {"csrfmiddlewaretoken": token}).status_code == 302
        for verb in ("GET", "POST", "FROB"):
            client.request(verb, f"/reset/{reset}/", headers={"Origin": "https://evil.example"})
        cookies = [client.cookies["sessionid"], client.cookies["csrftoken"]]
    secrets = [wrong, reset, token, alice.access, alice.refresh, pair["access"], pair["refresh"]]
    files = [path for path in server.data.rglob("*") if path.is_file()]
    kept = b"".join(path.read_bytes() for path in files)

    assert [secret for secret in [*secrets, *cookies, PASSWORD] if secret in logged(server)] == []
    assert [secret for secret in secrets if secret.encode() in kept] == []


def logged(server: BookplateServer) -> str:
    """All but the welcome, which tells the demo's password."""
    return "\n".join(line for line in server.output().splitlines() if "Sign in as" not in line)


def test_nothing_here_was_a_fault_of_the_server(server: BookplateServer) -> None:
    assert ("Traceback" in server.output(), "ERROR" in server.output()) == (False, False)
