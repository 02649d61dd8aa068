"""The catalogue of events: what is not in it cannot be recorded, and the manual says the same as the code."""

import re

import pytest

from bookplate.catalog import kinds as of_catalog
from bookplate.core import events
from bookplate.core.events import Kind, Note
from bookplate.core.models import Audience, Event
from bookplate.feed import catalogue
from bookplate.feed import kinds as of_feed
from bookplate.lending import kinds as of_lending
from bookplate.people import kinds as of_people
from tests.servers import ROOT

DECLARED = [*of_catalog.KINDS, *of_lending.KINDS, *of_people.KINDS, *of_feed.KINDS]
STAFF = (Audience.STAFF, None)


def test_the_catalogue_has_every_kind_once() -> None:
    types = [kind.type for kind in DECLARED]

    assert sorted(types) == sorted(set(types))
    assert {kind.type for kind in events.kinds()} == set(types)


def test_every_type_in_it_is_recorded_and_every_one_recorded_is_in_it() -> None:
    """A type is written as a literal where it is recorded."""
    files = [path.read_text() for path in (ROOT / "bookplate").rglob("*.py") if path.name != "kinds.py"]
    written = {word for text in files for word in re.findall(r'"([a-z]+\.[a-z-]+)"', text)}
    recorded = {word for text in files for word in re.findall(r'(?:record|Note|note_of|_tell)\(\s*"([a-z.-]+)"', text)}
    types = {kind.type for kind in events.kinds()}

    assert types - written == set()
    assert recorded - types == set()


def test_the_manual_lists_it() -> None:
    page = (ROOT / "docs/events.md").read_text()
    listed = page.partition("<!-- made by `bookplate events` -->\n")[2].partition("\n<!-- end -->")[0]

    assert listed == catalogue.table(), "run `bookplate events` and put what it prints into docs/events.md"


REFUSED = {
    "Declare book.sold in the kinds.py of its room.": Note("book.sold", STAFF),
    "book.added is not for staff, says the kinds.py of its room.": Note("book.added", STAFF, book=1),
    "member.changed has no book or note, says the kinds.py of its room.": Note(
        "member.changed", STAFF, book=1, member=2, note="x"
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("words", REFUSED)
def test_what_is_not_declared_is_not_recorded(words: str) -> None:
    with pytest.raises(events.Undeclared) as refused:
        events.record_all([Note("member.added", STAFF, member=1), REFUSED[words]])

    assert str(refused.value) == words
    assert not Event.objects.exists()


def test_who_hears_of_a_kind_in_words() -> None:
    three = (Audience.STAFF, Audience.USER, Audience.GROUP)

    assert catalogue.whose(Kind("a.b", "did", (Audience.STAFF,))) == "the desk"
    assert catalogue.whose(Kind("a.b", "did", three, ("book",))) == "the desk, one user or the people of one group"
    assert catalogue.whose(Kind("a.b", "did", three, ("book", "copy"))) == "whoever may see the copy"
