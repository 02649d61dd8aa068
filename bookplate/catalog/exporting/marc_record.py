"""A book as a MARC 21 record: the one that it came from, with what is known otherwise now, or one made anew."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter

from bookplate.catalog.exporting import kept, unimarc_fields
from bookplate.catalog.exporting.entries import Entry
from bookplate.catalog.importing import languages
from bookplate.catalog.importing.cleaning import clean
from bookplate.catalog.importing.readers import bibliographic, description, own_marks
from bookplate.catalog.importing.readers.fields import Field, Marc
from bookplate.catalog.importing.readers.own_marks import ALL, COPIES
from bookplate.catalog.importing.records import Held, Unfit

_LEADER = "00000nam a22000003u 4500"
# 008 of a book of which nothing is coded but its year and language.
_UNTOLD = "|" * 6 + " " * 9 + "xx " + "|" * 17 + "    |"


def record_of(entry: Entry) -> Marc:
    if entry.marc is None or entry.marc.is_no_book:  # which JSON may have brought; nobody would read a book from it
        return _told(_made(entry), entry, ALL)
    record = entry.marc.writable()
    wrong = _differing(record, entry)
    return _told(_corrected(record, wrong, entry), entry, wrong) if wrong else record


def _corrected(record: Marc, wrong: set[str], entry: Entry) -> Marc:
    for name in [name for name in _ANEW if name in wrong]:
        record = _replaced(record, name, entry)
    return record


def _told(record: Marc, entry: Entry, among: set[str]) -> Marc:
    """With its copies; and what the standard's fields would still be read as otherwise is said once more, as it is."""
    record = _with_items(record, entry).writable()
    if among != {COPIES}:
        wrong = _differing(record, entry)
    else:  # to read all of it again would take as long as everything else
        wrong = set() if own_marks.are_all(bibliographic.copies(record), entry) else among
    return _with(record, own_marks.marks(wrong, entry))


def _differing(record: Marc, entry: Entry) -> set[str]:
    try:
        draft = bibliographic.draft(record)
    except Unfit:
        draft = None
    return own_marks.differences(draft, entry) if draft else ALL


def _with_items(record: Marc, entry: Entry) -> Marc:
    """Each copy is there with its shelf mark of today; what tells of others, or more of these, stays."""
    copies = {clean(copy.barcode): copy for copy in entry.copies} | {copy.barcode: copy for copy in entry.copies}
    told = [(field, _copy_of(field, copies)) for field in record.fields]
    there = {copy for _, copy in told}
    fields = tuple(_item_now(field, copy) if copy else field for field, copy in told)
    new = [_item(record, copy) for copy in entry.copies if copy not in there and clean(copy.barcode)]
    return _with(Marc(record.leader, fields), new)


def _copy_of(field: Field, copies: Mapping[str, Held]) -> Held | None:
    """By its barcode as it is, else as an import takes it."""
    return next((copies[barcode] for barcode in kept.barcodes(field) if barcode in copies), None)


def _item_now(field: Field, copy: Held) -> Field:
    barcode, shelfmark = kept.ITEMS[field.tag]
    if description.held([field], barcode, shelfmark) == (copy,):
        return field
    left = tuple((code, text) for code, text in field.subfields if code not in shelfmark)
    told = ((shelfmark[0], copy.shelfmark),) if copy.shelfmark else ()
    return field._replace(subfields=left + told)


def _item(record: Marc, copy: Held) -> Field:
    tag = "995" if record.is_unimarc else "952"
    told = zip(kept.ITEMS[tag], copy, strict=True)
    return Field(tag, subfields=tuple((code, text) for code, text in told if text))


def _with(record: Marc, new: Iterable[Field]) -> Marc:
    """Each before the first field with a higher number."""
    fields = list(record.fields)
    for tag, group in groupby(new, attrgetter("tag")):
        at = next((at for at, other in enumerate(fields) if other.tag > tag), len(fields))
        fields[at:at] = group
    return Marc(record.leader, tuple(fields))


def _made(entry: Entry) -> Marc:
    return Marc(_LEADER, tuple(_fields(entry)))


