"""Labels as a PDF, each inside its own place on the sheet, so that a printer that is a little off cuts nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Protocol

from reportlab.lib.units import mm

from bookplate.catalog.labels.models import LabelSheet
from bookplate.people.printing import SMALLEST, Box, draw_barcode, drawable, fitting, write

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

PADDING = 2 * mm
LARGEST = 28.0
"""Points, for the letters on a spine."""


class Label(Protocol):
    def draw(self, canvas: "Canvas", box: Box) -> None: ...


@dataclass(frozen=True)
class Barcode:
    number: str
    above: str = ""

    def draw(self, canvas: "Canvas", box: Box) -> None:
        """The words, the bars, the number: each in its share of the height."""
        size = min(9.0, box.height / 5)
        bottom, top = size * 1.3, size * 1.4 if self.above else 0
        draw_barcode(canvas, Box(box.x, box.y + bottom, box.width, box.height - bottom - top), self.number)
        write(canvas, Box(box.x, box.y + size * 0.25, box.width), self.number, size)
        write(canvas, Box(box.x, box.y + box.height - size, box.width), self.above, size)


@dataclass(frozen=True)
class Spine:
    shelfmark: str

    def draw(self, canvas: "Canvas", box: Box) -> None:
        """A word a line, as large as the label allows."""
        words = drawable(self.shelfmark).split() or [""]
        size = min(LARGEST, box.height / (1.2 * len(words)), *(fitting(word, box.width, LARGEST) for word in words))
        size = max(size, SMALLEST)
        top = box.y + (box.height + 1.2 * size * len(words)) / 2
        for line, word in enumerate(words, 1):
            write(canvas, Box(box.x, top - line * 1.2 * size + 0.3 * size, box.width), word, size)


@dataclass(frozen=True)
class Square:
    """A QR code (ISO/IEC 18004) of a copy's address, with its number beside it."""

    address: str
    number: str
    above: str = ""

    def draw(self, canvas: "Canvas", box: Box) -> None:
        side = min(box.height, box.width / 2)
        _draw_qr(canvas, Box(box.x, box.y + (box.height - side) / 2, side), self.address)
        x, width, half = box.x + side + PADDING, box.width - side - PADDING, box.y + box.height / 2
        write(canvas, Box(x, half + 3, width), self.above, 9)
        write(canvas, Box(x, half - 9, width), self.number, 9)


def _draw_qr(canvas: "Canvas", box: Box, address: str) -> None:
    from reportlab.graphics import renderPDF
    from reportlab.graphics.barcode.qr import QrCodeWidget
    from reportlab.graphics.shapes import Drawing

    drawing = Drawing(box.width, box.width)
    drawing.add(QrCodeWidget(address, barLevel="M", barWidth=box.width, barHeight=box.width))
    renderPDF.draw(drawing, canvas, box.x, box.y)


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
    return Box(x + PADDING, y + PADDING, sheet.width * mm - 2 * PADDING, sheet.height * mm - 2 * PADDING)
