"""LibraryThing's export as a table (tab-delimited, often UTF-16 or Latin-1)."""

from bookplate.catalog.importing import cleaning, languages
from bookplate.catalog.importing.cleaning import natural
from bookplate.catalog.importing.readers.export import Export
from bookplate.catalog.importing.readers.table import Cells, copies, number, people
from bookplate.catalog.importing.records import Draft

# ISBN cells are "[0123456789]" or "[]".
_BRACKETS = "[] "


def _draft(cells: Cells) -> Draft:
    numbers = filter(None, (cell.strip(_BRACKETS) for cell in cells.every("isbn")))
    return Draft(
        title=cells.literal("title"),
        author=people([natural(cells.first("author")), *_others(cells)]),
        published_year=cleaning.year(cells.first("published_year")),
        isbn=cleaning.isbn_of_row(numbers),
        publisher=publisher(cells.first("publication")),
        language=next(filter(None, map(languages.code, cells.every("language"))), ""),
        subjects="; ".join(part.strip() for part in cells.first("subjects").replace("|", ";").split(";") if part),
        copies=copies(number(cells, "barcode", "the copy"), cells.first("shelfmark")),
    )


def _others(cells: Cells) -> list[str]:
    """The second authors whose role is none or "Author"; illustrators and translators did not write it."""
    names = cells.first("more_authors").split("|")
    roles = [role.strip().lower() for role in cells.first("roles").split("|")]
    roles += [""] * (len(names) - len(roles))
    return [natural(name) for name, role in zip(names, roles, strict=False) if role in ("", "author", "co-author")]


def publisher(publication: str) -> str:
    """ "Scholastic Paperbacks (2004), Paperback, 896 pages": what stands before the year."""
    name, bracket, _ = publication.partition(" (")
    return name.strip() if bracket else ""


LIBRARYTHING = Export(
    name="librarything",
    label="LibraryThing export",
    telling=frozenset({"book id", "title", "primary author", "isbns"}),
    columns={
        "title": ["title"],
        "author": ["primary author"],
        "more_authors": ["secondary author"],
        "roles": ["secondary author roles"],
        "published_year": ["year published", "date"],
        "isbn": ["isbn", "isbns"],
        "publication": ["publication"],
        "language": ["languages", "language", "language 1"],
        "subjects": ["subjects"],
        "shelfmark": ["call number"],
        "barcode": ["barcode"],
    },
    draft=_draft,
    suffix=".tsv",
    quoted=False,
)
