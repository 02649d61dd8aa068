"""Bookplate's settings, with database connections as Django's manual advises for each way of serving.

On lasting threads they are kept open; Django's own ASGI handler makes threads that end, and must not keep them.
"""

import os

from bookplate.config.settings import *  # noqa: F403
from bookplate.config.settings import DATABASES

DATABASES["default"]["CONN_MAX_AGE"] = None if os.environ["BENCH_CONNECTIONS"] == "lasting" else 0
