"""Export, a fresh library, import, export again: the same bytes, for every format that can hold the data (G23)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from bookplate.catalog.exporting.entries import Entry
from bookplate.catalog.exporting.formats import FORMATS
from bookplate.catalog.importing.models import Import
from bookplate.catalog.importing.readers import READERS
from bookplate.catalog.importing.records import Held, Record
from bookplate.catalog.models import Book
from tests.catalog.exporting.conftest import Again, exported

NAMES = (
    "title",
    "author",
    "published_year",
    "isbn",
    "publisher",
    "edition",
    "language",
    "subjects",
    "copies__barcode",
    "copies__shelfmark",
)


def everything() -> list[tuple[object, ...]]:
    return list(Book.objects.order_by("id", "copies").values_list(*NAMES))


@pytest.mark.parametrize("name", ["csv", "xlsx", "jsonl", "marc", "marcxml"])
def test_a_fresh_library_exports_the_same_bytes(library: list[Book], again: Again, name: str) -> None:
    first = exported(name)
    books = everything()
    job = again(first, f"library.{name}")

    assert (job.failed, job.skipped, job.problem) == (0, 0, "")
    assert everything() == books
    assert exported(name) == first


@pytest.mark.parametrize("name", ["csv", "xlsx", "jsonl", "marc", "marcxml"])
def test_where_it_came_from_it_changes_nothing(library: list[Book], bring: Callable[..., Import], name: str) -> None:
    job = bring(exported(name), f"library.{name}")

    assert (job.read, job.unchanged) == (job.read, job.read)
    assert exported(name) == exported(name)


@pytest.mark.parametrize("isbn", ["null", '"9780060853983"'])
def test_a_title_of_blanks_is_none(bring: Callable[..., Import], isbn: str) -> None:
    job = bring(f'{{"title":" \u00a0","isbn":{isbn}}}\n', "library.jsonl")

    assert (job.created, [failure.field for failure in job.failures.all()]) == (0, ["title"])


# Whatever a form or the API takes, and often what means something to a format.
TEXTS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=3)
    | st.sampled_from([*"'=+-@|;,/:.[]\\{}&<\t\r\n\v\x1b\x1d\x1e\x1f\x85\u2028\ufeff\uffff", "; ", "--", "Hugo, V."]),
    max_size=5,
).map("".join)
ENTRIES = st.builds(
    Entry,
    number=st.just(1),
    marc=st.none(),
    title=TEXTS.filter(str.strip),
    author=TEXTS,
    published_year=st.none() | st.integers(-4000, 2026),
    isbn=st.none() | st.just("9782070422524"),
    publisher=TEXTS,
    edition=TEXTS,
    language=st.sampled_from(["", "fr", "akk", "zh-Hans"]),
    subjects=TEXTS,
    copies=st.lists(st.builds(Held, TEXTS.filter(bool), TEXTS), max_size=2, unique_by=lambda copy: copy.barcode).map(
        tuple
    ),
)


@pytest.mark.parametrize("name", ["csv", "jsonl", "marc", "marcxml"])
@seed(23)
@settings(max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(entry=ENTRIES)
def test_whatever_a_book_says_is_read_as_it_was_written(tmp_path: Path, name: str, entry: Entry) -> None:
    path = tmp_path / "library"
    path.write_bytes(b"".join(FORMATS[name].write([entry])))
    reader = next(one for one in READERS if one.recognises(path.read_bytes()))
    drafts = [item.draft for item in reader.read(path) if isinstance(item, Record)]

    assert all(draft.complete or draft.copies for draft in drafts)
    assert sum((draft.copies for draft in drafts), ()) == entry.copies
    for field in ("title", "author", "published_year", "isbn", "publisher", "edition", "language", "subjects"):
        assert {getattr(draft, field) for draft in drafts} == {getattr(entry, field)}
