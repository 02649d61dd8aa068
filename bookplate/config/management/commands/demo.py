"""`bookplate demo`: load the demo library into an empty one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bookplate.config import demo


class Command(BaseCommand):
    help = "Load the demo library (invented people with known passwords) into an empty one."

    def handle(self, *args: Any, **options: Any) -> None:
        if not demo.load_if_empty():
            raise CommandError("This library is not empty, so the demo was not loaded. Choose another BOOKPLATE_DATA.")
        self.stdout.write(f"The demo library is loaded. Sign in as {', '.join(demo.SIGN_INS)}: {demo.PASSWORD}")
