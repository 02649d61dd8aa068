"""`bookplate reindex`: make the index of words anew."""

from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from bookplate.catalog.models import Book
from bookplate.catalog.search import upkeep


class Command(BaseCommand):
    help = "Make the index that books are found by anew, and the planner's statistics; the library may stay open."

    def handle(self, *args: Any, **options: Any) -> None:
        books = Book.objects.count()
        with tqdm(total=books, unit=" books", unit_scale=True, leave=False, disable=None) as bar:
            upkeep.reindex(bar.update)
        self.stdout.write(f"{books:,} books are indexed.")
