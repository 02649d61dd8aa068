"""`import_books FILE`: bring a list of books in and say what became of each row."""

import secrets
from functools import partial
from pathlib import Path
from typing import Any, Unpack

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from bookplate.catalog.importing import intake, pipeline, report
from bookplate.catalog.importing.models import Import, State
from bookplate.catalog.importing.tasks import bring_in
from bookplate.config.management.commands.worker import AFTER_TASKS, doing
from bookplate.core import tasks
from bookplate.core.errors import Invalid

TAKEN_UP = "A worker has taken the import up and goes on with it; the page “Bring lists in” shows how far it is."


class Command(BaseCommand):
    help = "Bring books in from a file: MARC, MARCXML, a Goodreads export, or any CSV with a title column."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="told by its content, whatever it is called")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
        parser.add_argument(
            "--copies",
            type=int,
            default=1,
            choices=range(11),
            help="how many copies the library has of each new book (1)",
        )
        parser.add_argument("--failed", type=Path, metavar="PATH", help="where to write the records that failed")

    def handle(self, *, file: Path, dry_run: bool, copies: int, failed: Path | None, **options: Any) -> None:
        me = secrets.token_hex(8)
        job = _receive(file, me, dry_run=dry_run, copies=copies)
        try:
            with doing([(tasks.BEAT, partial(tasks.look_after, me), AFTER_TASKS)], at_once=False):
                _run_with_bar(job)
        except KeyboardInterrupt:
            pipeline.cancel(job)
            tasks.finish(me)
            advice = "These stay. Run the same command again to go on: nothing comes in twice."
            raise CommandError(f"Stopped after {report.summary(job)}. {advice}", returncode=130) from None
        tasks.finish(me)
        self._tell(job, failed)

    def _tell(self, job: Import, failed: Path | None) -> None:
        if job.state == State.FAILED:
            raise CommandError(job.problem)
        if not job.is_over:
            raise CommandError(f"This command stood still for too long. {TAKEN_UP}")
        self.stdout.write(report.summary(job) + (" (only tried, nothing was changed)" if job.dry_run else ""))
        for path in _save_failed(job, failed):
            self.stdout.write(f"To mend and bring in again: {path}")


def _receive(path: Path, worker: str, **options: Unpack[intake.Options]) -> Import:
    """With its task, as which this command works on it: killed, it leaves that to a worker."""
    try:
        with path.open("rb") as file:
            return intake.receive(file, path.name, by=None, queue=partial(tasks.take, worker, bring_in), **options)
    except Invalid as error:
        raise CommandError(f"{path}: {error}") from None
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None


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
