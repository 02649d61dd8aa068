"""The library's settings, with the tests' own server in the place of every source."""

import os
from ipaddress import ip_network

from bookplate.config.settings import *  # noqa: F403

REACHABLE_NETWORKS = [ip_network("127.0.0.1")]
METADATA_ADDRESSES = dict.fromkeys(("openlibrary", "google", "sru"), os.environ["TEST_UPSTREAM"])
