"""An Excel workbook (Office Open XML, ECMA-376), of the same table as the CSV; written as it goes, the same each time.

By hand: the libraries that write workbooks put the moment into them, and take an "=" for a formula. All cells are
texts here, so none is ever run, an ISBN stays what it is, and what is saved as CSV is safe there, too.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator

from bookplate.catalog.exporting.entries import Entry
from bookplate.catalog.exporting.formats.csv_table import table

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="Books" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
_SHEET = f'<worksheet xmlns="{_MAIN}"><sheetData>'
_SHEET_END = "</sheetData></worksheet>"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
# What XML cannot hold, what would be read as such a thing (ECMA-376, ST_Xstring), or as an error ("#N/A").
_CODED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)"
    "|^#(?=(?:N/A|NULL!|DIV/0!|VALUE!|REF!|NAME\\?|NUM!)$)"
)
_MARKUP = re.compile(r"[&<>\r]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}


class Workbook:
    name = "xlsx"
    label = "Excel"
    suffix = ".xlsx"
    with_marc = False
    content_type = f"{_TYPE}.sheet"

    def write(self, entries: Iterable[Entry]) -> Iterator[bytes]:
        into = _Pieces()
        with zipfile.ZipFile(into, "w") as package:
            for name, text in _PARTS.items():
                package.writestr(_info(name), _HEAD + text)
            with package.open(_info("xl/worksheets/sheet1.xml"), "w", force_zip64=True) as sheet:
                sheet.write((_HEAD + _SHEET).encode())
                for row in table(entries):
                    sheet.write(_row(row))
                    yield from into.taken()
                sheet.write(_SHEET_END.encode())
        yield from into.taken()


class _Pieces:
    """A file that is only written, from which what was written is taken meanwhile."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(piece)
        return len(piece)

    def flush(self) -> None: ...

    def close(self) -> None: ...

    def taken(self) -> list[bytes]:
        pieces, self._pieces = self._pieces, []
        return pieces


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _LONG_AGO)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _row(row: Iterable[str]) -> bytes:
    cells = "".join(f'<c t="inlineStr"><is><t xml:space="preserve">{_text(cell)}</t></is></c>' for cell in row)
    return f"<row>{cells}</row>".encode()


def _text(text: str) -> str:
    if text.isalnum():
        return text
    coded = _CODED.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    return _MARKUP.sub(lambda found: _ENTITIES[found[0]], coded)
