"""Labels as a PDF, each inside its own place on the sheet, so that a printer that is a little off cuts nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from reportlab.lib.units import mm

from bookplate.catalog.labels.models import LabelSheet
from bookplate.people.printing import SMALLEST, Box, draw_barcode, drawable, fitting, is_scannable, write, write_number

if TYPE_CHECKING:
    from reportlab.graphics.barcode.qrencoder import QRCode
    from reportlab.pdfgen.canvas import Canvas

PADDING = 2 * mm
"""Less on small labels."""
LOWEST_BARS = 4 * mm
FINEST_DOT = 0.17 * mm
"""Two dots of a printer with 300 an inch; cameras of telephones see no finer ones."""
QUIET_DOTS = 4
"""Empty ones on all sides of a QR code."""
LARGEST = 28.0
"""Points, for the letters on a spine."""


class Label(Protocol):
    def is_legible(self, box: Box) -> bool:
        """Whether a scanner, or who stands before the shelf, could read it so large."""

    def draw(self, canvas: "Canvas", box: Box) -> None: ...


@dataclass(frozen=True)
class Barcode:
    number: str
    above: str = ""

    def is_legible(self, box: Box) -> bool:
        return is_scannable(self.number, box.width)

    def draw(self, canvas: "Canvas", box: Box) -> None:
        """The words where there is room for them, the bars, the number: each in its share of the height."""
        size = min(9.0, max(SMALLEST, box.height / 5))
        bottom, top = size * 1.3, size * 1.4
        above = self.above if box.height - bottom - top >= LOWEST_BARS else ""
        bars = box.height - bottom - (top if above else 0)
        draw_barcode(canvas, Box(box.x, box.y + bottom, box.width, bars), self.number)
        write_number(canvas, Box(box.x, box.y + size * 0.25, box.width), self.number, size)
        write(canvas, Box(box.x, box.y + box.height - size, box.width), above, size)


@dataclass(frozen=True)
class Spine:
    shelfmark: str

    def is_legible(self, box: Box) -> bool:
        return True

    def draw(self, canvas: "Canvas", box: Box) -> None:
        """A word a line, as large as the label allows; of more words than it has lines the last ones in one."""
        words = drawable(self.shelfmark).split() or [""]
        most = int(box.height / (1.2 * SMALLEST))
        lines = [*words[: most - 1], " ".join(words[most - 1 :])] if len(words) > most else words
        size = min(LARGEST, box.height / (1.2 * len(lines)), *(fitting(line, box.width, LARGEST) for line in lines))
        top = box.y + (box.height + 1.2 * size * len(lines)) / 2
        for number, line in enumerate(lines, 1):
            write(canvas, Box(box.x, top - number * 1.2 * size + 0.3 * size, box.width), line, size)


@dataclass(frozen=True)
class Square:
    """A QR code (ISO/IEC 18004) of a copy's address, with its number beside it."""

    address: str
    number: str
    above: str = ""

    def is_legible(self, box: Box) -> bool:
        dots = 17 + 4 * self._code().calculate_version()
        return bool(_side(box) >= FINEST_DOT * (dots + 2 * QUIET_DOTS))

    def draw(self, canvas: "Canvas", box: Box) -> None:
        side = _side(box)
        _draw_dots(canvas, Box(box.x, box.y + (box.height - side) / 2, side), self._code())
        x, width, half = box.x + side + PADDING, box.width - side - PADDING, box.y + box.height / 2
        write(canvas, Box(x, half + 3, width), self.above, 9)
        write_number(canvas, Box(x, half - 9, width), self.number, 9)

    def _code(self) -> "QRCode":
        from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel

        code = QRCode(None, QRErrorCorrectLevel.M)
        code.addData(self.address)
        return code


def _side(box: Box) -> float:
    return min(box.height, box.width / 2)


def _draw_dots(canvas: "Canvas", box: Box, code: "QRCode") -> None:
    """Row by row: as a drawing of reportlab's own it would take three times as long."""
    code.make()
    dot = box.width / (len(code.modules) + 2 * QUIET_DOTS)
    path = canvas.beginPath()
    for row, dots in enumerate(code.modules):
        y, column = box.y + box.width - (row + 1 + QUIET_DOTS) * dot, QUIET_DOTS
        for dark, run in groupby(dots):
            width = len(list(run))
            if dark:
                path.rect(box.x + column * dot, y, width * dot, dot)
            column += width
    canvas.drawPath(path, stroke=0, fill=1)


def are_legible(labels: Sequence[Label], sheet: LabelSheet) -> bool:
    """Whether any of them can be read on this sheet."""
    box = _inside(sheet, 0)
    return any(label.is_legible(box) for label in labels)


def pdf(labels: Sequence[Label], sheet: LabelSheet, first: int = 1) -> bytes:
    """The labels in their order, the first of them at the place `first` (from 1) of a sheet that is begun already."""
    from reportlab.pdfgen.canvas import Canvas

    file = BytesIO()
    canvas = Canvas(file, pagesize=(sheet.page_width * mm, sheet.page_height * mm))
    canvas.setTitle("Labels")
    for place, label in enumerate(labels, first - 1):
        if place % sheet.labels == 0 and place >= first:
            canvas.showPage()
        label.draw(canvas, _inside(sheet, place % sheet.labels))
    canvas.save()
    return file.getvalue()


def _inside(sheet: LabelSheet, place: int) -> Box:
    left, top = sheet.corner(place)
    x, y = left * mm, (sheet.page_height - top - sheet.height) * mm
    padding = min(PADDING, min(sheet.width, sheet.height) * mm / 8)
    return Box(x + padding, y + padding, sheet.width * mm - 2 * padding, sheet.height * mm - 2 * padding)
