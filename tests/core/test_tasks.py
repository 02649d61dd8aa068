"""Background work goes on when a worker is killed, once, and nobody takes what another still works on."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from bookplate.catalog.importing.tasks import bring_in
from bookplate.core import tasks
from bookplate.core.models import Lease
from tests.cast import PASSWORD
from tests.servers import ROOT, BookplateServer, children, wait_until

pytestmark = pytest.mark.django_db


def running(worker: str) -> "DBTaskResult[Any, Any]":
    bring_in.enqueue(1)
    row = DBTaskResult.objects.order_by("-enqueued_at")[0]
    row.claim(worker)
    return row


def pass_time() -> None:
    """Nobody renews any lease for a while."""
    for lease in Lease.objects.all():
        lease.renewed_at -= tasks.LEASE + timedelta(seconds=1)
        lease.save()


def statuses() -> list[str]:
    return list(DBTaskResult.objects.order_by("enqueued_at").values_list("status", flat=True))


def test_what_nobody_works_on_any_more_is_put_back_once() -> None:
    dead, alive = running("dead"), running("alive")
    assert [tasks.look_after(worker) for worker in ("dead", "alive")] == [0, 0]
    pass_time()

    assert [tasks.look_after("alive"), tasks.look_after("alive")] == [1, 0]
    assert statuses() == [TaskResultStatus.READY, TaskResultStatus.RUNNING]
    assert list(Lease.objects.values_list("task", flat=True)) == [alive.pk]
    dead.refresh_from_db()
    dead.claim("alive")
    assert (dead.worker_ids, tasks.look_after("alive"), Lease.objects.count()) == (["dead", "alive"], 0, 2)


def test_a_worker_that_died_before_it_had_a_lease_is_noticed() -> None:
    running("dead")

    assert tasks.look_after("alive") == 0
    assert tasks.look_after("alive") == 0
    pass_time()
    assert (tasks.look_after("alive"), statuses()) == (1, [TaskResultStatus.READY])


def test_what_is_finished_is_not_done_again_and_forgotten_in_time() -> None:
    done = running("alive")
    tasks.look_after("alive")
    done.set_successful(None)
    pass_time()

    assert (tasks.look_after("other"), statuses(), Lease.objects.count()) == (0, [TaskResultStatus.SUCCESSFUL], 0)
    assert tasks.tidy() == 0
    DBTaskResult.objects.update(finished_at=timezone.now() - tasks.RESULTS_KEPT)
    assert (tasks.tidy(), DBTaskResult.objects.count()) == (1, 0)


ROWS = 6_000


@pytest.fixture
def server(database_url: str | None) -> Iterator[BookplateServer]:
    with BookplateServer(demo=True, database_url=database_url) as server:
        yield server


@pytest.fixture
def browser(server: BookplateServer) -> Iterator[httpx.Client]:
    """The librarian's."""
    with httpx.Client(base_url=server.url, follow_redirects=True, timeout=30) as browser:
        post(browser, "/sign-in/", {"username": "librarian", "password": PASSWORD})
        yield browser


def post(browser: httpx.Client, address: str, values: dict[str, str], **more: Any) -> httpx.Response:
    browser.get(address)
    token = {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    return browser.post(address, data=values | token, headers={"Origin": str(browser.base_url).rstrip("/")}, **more)


def test_the_next_worker_finishes_what_a_killed_one_began(server: BookplateServer, browser: httpx.Client) -> None:
    """A list is sent; while it is brought in, its worker is killed (`kill -9`)."""
    content = "title\n" + "".join(f"Never heard of {number}\n" for number in range(ROWS))
    page = post(browser, "/imports/", {"copies": "0"}, files={"file": ("list.csv", content)}).url.path

    def read() -> int:
        return int(re.findall(r"<b>(\d+)</b> records? read", browser.get(page).text)[0])

    wait_until(lambda: read() > 0)
    assert server.process is not None
    worker, *others = children(server.process.pid)
    os.kill(worker, signal.SIGKILL)
    cut_off = read()
    wait_until(lambda: read() == ROWS, 60)

    assert (others, 0 < cut_off < ROWS, read()) == ([], True, ROWS)
    assert f"= <b>{ROWS}</b> new" in " ".join(browser.get(page).text.split())
    assert "Traceback" not in server.output()


@pytest.mark.long
@pytest.mark.parametrize("kill", [True, False])
def test_a_command_keeps_its_import_until_it_is_killed(
    server: BookplateServer, browser: httpx.Client, tmp_path: Path, kill: bool
) -> None:
    """The server's worker looks for what nobody works on all the while, which takes longer than a lease."""
    rows = 40_000
    (tmp_path / "list.csv").write_text("title\n" + "".join(f"Never heard of {number}\n" for number in range(rows)))
    command = [sys.executable, str(ROOT / "manage.py"), "import_books", str(tmp_path / "list.csv"), "--copies", "0"]
    began = time.monotonic()
    process = subprocess.Popen(
        command, cwd=ROOT, env=server.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )

    def read() -> int:
        return int((re.findall(r"<b>(\d+)</b> records? read", browser.get("/imports/1/").text) or [0])[0])

    if kill:
        wait_until(lambda: read() > 0)
        process.kill()
    said, _ = process.communicate()
    cut_off, seconds = read(), time.monotonic() - began
    wait_until(lambda: read() == rows, 120)

    print(f"{cut_off} of {rows} rows by the command, which ran for {seconds:.1f} s")  # noqa: T201
    assert (kill or seconds > tasks.LEASE.total_seconds(), 0 < cut_off < rows) == (True, kill)
    assert said.partition("\n")[0] == ("" if kill else f"{rows} rows: {rows} created, 0 updated, 0 unchanged, 0 failed")
    assert f"= <b>{rows}</b> new" in " ".join(browser.get("/imports/1/").text.split())
