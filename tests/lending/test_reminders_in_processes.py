"""Reminders by two workers through a real mail server, both killed in the middle of it (G18)."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.postbox import Postbox
from tests.servers import ROOT, SQLITE_FILE, BookplateServer, children, wait_until
from tests.visitors import Visitor

pytestmark = pytest.mark.long

ACCOUNTS, BOOKS = 6, 5
TOLD_ALL = "SELECT count(*), sum(CASE delivery WHEN 'sent' THEN 1 ELSE 0 END) FROM lending_reminder"
WAITING = (
    "SELECT count(*) FROM lending_loan l JOIN people_member m ON m.id = l.member_id "
    "WHERE m.user_id IS NOT NULL AND l.returned_at IS NULL"
)


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with Postbox(seconds=0.1) as postbox:
        yield postbox


@pytest.fixture
def server(database_url: str | None, postbox: Postbox) -> Iterator[BookplateServer]:
    env = {"BOOKPLATE_MAIL_URL": postbox.url, "BOOKPLATE_URL": "https://library.example.org"}
    with BookplateServer(demo=True, database_url=database_url, env=env) as server:
        yield server


def run_sql(server: BookplateServer, url: str | None, statement: str) -> Any:
    if url:
        with psycopg.connect(url, autocommit=True) as connection:
            done = connection.execute(statement.encode())
            return done.fetchone() if done.description else None
    with sqlite3.connect(server.data / SQLITE_FILE, timeout=20) as database:
        return database.execute(statement).fetchone()


def lend_to_all(server: BookplateServer, url: str | None) -> int:
    """So many books to each account that they are long overdue; how many loans that makes."""
    admin = Visitor(server, "admin")
    # At no hour of the day, until all is there.
    admin.http.patch("/api/policy/", json={"remind_before": 0, "remind_on_day": False, "remind_overdue": 0})
    admin.http.patch("/api/policy/", json={"remind_hour": 0, "hold_days": 300})
    for number in range(ACCOUNTS * BOOKS):
        book = admin.post("/api/books/", {"title": f"Book {number}"}).json()["id"]
        copy = admin.post("/api/copies/", {"book": book}).json()["barcode"]
        lent = admin.post("/api/loans/", {"copy": copy, "member": f"M{number % ACCOUNTS + 1:04}"})
        assert lent.status_code == 201, lent.text
    run_sql(server, url, "INSERT INTO lending_reminderchoice (user_id, how) SELECT id, 'each' FROM people_user")
    run_sql(server, url, "DELETE FROM lending_reminder")
    run_sql(server, url, "UPDATE lending_hold SET state = 'cancelled'")
    run_sql(server, url, "UPDATE lending_loan SET due_at = '2025-01-01 12:00:00'")
    return int(run_sql(server, url, WAITING)[0])


def test_workers_that_are_killed_send_nothing_twice(
    server: BookplateServer, postbox: Postbox, database_url: str | None
) -> None:
    loans = lend_to_all(server, database_url)
    postbox.mails.clear()
    command = [sys.executable, str(ROOT / "manage.py"), "worker"]
    second = subprocess.Popen(command, env=server.environment(), cwd=ROOT)
    Visitor(server, "admin").http.patch("/api/policy/", json={"remind_overdue": 7})
    wait_until(lambda: len(postbox.mails) >= 5)
    assert server.process is not None
    for worker in (second.pid, *children(server.process.pid)):
        os.kill(worker, signal.SIGKILL)
    second.wait()
    cut_off = len(postbox.mails)
    wait_until(lambda: run_sql(server, database_url, TOLD_ALL)[0] == loans, 60)
    wait_until(lambda: len(postbox.mails) >= loans, 3)

    told, sent = run_sql(server, database_url, TOLD_ALL)
    mails = [(mail["To"], mail["Subject"]) for mail in postbox.mails]
    print(f"{loans} loans, {cut_off} mails before the kill, {len(mails)} in all, {sent} known as sent")  # noqa: T201
    assert (told, 5 <= cut_off < loans) == (loans, True)
    assert len(set(mails)) == len(mails)
    # Each of the two may have died with one mail that it had decided on and not yet heard of.
    assert loans - 2 <= sent <= len(mails)
