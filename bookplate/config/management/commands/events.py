"""`bookplate events`: every kind of event there is, as docs/events.md has it."""

from typing import Any

from django.core.management.base import BaseCommand

from bookplate.feed import catalogue


class Command(BaseCommand):
    help = "Print every kind of event there is, with its fields and who hears of it."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(catalogue.table())
