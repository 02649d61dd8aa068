"""`bookplate admin NAME`: the way back in, for whoever runs the server."""

import secrets
import sys
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bookplate.core.errors import Invalid
from bookplate.people import accounts


class Command(BaseCommand):
    help = "Make NAME an admin who may sign in, with a new password, and end its sign-ins; made when it is not there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the username")

    def handle(self, *, name: str, **options: Any) -> None:
        asked = sys.stdin.isatty()
        password = _ask() if asked else secrets.token_urlsafe(15)
        try:
            user, is_new = accounts.recover(name, password)
        except Invalid as error:
            told = " ".join(message for messages in error.errors.values() for message in messages)
            raise CommandError(f"{told} Nothing was changed.") from None
        self.stdout.write(f"{user.username} is {'a new' if is_new else 'an'} admin and can sign in.")
        if not asked:
            self.stdout.write(f"The password, shown this once: {password}")


def _ask() -> str:
    first = getpass("New password: ")
    if first != getpass("And once more: "):
        raise CommandError("The two passwords are not the same. Nothing was changed; run the command again.")
    return first
