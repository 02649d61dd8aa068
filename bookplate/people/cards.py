"""A sheet of library cards to print and cut out: A4, ten of them, each of a bank card's size (ISO/IEC 7810, ID-1)."""

import unicodedata
from collections.abc import Sequence
from functools import cache
from io import BytesIO

import fontpkg
from anyascii import anyascii
from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from bookplate.people.models import Member

FONT = "Noto Sans"
WIDTH, HEIGHT = 85.6 * mm, 54 * mm
COLUMNS, ROWS = 2, 5
A_PAGE = COLUMNS * ROWS
PADDING = 5 * mm
INSIDE = WIDTH - 2 * PADDING
WIDEST_BAR = 0.38 * mm
QUIET = 10
"""Empty bars on either side of a barcode (ISO/IEC 15417)."""


def sheet(members: Sequence[Member], library: str) -> bytes:
    """The PDF, a card for each of `members` in the order given."""
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


def _draw(canvas: Canvas, x: float, y: float, member: Member, library: str) -> None:
    canvas.setLineWidth(0.25)
    canvas.setStrokeGray(0.6)
    canvas.rect(x, y, WIDTH, HEIGHT)
    _write(canvas, x, y + HEIGHT - 9 * mm, library, 9)
    canvas.line(x + PADDING, y + HEIGHT - 11.5 * mm, x + WIDTH - PADDING, y + HEIGHT - 11.5 * mm)
    _write(canvas, x, y + HEIGHT - 21 * mm, str(member), 14)
    _draw_barcode(canvas, x, y + 10 * mm, member.card)
    _write(canvas, x, y + 5 * mm, member.card, 11)


def _draw_barcode(canvas: Canvas, x: float, y: float, number: str) -> None:
    if not number.isascii() or not number.isprintable():
        return  # Code 128 has no other letters; the number itself is there to be typed.
    bars = Code128(number, barWidth=1, quiet=0).width
    bar = min(WIDEST_BAR, INSIDE / (bars + 2 * QUIET))
    barcode = Code128(number, barWidth=bar, barHeight=14 * mm, quiet=1, lquiet=QUIET * bar, rquiet=QUIET * bar)
    barcode.drawOn(canvas, x + (WIDTH - barcode.width) / 2, y)


def _write(canvas: Canvas, x: float, y: float, text: str, size: float) -> None:
    """In the middle of the card, smaller where it is long, cut where it would be too small to read."""
    words = _drawable(text)
    size = max(6, min(size, size * INSIDE / max(_width(words, size), 1)))
    if _width(words, size) > INSIDE:
        while _width(f"{words}…", size) > INSIDE:
            words = words[:-1]
        words = f"{words}…"
    canvas.setFont(_font().fontName, size)
    canvas.drawCentredString(x + WIDTH / 2, y, words)


def _width(words: str, size: float) -> float:
    return float(pdfmetrics.stringWidth(words, _font().fontName, size))


def _drawable(text: str) -> str:
    """`text` in letters that the font has, else transliterated as a whole: legible, never a row of empty boxes."""
    composed = unicodedata.normalize("NFC", text)
    if all(_has(letter) for letter in composed):
        return composed
    return " ".join(anyascii(word) for word in composed.split())


def _has(letter: str) -> bool:
    # The font has Devanagari, but its letters join in ways that a PDF's writer would have to know.
    return ord(letter) in _font().face.charToGlyph and not unicodedata.name(letter, "").startswith("DEVANAGARI")


@cache
def _font() -> TTFont:
    font = TTFont(FONT, str(fontpkg.path(FONT)))
    pdfmetrics.registerFont(font)
    return font
