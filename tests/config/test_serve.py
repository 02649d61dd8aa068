"""`manage.py serve` as a process: what it says when it cannot start, how it starts, how it ends."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from django.db import OperationalError
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from bookplate.config import processes
from tests.servers import ROOT, BookplateServer, RedisServer, children, command_of, free_port, is_setting, wait_until
from tests.visitors import Socket

SECRET = "pEbvEHUK1Ma7JRQ0P2a4w-only-for-this-test"
COMMAND = [sys.executable, str(ROOT / "manage.py"), "serve"]
# A stop must come within these many seconds, on a machine that is busy with other tests, too.
SOON = 10.0


def environment(data: Path, **variables: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not is_setting(name)}
    return {**inherited, "PYTHONUNBUFFERED": "1", "BOOKPLATE_DATA": str(data), **variables}


def serve(data: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run to its end, which here is always that it could not start."""
    return subprocess.run(
        [*COMMAND, "--port", str(free_port()), *arguments],
        env=environment(data, **variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def assert_one_sentence(done: subprocess.CompletedProcess[str], sentence: str) -> None:
    assert (done.returncode, done.stderr) == (1, f"{sentence}\n")
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("BOOKPLATE_LOAN_DAYS", "abc", "must be a whole number from 1 to 3650, not 'abc'."),
        ("DATABASE_URL", "mysql://x", "must be an address that starts with postgres:// or postgresql://."),
        (
            "DATABASE_URL",
            "postgres://app@127.0.0.1",
            "must end with the name of a database, as in postgres://user@host:5432/bookplate.",
        ),
        ("BOOKPLATE_SECRET_KEY", "short", "must have at least 32 bytes; leave it away to have one made."),
        (
            "BOOKPLATE_SECRET_KEY",
            "django-insecure-0123456789-0123456789",
            "is a sample that anyone can guess; leave it away to have one made.",
        ),
        ("BOOKPLATE_DATA", "data", "must be an absolute folder, not 'data'."),
        ("BOOKPLATE_TIME_ZONE", "Mars", "must be a time zone such as Europe/Berlin, not 'Mars'."),
    ],
)
def test_a_wrong_setting_is_one_sentence(tmp_path: Path, name: str, value: str, sentence: str) -> None:
    assert_one_sentence(serve(**{"data": tmp_path, name: value}), f"bookplate: {name} {sentence}")  # type: ignore[arg-type]


@pytest.mark.parametrize("key", ["", SECRET])
def test_a_data_folder_that_cannot_be_is_one_sentence(tmp_path: Path, key: str) -> None:
    (tmp_path / "file").touch()
    done = serve(tmp_path / "file/data", BOOKPLATE_SECRET_KEY=key)

    assert_one_sentence(
        done, f"bookplate: The folder {tmp_path}/file/data cannot be used: Not a directory. Set BOOKPLATE_DATA."
    )


def test_a_database_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    port = free_port()
    done = serve(tmp_path, DATABASE_URL=f"postgres://app:hidden@127.0.0.1:{port}/books")

    assert_one_sentence(
        done,
        "CommandError: The database of DATABASE_URL cannot be used (connection failed: connection to server at "
        f'"127.0.0.1", port {port} failed: Connection refused '
        "Is the server running on that host and accepting TCP/IP connections?).",
    )


def test_a_damaged_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "bookplate.sqlite3").write_text("This is not a database, but it is long enough to look like one.")
    done = serve(tmp_path)

    assert_one_sentence(done, "CommandError: The database of BOOKPLATE_DATA cannot be used (file is not a database).")


