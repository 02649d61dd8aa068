"""`import_books FILE`: bring a list of books in and say what became of each row."""

import secrets
import sys
from argparse import ArgumentTypeError
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, Unpack, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from bookplate.catalog.importing import intake, pipeline, report, undo
from bookplate.catalog.importing.choices import Options
from bookplate.catalog.importing.models import Import, State
from bookplate.catalog.importing.tasks import bring_in
from bookplate.config.management.commands.worker import AFTER_TASKS, doing
from bookplate.core import tasks
from bookplate.core.errors import Invalid
from bookplate.lending.moving import readings
from bookplate.lending.moving.dates import Order
from bookplate.people.models import Group, User

Row = TypeVar("Row")
STDIN = Path("-")
TAKEN_UP = "A worker has taken the import up and goes on with it; the page “Bring lists in” shows how far it is."


class Command(BaseCommand):
    help = "Bring books in from a file: MARC, MARCXML, a Goodreads export, any CSV or XLSX with a title column, …"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", type=Path, help="told by its content, whatever it is called; - is the standard input"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
        parser.add_argument(
            "--copies",
            type=int,
            default=1,
            choices=range(11),
            help="how many copies the library has of each new book (1)",
        )
        parser.add_argument("--owner", metavar="USERNAME", help="whose shelf the books come to (the library's)")
        parser.add_argument("--group", metavar="NAME", help="or which group's")
        parser.add_argument("--shelfmark", default="", help="of the copies that the file gives none")
        parser.add_argument("--visibility", default="", help="whom the copies are visible to: everyone, members, …")
        parser.add_argument(
            "--columns",
            type=_columns,
            default={},
            metavar="FIELD=COLUMN,…",
            help="what the columns of a table are, where their names do not tell: title=Werk,author=2",
        )
        parser.add_argument(
            "--dates",
            choices=("day", "month"),
            default="",
            help="which comes first in dates such as 03/04/2026 of members, loans and holds (told from the file)",
        )
        parser.add_argument("--failed", type=Path, metavar="PATH", help="where to write the records that failed")

    def handle(self, *, file: Path, dates: str, failed: Path | None, **options: Any) -> None:
        me = secrets.token_hex(8)
        # With its task, as which this command works on it: killed, it leaves that to a worker.
        queue = readings.chosen(Order(dates), partial(tasks.take, me, bring_in))
        job = _receive(file, queue, **_chosen(options))
        if stopped := _is_stopped(job, me):
            pipeline.cancel(job)
        tasks.finish(me)
        if stopped:
            advice = "These stay. Run the same command again to go on: nothing comes in twice."
            raise CommandError(f"Stopped after {report.summary(job)}. {advice}", returncode=130)
        self._tell(job, failed)

    def _tell(self, job: Import, failed: Path | None) -> None:
        if job.state == State.FAILED:
            raise CommandError(job.problem)
        if not job.is_over:
            raise CommandError(f"This command stood still for too long. {TAKEN_UP}")
        self.stdout.write(report.summary(job) + (" (only tried, nothing was changed)" if job.dry_run else ""))
        for told in filter(None, (report.passed_over(job), readings.told(job))):
            self.stdout.write(told)
        if undo.may_be_undone(job):
            self.stdout.write(f"To take all of it back: bookplate undo_import {job.pk}")
        for path in _save_failed(job, failed):
            self.stdout.write(f"To mend and bring in again: {path}")


def _columns(text: str) -> dict[str, str | int]:
    """From "title=Werk,author=2"."""
    if nameless := next((part for part in text.split(",") if "=" not in part), None):
        raise ArgumentTypeError(f"{nameless!r} is no FIELD=COLUMN; write for example title=Werk,author=2")
    told = dict(part.split("=", 1) for part in text.split(",") if part)
    return {field.strip(): int(column) if column.isdigit() else column for field, column in told.items()}


def _chosen(options: dict[str, Any]) -> Options:
    """Raises `CommandError` for an owner who is not there."""
    names = ("dry_run", "copies", "shelfmark", "visibility", "columns")
    chosen = cast(Options, {name: options[name] for name in names})
    if name := options["owner"]:
        chosen["owner"] = _the(User.objects.filter(username=name).first(), f"There is no account {name}.")
    if name := options["group"]:
        chosen["owner_group"] = _the(Group.objects.filter(name=name).first(), f"There is no group {name}.")
    return chosen


def _the(found: Row | None, missing: str) -> Row:
    if found is None:
        raise CommandError(missing)
    return found


def _receive(path: Path, queue: readings.Queue, **options: Unpack[Options]) -> Import:
    try:
        with open(sys.stdin.fileno() if path == STDIN else path, "rb", closefd=path != STDIN) as file:
            return intake.receive(file, "stdin" if path == STDIN else path.name, by=None, queue=queue, **options)
    except Invalid as error:
        advice = (
            " Say it so: --columns title=Werk,author=2"
            if "columns" in error.errors and not options.get("columns")
            else ""
        )
        raise CommandError(f"{path}: {error}{advice}") from None
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None


def _is_stopped(job: Import, me: str) -> bool:
    """Work on it until it is over, or somebody presses Ctrl-C."""
    try:
        with doing([(tasks.BEAT, partial(tasks.look_after, me), AFTER_TASKS)], at_once=False):
            _run_with_bar(job)
    except KeyboardInterrupt:
        return True  # what it was in the midst of is let go before the connection closes
    return False


def _run_with_bar(job: Import) -> None:
    """A bar on stderr where that is a terminal."""
    with tqdm(total=job.size, unit="B", unit_scale=True, desc=job.name[:40], leave=False, disable=None) as bar:

        def show(now: Import) -> None:
            bar.update(now.offset - bar.n)

        pipeline.run(job, show)


def _save_failed(job: Import, path: Path | None) -> list[Path]:
    try:
        return report.save(job, path)
    except OSError as error:
        raise CommandError(f"The failed records cannot be written to {path}: {error.strerror}.") from None
