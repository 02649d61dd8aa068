"""What came packed is unpacked, recognised, and from then on like any other list. Nobody's request waits for that."""

from typing import Any

from django.db import transaction

from bookplate.catalog.importing import choices, mapping, readers, recognising
from bookplate.catalog.importing.models import Import, State
from bookplate.catalog.importing.readers.packed import Packed
from bookplate.catalog.importing.readers.table import Table
from bookplate.catalog.importing.recognising import Content
from bookplate.catalog.importing.records import Unreadable
from bookplate.core import events
from bookplate.core.errors import Invalid


def opened(job: Import) -> bool:
    """Whether a running import can be read now; else it waits for its columns, or is not ours any more.

    Raises `Unreadable`. Safe to call again: what was unpacked already stays as it is.
    """
    if not isinstance(readers.of(job), Packed):
        return True
    content = recognising.unpacked(job.original)
    try:
        values = _values(job, content)
    except Invalid as error:
        raise Unreadable(str(error)) from None
    return _settle(job, values)


def _values(job: Import, content: Content) -> dict[str, Any]:
    """What the import is now; what was said of its columns was kept as it was said. Raises `Invalid`."""
    reader, state = content.reader or Table(), State.RUNNING
    columns: dict[str, int] = {}
    if job.columns:
        reader, columns = Table(), mapping.places(job.columns, content.header)
    elif not content.reader:
        # Whoever brought it may have gone, so what was said of such a file the last time is not asked again.
        columns = mapping.remembered(content.header, job.by)
        state = State.RUNNING if columns else State.ASKING
    choices.check_shelf(reader, somebodys=job.is_for_somebody)
    return {
        "format": readers.as_chosen(reader, job.format),
        "columns": columns,
        "header": mapping.digest(content.header),
        "size": job.original.stat().st_size,
        "state": state,
    }


def _settle(job: Import, values: dict[str, Any]) -> bool:
    with transaction.atomic():
        ours = Import.objects.filter(pk=job.pk, state=State.RUNNING, format=job.format).update(**values)
        if ours:
            events.record("import.progressed", job.audience())
    if ours:
        job.refresh_from_db()
    return bool(ours) and job.state == State.RUNNING