@pytest.mark.parametrize(
    ("host", "port", "reason"),
    [
        ("127.0.0.1", "taken", r"\[Errno 98\] Address already in use"),
        ("127.0.0.1", "99999", r"bind\(\): port must be 0-65535\."),
        ("no.such.host.invalid", "8000", r"\[Errno -[25]\] .+"),
    ],
)
def test_a_port_that_cannot_be_had_is_one_sentence(tmp_path: Path, host: str, port: str, reason: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = str(taken.getsockname()[1]) if port == "taken" else port
        done = serve(tmp_path, "--host", host, "--port", number)

    sentence = (
        rf"CommandError: Port {number} of {re.escape(host)} cannot be used: {reason}. Choose another with --port.\n"
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(sentence, done.stderr), done.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5"])  # noqa: S104
def test_the_demo_is_for_this_machine_only(tmp_path: Path, host: str) -> None:
    done = serve(tmp_path, "--demo", "--host", host)

    assert_one_sentence(
        done,
        "CommandError: The demo library has known passwords, so it listens on 127.0.0.1 only. Leave --host away.",
    )


@pytest.fixture
def demo_server(database_url: str | None) -> Iterator[BookplateServer]:
    with BookplateServer(demo=True, database_url=database_url) as server:
        yield server


@pytest.fixture
def server(database_url: str | None) -> Iterator[BookplateServer]:
    """A real library."""
    with BookplateServer(database_url=database_url) as server:
        yield server


@pytest.fixture(scope="module")
def unchanged_server(database_url_of_module: str | None) -> Iterator[BookplateServer]:
    """The same for all tests that only look at it; it was new when it was started."""
    with BookplateServer(fresh=True, database_url=database_url_of_module) as server:
        yield server


def process_of(server: BookplateServer) -> subprocess.Popen[bytes]:
    assert server.process is not None
    return server.process


def is_alive(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"


def test_the_demo_is_not_served_as_a_real_library(demo_server: BookplateServer, database_url: str | None) -> None:
    assert "Sign in as admin, librarian, assistant, alice, bob, carol, each with the password bookplate-demo" in (
        demo_server.output()
    )
    demo_server.stop()
    done = serve(demo_server.data, DATABASE_URL=database_url or "")

    assert_one_sentence(
        done,
        f"CommandError: {demo_server.data} holds the demo library, whose passwords are known to all. "
        "Choose another folder with BOOKPLATE_DATA, or another DATABASE_URL.",
    )


def test_a_real_library_is_not_served_as_the_demo(server: BookplateServer, database_url: str | None) -> None:
    run_sql(server, database_url, "INSERT INTO people_group (name) VALUES ('Ours')")
    run_sql(
        server,
        database_url,
        "INSERT INTO people_user (username, password, email, role, is_active, date_joined, group_id) "
        "SELECT 'dora', '!', '', 'admin', true, '2026-01-01', id FROM people_group",
    )
    server.stop()
    assert_one_sentence(
        serve(server.data, "--demo", DATABASE_URL=database_url or ""),
        f"CommandError: {server.data} holds a library of its own, not the demo. "
        "Start it without --demo, or with bin/run --no-demo.",
    )


@pytest.mark.alone
def test_the_second_start_is_quick(demo_server: BookplateServer) -> None:
    """From the start of the process to the first 200 of /healthz/ready; three tries, for the machine may be busy."""
    seconds = []
    for _ in range(3):
        demo_server.stop()
        began = time.monotonic()
        demo_server.start()
        seconds.append(time.monotonic() - began)
        if seconds[-1] < 3:
            break
    print("Seconds from the second start to ready:", *(f"{second:.2f}" for second in seconds))  # noqa: T201

    # 3 s is the promise on a machine that has nothing else to do.
    assert min(seconds) < 6


def test_a_real_library_has_nobody_and_says_how_to_make_the_first_admin(unchanged_server: BookplateServer) -> None:
    server = unchanged_server
    text = server.output()
    assert f"\n  Bookplate is open at {server.url}/\n" in text
    assert "  It has no admin yet: run `bookplate createsuperuser` (or `python manage.py createsuperuser`).\n" in text
    assert f"  The data is in {server.data}\n" in text
    assert "  Mails, reminders too, are written here, as BOOKPLATE_MAIL_URL is not set\n" in text
    for name in ("admin", "librarian", "assistant", "alice", "bob", "carol"):
        answer = httpx.post(f"{server.url}/api/token/", json={"username": name, "password": "bookplate-demo"})
        assert answer.status_code == 401
    assert httpx.get(f"{server.url}/api/books/").json() == []


def test_the_secret_key_is_for_its_owner_alone() -> None:
    """It is a file of the data folder, whatever the store."""
    with BookplateServer() as server:
        key = server.data / "secret-key"
        made = key.read_text()
        assert (key.stat().st_mode & 0o777, len(made)) == (0o600, 64)

        server.stop()
        server.start()
        assert key.read_text() == made
        assert made not in server.output()


def test_a_given_key_is_kept_nowhere() -> None:
    with BookplateServer(env={"BOOKPLATE_SECRET_KEY": SECRET}) as server:
        assert [path.name for path in server.data.iterdir() if "key" in path.name] == []
        assert SECRET not in server.output()


def run_sql(server: BookplateServer, database_url: str | None, statement: str) -> None:
    if database_url:
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(statement.encode())
        return
    with sqlite3.connect(server.data / "bookplate.sqlite3") as database:
        database.execute(statement)


def health(server: BookplateServer) -> list[tuple[int, str]]:
    answers = [httpx.get(f"{server.url}/healthz/{name}") for name in ("live", "ready")]
    return [(answer.status_code, answer.json()["status"]) for answer in answers]


def test_health_tells_a_supervisor(server: BookplateServer, database_url: str | None) -> None:
    assert health(server) == [(200, "ok"), (200, "ok")]
    run_sql(server, database_url, "DELETE FROM django_migrations WHERE app = 'lending'")

    assert health(server) == [(200, "ok"), (503, "Migrations are missing: run `bookplate migrate`.")]
    assert httpx.get(f"{server.url}/healthz/ready").headers["Retry-After"] == "5"


def test_health_tells_of_a_database_that_is_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(MigrationExecutor, "__init__", away)
    answer = client.get("/healthz/ready")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json() == {"status": "The database cannot be reached."}
    assert client.get("/healthz/live").status_code == 200


def test_an_answer_on_a_kept_connection_comes_at_once(unchanged_server: BookplateServer) -> None:
    """With Nagle's algorithm left on, each would wait 40 ms for the client's delayed acknowledgement."""
    with httpx.Client(base_url=unchanged_server.url) as client:
        client.get("/healthz/live")
        seconds = [client.get("/healthz/live").elapsed.total_seconds() for _ in range(20)]

    assert min(seconds) < 0.03


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_is_clean_and_leaves_nobody_behind(server: BookplateServer, how: signal.Signals) -> None:
    process = process_of(server)
    workers = children(process.pid)
    assert len(workers) == 1
    with Socket(server) as socket:
        began = time.monotonic()
        # To the whole group, as a terminal does with Ctrl-C.
        os.killpg(process.pid, how)
        assert socket.close_code(SOON) == 1012
        code = process.wait(SOON)

    assert (code, time.monotonic() - began < SOON) == (0, True)
    assert [pid for pid in workers if is_alive(pid)] == []
    assert server.output().splitlines()[-1] == "  Stop with Ctrl-C"


def test_a_stop_while_the_library_is_prepared_is_quiet(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "--port", str(free_port())],
        env=environment(tmp_path),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # What a shell starts in the background, these tests perhaps, ignores SIGINT, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  (no thread holds a lock)
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "Preparing the database …\n"
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=SOON)

    assert (process.returncode, told) == (130, "")


def test_a_killed_server_takes_its_worker_along(server: BookplateServer) -> None:
    process = process_of(server)
    workers = children(process.pid)
    assert len(workers) == 1
    process.kill()
    process.wait()

    wait_until(lambda: not is_alive(workers[0]), SOON)
    assert is_alive(workers[0]) is False


def test_a_reader_that_hangs_is_given_up() -> None:
    with processes.listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == processes.STALLED_MILLISECONDS


def test_a_server_has_as_many_files_as_it_may(unchanged_server: BookplateServer) -> None:
    limits = Path(f"/proc/{process_of(unchanged_server).pid}/limits").read_text()
    soft, hard = re.findall(r"Max open files +(\d+) +(\d+)", limits)[0]

    assert soft == hard


def test_several_processes_need_redis_and_no_demo(tmp_path: Path) -> None:
    for arguments, sentence in {
        ("--workers", "2"): "Several processes tell each other what happened through Redis: set REDIS_URL.",
        ("--workers", "2", "--demo"): "The demo is served by one process. Leave --workers away.",
        ("--workers", "0"): "--workers must be at least 1.",
    }.items():
        assert_one_sentence(serve(tmp_path, *arguments), f"CommandError: {sentence}")


def serving(server: BookplateServer) -> list[int]:
    """The processes that answer, by the way they were begun."""
    return [pid for pid in children(process_of(server).pid) if "spawn_main" in command_of(pid)]


def test_several_processes_share_one_port(database_url: str | None, redis_server: RedisServer) -> None:
    """One that dies is begun anew, and none is left behind by a stop."""
    with BookplateServer(database_url=database_url, redis_url=redis_server.url, arguments=("--workers", "2")) as server:
        wait_until(lambda: len(serving(server)) == 2, SOON)
        killed, other = serving(server)
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: len(set(serving(server)) - {killed, other}) == 1, SOON)
        assert [httpx.get(f"{server.url}/healthz/live").status_code for _ in range(10)] == [200] * 10
        begun = children(process_of(server).pid)
        process_of(server).send_signal(signal.SIGTERM)
        process_of(server).wait(SOON)

    wait_until(lambda: not any(map(is_alive, begun)), SOON)  # Python's own tracker of them ends last
    assert (len(begun) >= 3, [pid for pid in begun if is_alive(pid)]) == (True, [])


def test_what_few_servers_need_is_not_loaded_at_the_start(tmp_path: Path) -> None:
    """Each is a twentieth of the start and some megabytes: what draws labels and cards, and what reads workbooks."""
    told = subprocess.run(
        [sys.executable, "-c", "import sys, bookplate.config.asgi; print(*sys.modules)"],
        cwd=ROOT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert "bookplate.catalog.labels.drawing" in told
    assert {"openpyxl", "reportlab.pdfgen.canvas", "fontpkg"} & set(told) == set()
