"""What the log must never hold: addresses whose last part is a secret, such as the link that sets a new password."""

import logging
import re

# Django logs the path of a request that failed (`log_response`).
SECRET_PATHS = re.compile(r"(/password/new/[^/\s]+/|/register/|/account/mail/)[^/\s]+")


class HideSecrets(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if SECRET_PATHS.search(message):
            record.msg, record.args = SECRET_PATHS.sub(r"\1…", message), None
        return True
