"""`bookplate worker`: do what was put off, such as bringing files in; as many processes as wanted."""

import asyncio
import logging
import os
import secrets
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection

from bookplate.catalog import leftovers
from bookplate.catalog.metadata import answers
from bookplate.catalog.search import upkeep
from bookplate.core import garbage, tasks
from bookplate.feed.courier import Courier
from bookplate.lending import holds, reminders
from bookplate.people import privacy

logger = logging.getLogger(__name__)
SOON, MINUTE, DAY = 10, 60, 24 * 60 * 60
Chore = tuple[float, Callable[[], object], str]
CHORES: list[Chore] = [
    (DAY, privacy.tidy, "What is past its time could not be forgotten today; tomorrow again"),
    (DAY, answers.tidy, "Old answers of look-ups could not be forgotten today; tomorrow again"),
    (DAY, leftovers.tidy, "Files that nobody needs any more could not be removed today; tomorrow again"),
    (DAY, tasks.tidy, "Old results of tasks could not be forgotten today; tomorrow again"),
    (DAY, upkeep.freshen_statistics, "The planner's statistics could not be renewed today; tomorrow again"),
    (MINUTE, holds.pass_on_expired, "What nobody fetched could not be passed on; in a minute again"),
    (SOON, reminders.send_due, "Reminders could not be sent; in a moment again"),
]
AFTER_TASKS = "The leases of tasks could not be looked after; in a moment again"


class Command(BaseCommand):
    help = "Do background work (bringing files in). `serve` runs one beside itself; start more where one is not enough."
    # They would load all pages and the whole API, of which a worker shows nothing.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--until-eof", action="store_true", help="end when standard input ends, as it does with a parent"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["until_eof"]:
            threading.Thread(target=_stop_at_end_of_input, daemon=True).start()
        garbage.settle()
        me = secrets.token_hex(8)
        with doing([*CHORES, (tasks.BEAT, partial(tasks.look_after, me), AFTER_TASKS)]), carrying():
            call_command("db_worker", verbosity=0, interval=0.5, startup_delay=False, reload=False, worker_id=me)


@contextmanager
def doing(chores: list[Chore], *, at_once: bool = True) -> Iterator[None]:
    """Each again and again on a thread of its own, first `at_once` or after its time; what was begun is finished."""
    over = threading.Event()
    threads = [threading.Thread(target=_again, args=(over, at_once, *chore), daemon=True) for chore in chores]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


@contextmanager
def carrying() -> Iterator[None]:
    """Events to webhooks, on a loop and a thread of their own."""
    over = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(Courier().run(over)), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _again(over: threading.Event, at_once: bool, seconds: float, act: Callable[[], object], trouble: str) -> None:
    over.wait(0 if at_once else seconds)
    while not over.is_set():
        try:
            act()
        except DatabaseError:
            logger.exception(trouble)
        connection.close()
        over.wait(seconds)


def _stop_at_end_of_input() -> None:
    # Not sys.stdin: its lock, held by this thread, would break the interpreter's own end.
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
