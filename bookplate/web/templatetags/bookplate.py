"""For the pages: dates in words, which of the drawn covers a book gets, and the frame of a table."""

import re
from datetime import date, datetime
from functools import cache
from zlib import crc32

from django import template
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info

from bookplate.catalog.importing.models import Import
from bookplate.catalog.importing.models import State as ImportState
from bookplate.catalog.metadata import sources
from bookplate.catalog.models import Book, Copy, State
from bookplate.lending.models import Loan

register = template.Library()

PALETTES, PATTERNS = 10, 6
LANGUAGE_CODE = re.compile(r"[a-z]{2,3}")
ANY_NUMBER = 1_000_000_007
IDEOGRAPHS = "\u1100"


@register.filter
def day(at: datetime | date) -> str:
    """A date as people say it, with the year only when it is another one."""
    local = timezone.localtime(at) if isinstance(at, datetime) else at
    return date_format(local, "j F" if local.year == timezone.localdate().year else "j F Y")


@register.filter
def due_in_words(loan: Loan) -> str:
    days = (timezone.localdate(loan.due_at) - timezone.localdate()).days
    match days:
        case 0:
            return "due today"
        case 1:
            return "due tomorrow"
        case -1:
            return "one day overdue"
    return f"due in {days} days" if days > 0 else f"{-days} days overdue"


@register.filter
def urgency(loan: Loan) -> str:
    """A class name: how soon the book must be back."""
    days = (timezone.localdate(loan.due_at) - timezone.localdate()).days
    return "overdue" if days < 0 else "soon" if days <= 3 else "later"


@register.filter
def page_of_book(number: str) -> str:
    """Its address. For fifty of them `url` takes as long as the database for all that is known of them."""
    before, after = _around_number(get_script_prefix())
    return f"{before}{number}{after}"


@cache
def _around_number(script_prefix: str) -> tuple[str, str]:
    before, _, after = reverse("web:book", args=[ANY_NUMBER]).partition(str(ANY_NUMBER))
    return before, after


@register.filter
def cover(book: Book) -> str:
    """The classes of a drawn cover: the same for the same title always, and smaller type for a longer one."""
    number = crc32(f"{book.title}\n{book.author}".encode("utf-8", "replace"))
    palette, pattern = number % PALETTES, number // PALETTES % PATTERNS
    return f"cover cover-palette-{palette} cover-pattern-{pattern} cover-{_size(main_title(book.title))}"


def _size(title: str) -> str:
    """The largest type in which the longest word fits on a line and all of it on the cover."""
    # Ideographs are about twice as wide as letters, and a line may break after any of them.
    width = sum(2 if letter >= IDEOGRAPHS else 1 for letter in title)
    word = max((len(word) for word in title.split() if word < IDEOGRAPHS), default=0)
    for name, most, longest in (("short", 16, 6), ("medium", 45, 8), ("long", 90, 12)):
        if width <= most and word <= longest:
            return name
    return "endless"


@register.filter
def main_title(title: str) -> str:
    """What a cover has room for: the title without its subtitle."""
    head = title.split(" : ", maxsplit=1)[0].split(": ", maxsplit=1)[0].split(" / ", maxsplit=1)[0].strip()
    return head if len(head) >= 2 else title


@register.filter
def year(published: int | None) -> str:
    if published is None:
        return ""
    return f"{-published} BC" if published < 0 else str(published)


@register.filter
def lang(code: str) -> str:
    """An HTML attribute, or nothing where what was entered is no code of a language (ISO 639, BCP 47)."""
    return format_html(' lang="{}"', code) if LANGUAGE_CODE.fullmatch(code) else ""


@register.filter
def language(code: str) -> str:
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


@register.filter
def source(name: str) -> str:
    return sources.label(name)


@register.filter
def subjects(headings: str) -> list[str]:
    return [heading for part in headings.split(";") if (heading := part.strip())]


@register.filter
def in_words(names: list[str]) -> str:
    """Fields of a book as people call them."""
    fields = [Book._meta.get_field(name) for name in names]
    return ", ".join(str(getattr(field, "verbose_name", field.name)) for field in fields)


@register.filter
def count_in(copies: list[Copy]) -> int:
    return sum(copy.is_available for copy in copies)


@register.filter
def state_class(copy: Copy) -> str:
    return {State.IN: "in", State.ON_LOAN: "out", State.HELD: "out"}.get(State(copy.state), "none")


@register.filter
def job_class(job: Import) -> str:
    return {ImportState.DONE: "in", ImportState.FAILED: "overdue"}.get(ImportState(job.state), "none")


@register.simple_block_tag
def frame(content: SafeString, label: str) -> SafeString:
    """Around a table: what is wider than the screen scrolls in it, by keyboard, too."""
    return format_html('<div class="table-frame" tabindex="0" role="region" aria-label="{}">{}</div>', label, content)
