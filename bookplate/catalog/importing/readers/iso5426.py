"""ISO 5426:1983 (registered as ISO-IR 53), in which UNIMARC had its letters before Unicode.

Latin-1 is often in its place, though the record says otherwise; its letters are others here, which `reads_well` tells.
"""

import re
import unicodedata
from collections.abc import Iterable

from bookplate.people.folding import normal

_SIGNS = dict(zip(range(0xA1, 0xB0), "¡„£$¥†§′‘“«♭©℗®", strict=True))
_SIGNS |= dict(zip(range(0xB0, 0xB3), "ʻʼ‚", strict=True)) | dict(zip(range(0xB6, 0xC0), "‡·″’”»♯ʹʺ¿", strict=True))
_LETTERS = dict(zip(b"\xe1\xe2\xe6\xe8\xe9\xea\xec", "ÆĐĲŁØŒÞ", strict=True))
_LETTERS |= dict(zip(b"\xf1\xf2\xf3\xf5\xf6\xf8\xf9\xfa\xfb\xfc", "æđðıĳłøœßþ", strict=True))
# Where sorting begins and ends (ISO 6630).
_CONTROLS = {0x88: "\x98", 0x89: "\x9c"}
_MARKS = dict(
    enumerate(
        "\u0309\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u0308\u030a\u0315\u0312\u030b\u031b\u030c"
        "\u0327\u031c\u0326\u0328\u0325\u032e\u0323\u0324\u0332\u0333\u0329\u032d",
        0xC0,
    )
)
_MARKS |= {0xDD: "\ufe20", 0xDE: "\ufe21"}
_TABLE = {byte: chr(byte) for byte in range(0x80)} | _SIGNS | _LETTERS | _CONTROLS
# The last of the letters that one meets in print; beyond are those of phonetics and transcriptions.
_USUAL = "\u017f"
# As "été" in Latin-1 would be read.
_AMID = re.compile("[a-z][ÆĐĲŁØŒÞ]|[ĐĲŁØŒ][a-z][ĐĲŁØŒ]")


class BadISO5426(ValueError):
    pass


def decode(raw: bytes) -> str:
    """The text of one subfield: marks stand before their letter here, after it in Unicode. Raises `BadISO5426`."""
    if raw.isascii():
        return raw.decode()
    done: list[str] = []
    marks: list[str] = []
    for at, byte in enumerate(raw):
        if mark := _MARKS.get(byte):
            marks.append(mark)
        elif (char := _TABLE.get(byte)) is None:
            raise BadISO5426(f"its byte {at + 1} (0x{byte:02X}) is no letter of this character set")
        else:
            done += [char, *marks]
            marks.clear()
    return normal("NFC", "".join(done + marks))


def reads_well(parts: Iterable[bytes]) -> bool:
    """Whether every mark fits its letter, some give a usual one, and no capitals stand amid small letters."""
    try:
        texts = [decode(part) for part in parts]
    except BadISO5426:
        return False
    if any(_AMID.search(text) or any(map(unicodedata.combining, text)) for text in texts):
        return False
    return any(char <= _USUAL and not unicodedata.is_normalized("NFD", char) for text in texts for char in text)
