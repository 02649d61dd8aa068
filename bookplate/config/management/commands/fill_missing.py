"""`fill_missing`: ask for what the catalogue's books lack, as the page does, and show how far it is."""

import secrets
import time
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from bookplate.catalog.metadata import filling
from bookplate.catalog.metadata.models import Filling, State
from bookplate.config.management.commands.worker import AFTER_TASKS, doing
from bookplate.core import tasks
from bookplate.core.errors import Refusal


class Command(BaseCommand):
    help = "Look up every book with an ISBN that lacks something, one a second, and fill in what is empty."

    def handle(self, **options: Any) -> None:
        me = secrets.token_hex(8)
        # With its task, as which this command works on it: killed, it leaves that to a worker.
        try:
            job = filling.begin(None, partial(tasks.take, me, filling.fill_missing))
        except Refusal as reason:
            raise CommandError(str(reason)) from None
        try:
            with doing([(tasks.BEAT, partial(tasks.look_after, me), AFTER_TASKS)], at_once=False):
                _run_with_bar(job)
        except KeyboardInterrupt:
            filling.cancel(job)
            tasks.finish(me)
            raise CommandError(f"Stopped after {_told(job)}. These stay.", returncode=130) from None
        tasks.finish(me)
        if job.state == State.FAILED:
            raise CommandError(job.problem)
        self.stdout.write(_told(job))


def _run_with_bar(job: Filling) -> None:
    """A bar on stderr where that is a terminal."""
    with tqdm(total=job.total, unit=" books", leave=False, disable=None) as bar:

        def show(now: Filling) -> None:
            bar.update(now.done - bar.n)

        while not job.is_over:
            at = job.position
            rest = filling.run(job, show)
            if not job.is_over and job.position == at:
                return  # a worker has taken it up
            time.sleep(0 if job.is_over else rest)


def _told(job: Filling) -> str:
    told = f"{job.done:,} books looked up: {job.filled:,} completed, {job.covers:,} covers"
    return f"{told}, {job.failed:,} could not be asked about" if job.failed else told
