"""A sheet of library cards to print and cut out: A4, ten of them, each of a bank card's size (ISO/IEC 7810, ID-1)."""

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from bookplate.people.models import Member
from bookplate.people.printing import Box, draw_barcode, write

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = 85.6 * mm, 54 * mm
COLUMNS, ROWS = 2, 5
A_PAGE = COLUMNS * ROWS
PADDING = 5 * mm
INSIDE = WIDTH - 2 * PADDING


def sheet(members: Sequence[Member], library: str) -> bytes:
    """The PDF, a card for each of `members` in the order given."""
    from reportlab.pdfgen.canvas import Canvas

    file = BytesIO()
    canvas = Canvas(file, pagesize=A4)
    canvas.setTitle("Library cards")
    canvas.setAuthor(library)
    for number, member in enumerate(members):
        if number and number % A_PAGE == 0:
            canvas.showPage()
        _draw(canvas, *_corner(number % A_PAGE), member, library)
    canvas.save()
    return file.getvalue()


def _corner(place: int) -> tuple[float, float]:
    """The lower left corner of a card, the first of a page at its top left."""
    row, column = divmod(place, COLUMNS)
    left, top = (A4[0] - COLUMNS * WIDTH) / 2, (A4[1] + ROWS * HEIGHT) / 2
    return left + column * WIDTH, top - (row + 1) * HEIGHT


def _draw(canvas: "Canvas", x: float, y: float, member: Member, library: str) -> None:
    left = x + PADDING
    canvas.setLineWidth(0.25)
    canvas.setStrokeGray(0.6)
    canvas.rect(x, y, WIDTH, HEIGHT)
    write(canvas, Box(left, y + HEIGHT - 9 * mm, INSIDE), library, 9)
    canvas.line(left, y + HEIGHT - 11.5 * mm, x + WIDTH - PADDING, y + HEIGHT - 11.5 * mm)
    write(canvas, Box(left, y + HEIGHT - 21 * mm, INSIDE), str(member), 14)
    draw_barcode(canvas, Box(left, y + 10 * mm, INSIDE, 14 * mm), member.card)
    write(canvas, Box(left, y + 5 * mm, INSIDE), member.card, 11)
