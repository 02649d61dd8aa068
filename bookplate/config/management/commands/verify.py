"""`bookplate verify`: prove that copies and holds are what the loans say, and the index what the books say."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from bookplate.catalog.models import Copy
from bookplate.catalog.search import upkeep
from bookplate.lending import verify


class Command(BaseCommand):
    help = (
        "Compare the state of every copy and hold with the loans and holds, and the index of words with the books; "
        "say which do not agree."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="put right what follows from the rows alone")

    def handle(self, *, repair: bool, **options: Any) -> None:
        broken = self._search(repair=repair)
        copies, left, found = Copy.objects.count(), 0, 0
        with tqdm(total=copies, unit=" copies", leave=False, disable=None) as bar:
            for fault in verify.check(repair=repair, seen=bar.update):
                found, left = found + 1, left + (not fault.repaired)
                bar.write(f"{fault.words}{' Repaired.' if fault.repaired else ''}", file=self.stdout)
        left += broken
        if left:
            advice = "" if repair else " Run it again with --repair to put right what can be."
            raise CommandError(f"{left} of what was looked at {'does' if left == 1 else 'do'} not agree.{advice}")
        self.stdout.write(f"All {copies:,} copies agree{' now' if found else ''}.")

    def _search(self, *, repair: bool) -> int:
        """What is wrong with the index of words, and is not put right."""
        faults = list(upkeep.faults())
        for fault in faults:
            self.stdout.write(f"{fault}{' Repaired.' if repair else ''}")
        if faults and repair:
            upkeep.reindex()
        return 0 if repair else len(faults)
