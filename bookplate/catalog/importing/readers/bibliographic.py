"""What a MARC 21 record says of a book (MARC 21 Format for Bibliographic Data, Library of Congress)."""

import re
from collections.abc import Iterable, Iterator

from django.utils import timezone

from bookplate.catalog.importing import cleaning, languages
from bookplate.catalog.importing.cleaning import natural
from bookplate.catalog.importing.readers import description, own_marks, unimarc
from bookplate.catalog.importing.readers.description import distinct, heading, trimmed, without_brackets
from bookplate.catalog.importing.readers.fields import Field, Marc
from bookplate.catalog.importing.records import Draft, Held
from bookplate.people.folding import fold

_AUTHOR_RELATIONS = {"aut", "author", "joint author", "cre", "creator", "autor", "auteur", "verfasser", "verfasserin"}
_OTHER_WORK = re.compile(r"\b(ed(s|itor|ited|\.)|transl|tr\.|illus|herausg|hrsg|éd(ité|\.)|trad)", re.IGNORECASE)
SUBJECTS = ("600", "610", "611", "630", "647", "648", "650", "651", "653", "655")
_UNNAMED = re.compile(r"^\W*(s\s*\.?\s*n|publisher not identified|n\.\s*pub)\W*$", re.IGNORECASE)


def draft(record: Marc) -> Draft | None:
    """The book, or `None` where the record describes none; raises `Unfit`."""
    if record.is_no_book:
        return None
    made = unimarc.draft(record) if record.is_unimarc else _draft(record)
    return own_marks.apply(record, made)


def to_keep(record: Marc) -> Draft | None:
    """The book, with the record itself; raises `Unfit`."""
    if made := draft(record):
        made.marc = record.packed()
    return made


def _draft(record: Marc) -> Draft:
    imprint = _imprint(record)
    return Draft(
        title=_title(record),
        author=", ".join(distinct(_authors(record))),
        published_year=_year(record, imprint),
        isbn=cleaning.isbn_of_record(map(description.isbn, record.texts("020", "a"))),
        publisher=_publisher(imprint),
        edition=trimmed(record.first("250").get("a")),
        language=_language(record),
        subjects="; ".join(distinct(_subjects(record))),
        copies=_items(record),
    )


def copies(record: Marc) -> tuple[Held, ...]:
    """Those that it tells of, but for our own fields."""
    return unimarc.copies(record) if record.is_unimarc else _items(record)


def _items(record: Marc) -> tuple[Held, ...]:
    """Koha's items (952), else the holdings of a record that has them within (852)."""
    return description.held(record.all("952"), "p", "o") or description.held(record.all("852"), "p", "hi")


def _title(record: Marc) -> str:
    """245, in whatever script it is (880 has the other); old records may have a uniform title alone."""
    proper = description.joined(record.first("245"), "abnp", {"b": ": ", "n": ". ", "p": ". "})
    if proper:
        return proper
    uniform = record.first("240", "130", "246", "740")
    return description.joined(uniform, "anp", {"n": ". ", "p": ". "}).strip("[]")


def _authors(record: Marc) -> Iterator[str]:
    """The main entry and added ones that wrote it with them; without a main entry the added people or bodies.

    Where nobody else is named, those who wrote the works in it.
    """
    entries = list(record.all("700", "710", "711"))
    added = [field for field in entries if not field.get("t")] or [field for field in entries if _is_within(field)]
    main = record.first("100", "110", "111")
    if main.subfields:
        responsible = record.first("245").get("c").partition(";")[0]
        yield _name(main)
        yield from (_name(field) for field in added if _is_author(field, responsible))
        return
    tag = min((field.tag for field in added), default="")
    yield from (_name(field) for field in added if field.tag == tag)


def _is_within(field: Field) -> bool:
    """Of a person, for a work that the book holds ("analytical entry")."""
    return field.tag == "700" and field.indicators[1] == "2"


def _is_author(field: Field, responsible: str) -> bool:
    """By the relation that it gives; older records give none, but the title page names the authors first."""
    if field.tag != "700":
        return False
    if relations := {trimmed(text).strip(".").lower() for text in field.all("e4")}:
        return bool(relations & _AUTHOR_RELATIONS)
    surname = fold(field.get("a").partition(",")[0])
    return bool(surname) and surname in fold(responsible) and not _OTHER_WORK.search(responsible)


def _name(field: Field) -> str:
    if not field.tag.endswith("00"):
        return ". ".join(filter(None, map(trimmed, field.all("ab"))))
    parts = (trimmed(without_brackets(field.get(code)), 3) for code in "ab")
    name = " ".join(filter(None, parts))
    return natural(name) if field.indicators[0] == "1" else name


def _imprint(record: Marc) -> Field:
    """Who published it and when: 264 of the kind "publication", else what there is."""
    publication = [field for field in record.all("264") if field.indicators[1] == "1"]
    return publication[0] if publication else record.first("260", "264")


def _publisher(imprint: Field) -> str:
    name = trimmed(imprint.get("b"))
    return "" if _UNNAMED.match(name) else name


def _year(record: Marc, imprint: Field) -> int | None:
    """The first date that can be; 9999 means that a series goes on, 0001 that its beginning is not known."""
    coded = record.first("008").data[7:11]
    told = [int(coded)] if coded.isascii() and coded.isdigit() else []
    told += filter(None, (cleaning.year(text) for text in (imprint.get("c"), record.first("264", "260").get("c"))))
    return next((one for one in told if 1 < one <= timezone.localdate().year), None)


def _language(record: Marc) -> str:
    fixed = record.first("008").data
    coded = languages.code(fixed[35:38]) if len(fixed) >= 38 else ""
    return coded or languages.code(record.first("041").get("a")[:3])


def _subjects(record: Marc) -> Iterable[str]:
    for field in record.all(*SUBJECTS):
        yield from map(trimmed, field.all("a")) if field.tag == "653" else [heading(field)]
