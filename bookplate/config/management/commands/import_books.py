"""`import_books FILE`: bring a list of books in and say what became of each row."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from bookplate.catalog.importing import intake, pipeline, report
from bookplate.catalog.importing.models import Import, State
from bookplate.core.errors import Invalid


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
        job = _receive(file, dry_run, copies)
        try:
            _run_with_bar(job)
        except KeyboardInterrupt:
            pipeline.cancel(job)
            advice = "These stay. Run the same command again to go on: nothing comes in twice."
            raise CommandError(f"Stopped after {report.summary(job)}. {advice}", returncode=130) from None
        self._tell(job, failed)

    def _tell(self, job: Import, failed: Path | None) -> None:
        if job.state == State.FAILED:
            raise CommandError(job.problem)
        self.stdout.write(report.summary(job) + (" (only tried, nothing was changed)" if job.dry_run else ""))
        for path in _save_failed(job, failed):
            self.stdout.write(f"To mend and bring in again: {path}")


def _receive(path: Path, dry_run: bool, copies: int) -> Import:
    try:
        with path.open("rb") as file:
            return intake.receive(file, path.name, by=None, dry_run=dry_run, copies=copies)
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
