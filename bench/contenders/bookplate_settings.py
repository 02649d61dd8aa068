"""Bookplate's settings, with the database connections of lasting threads kept open, as Django's manual advises."""

from bookplate.config.settings import *  # noqa: F403
from bookplate.config.settings import DATABASES

DATABASES["default"]["CONN_MAX_AGE"] = None
