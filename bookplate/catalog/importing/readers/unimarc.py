"""What a UNIMARC record says of a book (IFLA, UNIMARC Bibliographic)."""

from collections.abc import Iterator

from django.utils import timezone

from bookplate.catalog.importing import cleaning, languages
from bookplate.catalog.importing.cleaning import clean
from bookplate.catalog.importing.readers import description
from bookplate.catalog.importing.readers.description import distinct, heading, trimmed
from bookplate.catalog.importing.readers.fields import Field, Marc
from bookplate.catalog.importing.records import Draft, Held

_PEOPLE, _BODIES = ("700", "701"), ("710", "711")
SUBJECTS = ("600", "601", "602", "604", "605", "606", "607", "608", "610")


def draft(record: Marc) -> Draft:
    """The book; raises `Unfit`."""
    imprint = record.first("210", "214")
    return Draft(
        title=description.joined(record.first("200"), "aehi", {"a": "; ", "e": ": ", "h": ". ", "i": ". "}),
        author=", ".join(distinct(_authors(record))),
        published_year=_year(record, imprint),
        isbn=cleaning.isbn_of_record(map(description.isbn, record.texts("010", "a"))),
        publisher=_publisher(imprint),
        edition=trimmed(record.first("205").get("a")),
        language=languages.code(record.first("101").get("a")),
        subjects="; ".join(distinct(map(heading, record.all(*SUBJECTS)))),
        copies=copies(record),
    )


def copies(record: Marc) -> tuple[Held, ...]:
    """Those of Koha and of French exchange."""
    return description.held(record.all("995"), "f", "k")


def _authors(record: Marc) -> Iterator[str]:
    people = [_name(field) for field in record.all(*_PEOPLE)]
    yield from people or [". ".join(map(trimmed, field.all("ab"))) for field in record.all(*_BODIES)]


def _name(field: Field) -> str:
    """Forename and surname; Italian records have the comma between the two in `$b`."""
    return clean(f"{trimmed(field.get('b'), 3).lstrip(', ')} {trimmed(field.get('a'), 3)}")


def _publisher(imprint: Field) -> str:
    name = trimmed(imprint.get("c"))
    return "" if name.strip("[]").replace(" ", "").lower() in ("s.n.", "s.n") else name


def _year(record: Marc, imprint: Field) -> int | None:
    """The first date that can be; periodicals have 0001 where their beginning is not known."""
    coded = record.first("100").get("a")[9:13]
    told = [cleaning.year(imprint.get("d")), int(coded) if coded.isascii() and coded.isdigit() else None]
    return next((one for one in told if one and 1 < one <= timezone.localdate().year), None)
