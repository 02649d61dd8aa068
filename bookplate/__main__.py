"""The `bookplate` command: Django's command line with Bookplate's settings."""

import os
import signal
import sys

from bookplate.config.env import WrongSetting


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookplate.config.settings")
    try:
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
    except WrongSetting as error:
        sys.exit(f"bookplate: {error}")
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


if __name__ == "__main__":
    main()
