"""What a file is, told by its content: which reader reads it, or what the columns of a table are called."""

import codecs
from pathlib import Path
from typing import NamedTuple

from bookplate.catalog.importing import mapping, readers, unpacking
from bookplate.catalog.importing.records import Reader, Unreadable

_KNOWN = {
    b"\xd0\xcf\x11\xe0": "an old Excel workbook. Save it as CSV",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"<html": "a web page, even where its name ends in .xls. Open it in a spreadsheet and save it as XLSX or CSV",
    b"<!doctype html": "a web page. Open it in a spreadsheet and save it as XLSX or CSV",
    b"@book": "BibTeX. A reference manager can save it as CSV",
    b"@article": "BibTeX. A reference manager can save it as CSV",
    b"TY  - ": "RIS. A reference manager can save it as CSV",
    b"=LDR ": "MARC written out as text (MarcEdit's .mrk). Compile it to .mrc and bring that in",
    b"<": "XML without MARC records. An answer of OAI-PMH or SRU has them when it is asked for MARCXML",
}


class Content(NamedTuple):
    reader: Reader | None
    """What reads it; none of a table whose columns are not known."""
    header: list[str]
    """The names of its columns, of a table."""


def unpacked(path: Path) -> Content:
    """Of the file, once what is packed in it stands in its place; raises `Unreadable`."""
    unpacking.plain(path)
    head = _head(path)
    reader, header = readers.recognise(head), mapping.header_of(head)
    if reader:
        next(reader.read(path), None)
    if reader is None and not header:
        raise Unreadable(f"{_guess(head)} {_accepted()}")
    return Content(reader, header)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(readers.HEAD)


def _accepted() -> str:
    labels = ", ".join(reader.label for reader in readers.READERS)
    names = "Tables need the names of their columns in the first line."
    return f"Accepted are: {labels}; each of them in a zip or gzip archive, too. {names}"


def _guess(head: bytes) -> str:
    begins = head.removeprefix(codecs.BOM_UTF8).lstrip()[:20].lower()
    kind = next((kind for start, kind in _KNOWN.items() if begins.startswith(start.lower())), "")
    return f"This looks like {kind}." if kind else "This kind of file is not known."
