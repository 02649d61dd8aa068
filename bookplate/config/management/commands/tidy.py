"""`bookplate tidy`: forget what is past its time, as the worker does every day."""

from typing import Any

from django.core.management.base import BaseCommand

from bookplate.people import privacy


class Command(BaseCommand):
    help = "Forget what is past its time: who had a book that came back long ago, old sign-ins and addresses."

    def handle(self, *args: Any, **options: Any) -> None:
        counts = privacy.tidy()
        told = ", ".join(f"{count} in {room}" for room, count in counts.items() if count)
        self.stdout.write(f"Forgotten: {told or 'nothing, all of it is still in its time'}.")