def _fields(entry: Entry) -> Iterator[Field]:
    yield Field("001", data=str(entry.number))
    yield Field("003", data="Bookplate")
    yield _in_language(_dated(Field("008", data=_UNTOLD), entry), entry)
    yield from _isbn(entry)
    yield from _authors(entry, main=True)
    yield from _title(entry)
    yield from _edition(entry)
    yield from _imprint(entry)
    yield from _subjects(entry)
    yield from _authors(entry, main=False)


def _replaced(record: Marc, name: str, entry: Entry) -> Marc:
    """With `name` as it is now in the place of the fields that said it."""
    tags, anew = (unimarc_fields.ANEW if record.is_unimarc else _ANEW)[name]
    record = _coded(record, name, entry)
    new, fields = anew(entry), list[Field]()
    for field in record.fields:
        if field.tag in tags:
            fields, new = fields + new, []
        elif not _is_linked_to(field, tags):
            fields.append(field)
    return _with(Marc(record.leader, tuple(fields)), new)


def _coded(record: Marc, name: str, entry: Entry) -> Marc:
    """What 008 says of it, or 100 in UNIMARC."""
    tag, change = "008", _CODED.get(name)
    if record.is_unimarc:
        tag, change = "100", unimarc_fields.CODED.get(name)
    if change is None:
        return record
    return Marc(record.leader, tuple(change(field, entry) if field.tag == tag else field for field in record.fields))


def _is_linked_to(field: Field, tags: tuple[str, ...]) -> bool:
    """The same in another script (880)."""
    return field.tag == "880" and field.get("6")[:3] in tags


def _dated(field: Field, entry: Entry) -> Field:
    """008 with one year, or none."""
    year, shown = entry.published_year, f"{field.data:40}"
    coded = f"{year:04}" if year and 0 < year <= 9999 else ""
    return field._replace(data=f"{shown[:6]}{'s' if coded else 'n'}{coded:8}{shown[15:]}")


def _in_language(field: Field, entry: Entry) -> Field:
    shown = f"{field.data:40}"
    return field._replace(data=f"{shown[:35]}{languages.marc_code(entry.language)}{shown[38:]}")


def _isbn(entry: Entry) -> list[Field]:
    return [Field("020", subfields=(("a", entry.isbn),))] if entry.isbn else []


def _title(entry: Entry) -> list[Field]:
    return [Field("245", "10" if entry.author else "00", (("a", entry.title),))]


def _authors(entry: Entry, *, main: bool) -> list[Field]:
    names = [name for name in entry.author.split(", ") if name]
    if main:
        return [Field("100", "0 ", (("a", name),)) for name in names[:1]]
    return [Field("700", "0 ", (("a", name), ("4", "aut"))) for name in names[1:]]


def _edition(entry: Entry) -> list[Field]:
    return [Field("250", subfields=(("a", entry.edition),))] if entry.edition else []


def _imprint(entry: Entry) -> list[Field]:
    year = "" if entry.published_year is None else str(entry.published_year)
    told = tuple((code, text) for code, text in (("b", entry.publisher), ("c", year)) if text)
    return [Field("264", " 1", told)] if told else []


def _subjects(entry: Entry) -> list[Field]:
    return [Field("650", " 4", description.subdivided(text)) for text in entry.subjects.split("; ") if text]


_CODED = {"published_year": _dated, "language": _in_language}
_Fields = Callable[[Entry], list[Field]]
_IMPRINT = ("260", "264")
# For each value the fields that say it, and what they become.
_ANEW: dict[str, tuple[tuple[str, ...], _Fields]] = {
    "isbn": (("020",), _isbn),
    "author": (("100", "110", "111"), lambda entry: _authors(entry, main=True)),
    "title": (("245",), _title),
    "edition": (("250",), _edition),
    "published_year": (_IMPRINT, _imprint),
    "publisher": (_IMPRINT, _imprint),
    "language": (("041",), lambda entry: []),
    "subjects": (bibliographic.SUBJECTS, _subjects),
}
