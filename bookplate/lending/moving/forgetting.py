"""Lists of people hold names, mail addresses and what was borrowed: once they are in, their files go in time."""

from datetime import datetime

from bookplate.catalog.importing.models import Import
from bookplate.lending.moving.readers import LISTS


def forget(before: datetime) -> int:
    """Delete the files, and the failed rows, of lists that were over then; how many. Their counts stay."""
    over = Import.objects.filter(format__in=[one.name for one in LISTS], finished_at__lt=before)
    return sum(job.forget() for job in over)
