"""A book as a MARC 21 record: the one that it came from, with what is known otherwise now, or one made anew."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from bookplate.catalog.exporting import kept
from bookplate.catalog.exporting.entries import Entry
from bookplate.catalog.importing import languages
from bookplate.catalog.importing.readers import bibliographic, own_marks
from bookplate.catalog.importing.readers.fields import Field, Marc
from bookplate.catalog.importing.records import Unfit

_LEADER = "00000nam a22000003u 4500"
_SUBDIVISION = "--"
# 008 of a book of which nothing is coded but its year and language.
_UNTOLD = "|" * 6 + " " * 9 + "xx " + "|" * 17 + "    |"


def record_of(entry: Entry) -> Marc:
    record = _untouched(entry.marc) if entry.marc else None
    wrong = _differing(record, entry) if record else set()
    if record is None or (wrong and record.is_unimarc):
        record = Marc(_LEADER, tuple(_made(entry)))
        wrong = {""}
    for name in [name for name in _ANEW if name in wrong]:
        record = _replaced(record, name, entry)
    record = _with_items(record, entry)
    return _with_marks(record, entry) if wrong else record


def _untouched(record: Marc) -> Marc:
    """Without our own fields, which are made anew."""
    if not any(map(own_marks.is_mark, record.fields)):
        return record
    return Marc(record.leader, tuple(field for field in record.fields if not own_marks.is_mark(field)))


def _differing(record: Marc, entry: Entry) -> set[str]:
    try:
        draft = bibliographic.draft(record)
    except Unfit:
        draft = None
    return set(own_marks.differences(draft, entry._asdict())) if draft else set(_ANEW)


def _with_marks(record: Marc, entry: Entry) -> Marc:
    """What the standard's fields would be read as otherwise is said once more, as it is."""
    values = entry._asdict()
    marks = [own_marks.mark(name, values[name]) for name in sorted(_differing(record, entry))]
    return _with(record, marks)


def _with_items(record: Marc, entry: Entry) -> Marc:
    there = {kept.barcode(field) for field in record.fields}
    new = [_item(record, *copy) for copy in entry.copies if copy.barcode not in there]
    return _with(record, new if entry.copies or there != {""} else [own_marks.NO_COPIES])


def _item(record: Marc, barcode: str, shelfmark: str) -> Field:
    tag, codes = ("995", "fk") if record.is_unimarc else ("952", "po")
    told = zip(codes, (barcode, shelfmark), strict=True)
    return Field(tag, subfields=tuple((code, text) for code, text in told if text))


def _with(record: Marc, new: Iterable[Field]) -> Marc:
    """Each before the first field with a higher number."""
    fields = list(record.fields)
    for field in new:
        at = next((at for at, other in enumerate(fields) if other.tag > field.tag), len(fields))
        fields.insert(at, field)
    return Marc(record.leader, tuple(fields))


def _made(entry: Entry) -> Iterator[Field]:
    yield Field("001", data=str(entry.number))
    yield Field("003", data="Bookplate")
    yield Field("008", data=_in_language(_dated(_UNTOLD, entry.published_year), entry.language))
    yield from _isbn(entry)
    yield from _authors(entry, main=True)
    yield from _title(entry)
    yield from _edition(entry)
    yield from _imprint(entry)
    yield from _subjects(entry)
    yield from _authors(entry, main=False)


def _replaced(record: Marc, name: str, entry: Entry) -> Marc:
    """With `name` as it is now in the place of the fields that said it."""
    tags, anew = _ANEW[name]
    record = _fixed(record, name, entry)
    left = tuple(field for field in record.fields if field.tag not in tags and not _is_linked_to(field, tags))
    return _with(Marc(record.leader, left), anew(entry))


def _fixed(record: Marc, name: str, entry: Entry) -> Marc:
    """What 008 says of it."""
    match name:
        case "published_year":
            fixed = partial(_dated, year=entry.published_year)
        case "language":
            fixed = partial(_in_language, language=entry.language)
        case _:
            return record
    fields = (field._replace(data=fixed(field.data)) if field.tag == "008" else field for field in record.fields)
    return Marc(record.leader, tuple(fields))


def _is_linked_to(field: Field, tags: tuple[str, ...]) -> bool:
    """The same in another script (880)."""
    return field.tag == "880" and field.get("6")[:3] in tags


def _dated(data: str, year: int | None) -> str:
    """008 with one year, or none."""
    shown, coded = f"{data:40}", f"{year:04}" if year and 0 < year <= 9999 else ""
    return f"{shown[:6]}{'s' if coded else 'n'}{coded:8}{shown[15:]}"


def _in_language(data: str, language: str) -> str:
    shown = f"{data:40}"
    return f"{shown[:35]}{languages.marc_code(language)}{shown[38:]}"


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
    return [Field("650", " 4", tuple(_heading(text))) for text in entry.subjects.split("; ") if text]


def _heading(text: str) -> Iterator[tuple[str, str]]:
    for number, part in enumerate(text.split(_SUBDIVISION)):
        yield ("x" if number else "a"), part


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
