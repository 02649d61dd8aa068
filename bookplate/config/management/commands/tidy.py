"""`bookplate tidy`: end and forget what is past its time, as the worker does by itself."""

from typing import Any

from django.core.management.base import BaseCommand

from bookplate.lending import holds
from bookplate.people import privacy


class Command(BaseCommand):
    help = (
        "End holds that nobody fetched, and forget who had a book that came back long ago, old sign-ins and addresses."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        passed_on = holds.pass_on_expired()
        counts = privacy.tidy()
        told = ", ".join(f"{count} in {room}" for room, count in counts.items() if count)
        self.stdout.write(f"Holds that nobody fetched in time and that are over now: {passed_on}.")
        self.stdout.write(f"Forgotten: {told or 'nothing, all of it is still in its time'}.")
