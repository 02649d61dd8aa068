"""What is printed to be cut out or stuck on: text that fits, and Code 128.

What draws is loaded when something is drawn: most servers never do, and it would be a tenth of their start.
"""

import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from reportlab.lib.units import mm

if TYPE_CHECKING:
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

FONT = "Noto Sans"
SMALLEST = 6.0
"""Points; what is smaller is cut instead."""
SMALLEST_NUMBER = 4.0
WIDEST_BAR = 0.38 * mm
FINEST_BAR = 0.12 * mm
"""Of three dots by a printer of 600 dots an inch: what is finer runs together, and most scanners tell no bars apart."""
QUIET = 10
"""Empty bars on either side of a barcode (ISO/IEC 15417)."""


@dataclass(frozen=True)
class Box:
    """Where something may be drawn, in points from the page's lower left corner."""

    x: float
    y: float
    width: float
    height: float = 0

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


def write(canvas: "Canvas", box: Box, text: str, size: float, least: float = SMALLEST) -> None:
    """In one line on the bottom of `box`, smaller where it is long, cut where it would be too small to read."""
    words = drawable(text)
    size = fitting(words, box.width, size, least)
    canvas.setFont(_font().fontName, size)
    canvas.drawCentredString(box.middle, box.y, _cut(words, box.width, size))


def write_number(canvas: "Canvas", box: Box, number: str, size: float) -> None:
    """To be typed where no scanner reads it: rather too small than cut."""
    write(canvas, box, number, size, SMALLEST_NUMBER)


def fitting(words: str, width: float, size: float, least: float = SMALLEST) -> float:
    """The size, at most `size`, in which `words` are no wider than `width`."""
    return max(least, min(size, size * width / max(_width(words, size), 1)))


def _cut(words: str, width: float, size: float) -> str:
    if _width(words, size) <= width:
        return words
    # How many letters fit is found by halves: a title may have thousands.
    most = bisect_right(range(1, len(words)), width, key=lambda number: _width(f"{words[:number]}…", size))
    return f"{words[:most]}…"


def draw_barcode(canvas: "Canvas", box: Box, number: str) -> None:
    """Code 128 with its quiet zones; nothing where no scanner would read it, the number itself can be typed."""
    from reportlab.graphics.barcode.code128 import Code128

    if not is_scannable(number, box.width):
        return
    bar = _bar(number, box.width)
    barcode = Code128(number, barWidth=bar, barHeight=box.height, quiet=1, lquiet=QUIET * bar, rquiet=QUIET * bar)
    barcode.drawOn(canvas, box.middle - barcode.width / 2, box.y)


def is_scannable(number: str, width: float) -> bool:
    """Whether Code 128 has its letters, and its bars are not too fine where all of them fit into `width`."""
    return number.isascii() and number.isprintable() and _bar(number, width) >= FINEST_BAR


def _bar(number: str, width: float) -> float:
    """How wide the finest bars are."""
    from reportlab.graphics.barcode.code128 import Code128

    bars = Code128(number, barWidth=1, quiet=0).width
    return float(min(WIDEST_BAR, width / (bars + 2 * QUIET)))


def _width(words: str, size: float) -> float:
    return float(_font().stringWidth(words, size))


def drawable(text: str) -> str:
    """`text` in letters that the font has, else transliterated as a whole: legible, never a row of empty boxes."""
    from anyascii import anyascii

    composed = unicodedata.normalize("NFC", text)
    if all(_has(letter) for letter in composed):
        return composed
    return " ".join(anyascii(word) for word in composed.split())


def _has(letter: str) -> bool:
    # The font has Devanagari, but its letters join in ways that a PDF's writer would have to know.
    return ord(letter) in _font().face.charToGlyph and not unicodedata.name(letter, "").startswith("DEVANAGARI")


@cache
def _font() -> "TTFont":
    import fontpkg
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    font = TTFont(FONT, str(fontpkg.path(FONT)))
    pdfmetrics.registerFont(font)
    return font
