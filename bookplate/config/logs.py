"""What the log must never hold: addresses whose last part is a secret, such as the link that sets a new password."""

import logging
import re

# Django logs the path of a request that failed (`log_response`).
SECRET_PATHS = re.compile(r"(/password/new/[^/\s]+/|/register/|/account/mail/|/loans/renew/)[^/\s]+")


class HideSecrets(logging.Formatter):
    """The last to see a line, so that what an exception says in its traceback is looked through, too."""

    def format(self, record: logging.LogRecord) -> str:
        return SECRET_PATHS.sub(r"\1…", super().format(record))
