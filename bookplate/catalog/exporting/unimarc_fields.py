"""What a UNIMARC record says of a book, as it is known now (IFLA, UNIMARC Bibliographic)."""

from collections.abc import Callable

from bookplate.catalog.exporting.entries import Entry
from bookplate.catalog.importing import languages
from bookplate.catalog.importing.readers import unimarc
from bookplate.catalog.importing.readers.description import subdivided
from bookplate.catalog.importing.readers.fields import Field


def _dated(field: Field, entry: Entry) -> Field:
    """Field 100 with one year of publication, or none; the day of entry stands before it, further codes behind."""
    year = entry.published_year
    coded = f"d{year:04}" if year and 0 < year <= 9999 else "u"
    told = dict(field.subfields).get("a", "")
    return field._replace(subfields=(("a", f"{told[:8]:8}{coded:9}{told[17:]}"),))


def _isbn(entry: Entry) -> list[Field]:
    return [Field("010", subfields=(("a", entry.isbn),))] if entry.isbn else []


def _title(entry: Entry) -> list[Field]:
    return [Field("200", "1 ", (("a", entry.title),))]


def _authors(entry: Entry) -> list[Field]:
    names = [name for name in entry.author.split(", ") if name]
    return [Field("701" if number else "700", " 0", (("a", name),)) for number, name in enumerate(names)]


def _edition(entry: Entry) -> list[Field]:
    return [Field("205", subfields=(("a", entry.edition),))] if entry.edition else []


def _imprint(entry: Entry) -> list[Field]:
    year = "" if entry.published_year is None else str(entry.published_year)
    told = tuple((code, text) for code, text in (("c", entry.publisher), ("d", year)) if text)
    return [Field("210", subfields=told)] if told else []


def _language(entry: Entry) -> list[Field]:
    return [Field("101", "0 ", (("a", languages.marc_code(entry.language)),))] if entry.language else []


def _subjects(entry: Entry) -> list[Field]:
    return [Field("606", subfields=subdivided(text)) for text in entry.subjects.split("; ") if text]


CODED = {"published_year": _dated}
_IMPRINT = ("210", "214")
# As `marc_record` has it for MARC 21.
ANEW: dict[str, tuple[tuple[str, ...], Callable[[Entry], list[Field]]]] = {
    "isbn": (("010",), _isbn),
    "author": (("700", "701"), _authors),
    "title": (("200",), _title),
    "edition": (("205",), _edition),
    "published_year": (_IMPRINT, _imprint),
    "publisher": (_IMPRINT, _imprint),
    "language": (("101",), _language),
    "subjects": (unimarc.SUBJECTS, _subjects),
}
