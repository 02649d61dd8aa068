"""Making plain text of a library's description: its punctuation (ISBD), headings and numbers."""

import re
from collections.abc import Iterable

from bookplate.catalog.importing.cleaning import clean
from bookplate.catalog.importing.readers.fields import Field
from bookplate.catalog.importing.records import Held

# What the Library of Congress added when it typed its cards
_FROM_CARDS = "[from old catalog]"
_TRAILING = " /:;=,"
_STOP_AFTER_MARK = re.compile(r"(?<=[\d)\]\"”»?!])\.$")
_STOP_AFTER_WORD = re.compile(r"[^\W\d_]+(?=\.$)")
# No title is longer; what a damaged record adds to it need not be joined to be refused.
_LONG_ENOUGH = 10_000
# Punctuation at the end of one part that joins it to the next
_JOINERS = {":": ": ", "=": " = ", ";": "; ", ".": ". ", ",": ", "}
_SUBDIVISIONS = "vxyz"
_ISBN = re.compile(r"\D{0,20}?(97[89](?:[- ]?\d){10}|\d(?:[- ]?\d){8}[- ]?[\dXx])(?!\d)")
_QUALIFIER = re.compile(r"[(\[:;].*")


def trimmed(text: str, word: int = 4) -> str:
    """Without the punctuation that leads to the next part, and without a full stop after a whole word.

    A shorter last word than `word` letters is taken for an abbreviation or an initial, which keeps its stop.
    """
    shown = _unbracketed(clean(text.replace(_FROM_CARDS, ""))).rstrip(_TRAILING)
    if not shown.endswith("."):
        return shown
    end = shown[-40:]  # a search for the end of a megabyte would take it for each of its letters
    last = _STOP_AFTER_WORD.search(end)
    return shown[:-1] if (last and len(last[0]) >= word) or _STOP_AFTER_MARK.search(end) else shown


def without_brackets(text: str) -> str:
    return text.replace(_FROM_CARDS, "").replace("[", "").replace("]", "")


def _unbracketed(text: str) -> str:
    """Brackets say that it does not stand in the book itself; that is the cataloguer's business."""
    if not text.startswith("["):
        return text
    inside = text[1:].rstrip(" .").removesuffix("]")
    return text if set(inside) & {"[", "]"} else inside


def joined(field: Field, codes: str, joiners: dict[str, str]) -> str:
    """The subfields in their order, joined as their punctuation says, else as `joiners` does."""
    text = ""
    for code, part in field.subfields:
        if code not in codes or not clean(part):
            continue
        if len(text) > _LONG_ENOUGH:
            break
        mark = text.rstrip()[-1:]
        text = text.rstrip(_TRAILING) + (_JOINERS.get(mark, joiners.get(code, " ")) if text else "") + clean(part)
        text = text.replace(".. ", ". ") if mark == "." else text
    return trimmed(text)


def heading(field: Field) -> str:
    """ "Rock musicians--United States": the parts of the name, then the subdivisions."""
    name = " ".join(text for code, text in field.subfields if code.isalpha() and code not in _SUBDIVISIONS + "ewu")
    return "--".join(filter(None, (trimmed(name), *map(trimmed, field.all(_SUBDIVISIONS)))))


def subdivided(text: str) -> tuple[tuple[str, str], ...]:
    """The subfields of which `heading` makes `text`."""
    return tuple(("x" if number else "a", part) for number, part in enumerate(text.split("--")))


def held(fields: Iterable[Field], barcode: str, shelfmark: str) -> tuple[Held, ...]:
    """The copies that have a barcode, each once, by the subfields that tell of them."""
    found: dict[str, Held] = {}
    for field in fields:
        if number := clean(field.get(barcode)):
            found.setdefault(number, Held(number, clean(" ".join(field.all(shelfmark)))))
    return tuple(found.values())


def distinct(names: Iterable[str]) -> list[str]:
    return list({name.casefold(): name for name in reversed(list(names)) if name}.values())[::-1]


def isbn(text: str) -> str:
    """The number in "0-19-852663-6 (pbk.) : £5"; empty for a price, as it is when it may be one."""
    if found := _ISBN.match(text[:200]):
        return found[1]
    shown = _QUALIFIER.sub("", text[:200]).strip()
    return shown if sum(char.isdigit() for char in shown) >= 7 else ""
