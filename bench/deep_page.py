"""`python -m bench.deep_page NUMBER`: Bookplate's cursor of the page that follows the book NUMBER."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookplate.config.settings")
django.setup()

from bookplate.catalog import paging  # noqa: E402
from bookplate.catalog.models import Book  # noqa: E402

sys.stdout.write(paging.page(Book.objects.filter(id__gte=int(sys.argv[1])), limit=1).next)
