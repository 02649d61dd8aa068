"""The library's settings, with the tests' own server in the place of every source."""

import os

from bookplate.config.settings import *  # noqa: F403

METADATA_TRUSTED = ["127.0.0.1"]
METADATA_ADDRESSES = dict.fromkeys(("openlibrary", "google", "sru"), os.environ["TEST_UPSTREAM"])
