"""`undo_import NUMBER`: take back a whole import, as long as nobody has used what came with it."""

import secrets
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bookplate.catalog.importing import undo
from bookplate.catalog.importing.models import Import, State
from bookplate.catalog.importing.tasks import take_back
from bookplate.config.management.commands.worker import AFTER_TASKS, doing
from bookplate.core import tasks
from bookplate.core.errors import Refusal


class Command(BaseCommand):
    help = (
        "Take back a whole import: what it made goes, what it filled in is empty again. Not when some of it was lent."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", type=int, help="of the import, as `import_books` says it and its page's address")

    def handle(self, *, number: int, **options: Any) -> None:
        me = secrets.token_hex(8)
        job = Import.objects.filter(pk=number).first()
        if job is None:
            raise CommandError(f"There is no import {number}.")
        try:
            # With its task, as in `import_books`: killed, it leaves that to a worker.
            undo.begin(job, partial(tasks.take, me, take_back))
        except Refusal as reason:
            raise CommandError(str(reason)) from None
        with doing([(tasks.BEAT, partial(tasks.look_after, me), AFTER_TASKS)], at_once=False):
            undo.run(job)
        tasks.finish(me)
        if job.state != State.UNDONE:
            raise CommandError(job.problem)
        self.stdout.write(f"{job.name} is undone.")
        for book in job.kept_books():
            self.stdout.write(f"Somebody has edited “{book.title}” since: it stays, with its copies (book {book.pk}).")
